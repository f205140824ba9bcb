"""Images as docker and podman describe them, and what makes one unfit to run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreact.engines.interface import Image
from polyreact.engines.oci import check_volumes
from polyreact.engines.registry import Announced
from polyreact.errors import Finding
from polyreact.visible import visible

#: What overlay file systems take, less the one that the engine puts on top.
MAX_LAYERS = 127
_GIB = 1 << 30


def parse_image(reference: str, record: Mapping[str, Any]) -> Image:
    """One entry of `image inspect`, from either engine. `reference` is kept as it was asked for."""
    config = record.get("Config") or {}
    layers = (record.get("RootFS") or {}).get("Layers")
    digest = next((entry.partition("@")[2] for entry in _digests(reference, record)), None)
    return Image(
        reference=reference,
        image_id=f"sha256:{record['Id'].removeprefix('sha256:')}",
        digest=digest,
        size_bytes=int(record["Size"]),
        architecture=record["Architecture"],
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        volumes=tuple(sorted(config.get("Volumes") or ())),
        labels=dict(config.get("Labels") or {}),
        user=str(config.get("User") or ""),
        layers=None if layers is None else len(layers),
    )


def find_announced_defects(announced: Announced, max_bytes: int) -> list[Finding]:
    """What keeps an image from being pulled; its size as it is sent is no more than that on the disk."""
    return [*_find_too_large(announced.size_bytes, max_bytes), *_find_too_many(announced.layers)]


def find_defects(image: Image, architecture: str, max_bytes: int) -> list[Finding]:
    """Everything that keeps an image from being run on a host of this architecture."""
    findings = []
    if image.architecture != architecture:
        findings.append(
            Finding("platform", f"is for {visible(image.architecture)[:40]}; this host is {architecture}")
        )
    if not image.entrypoint and not image.command:
        findings.append(Finding("ENTRYPOINT", "is absent, and so is CMD: there is nothing to run"))
    findings += [*_find_too_large(image.size_bytes, max_bytes), *_find_too_many(image.layers or 0)]
    return [*findings, *check_volumes(image.volumes)]


def _find_too_large(size_bytes: int, max_bytes: int) -> list[Finding]:
    if size_bytes <= max_bytes:
        return []
    size, most = size_bytes / _GIB, max_bytes / _GIB
    return [Finding("size", f"is {size:.1f} GiB; at most {most:.1f} GiB are allowed")]


def _find_too_many(layers: int) -> list[Finding]:
    if layers <= MAX_LAYERS:
        return []
    return [Finding("layers", f"are {layers}; at most {MAX_LAYERS} are allowed")]


def _digests(reference: str, record: Mapping[str, Any]) -> list[str]:
    """The manifest digests that the image was pulled by, the one asked for first; none for a local image."""
    pulled = [entry for entry in record.get("RepoDigests") or () if not entry.startswith("localhost/")]
    asked = reference.rpartition("@")[2]
    return sorted(pulled, key=lambda entry: not entry.endswith(f"@{asked}"))
