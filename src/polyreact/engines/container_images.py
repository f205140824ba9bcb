"""Images as docker and podman describe them, and what makes one unfit to run. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyreact.engines.interface import Image
from polyreact.engines.oci import check_volumes
from polyreact.errors import Finding
from polyreact.visible import visible

_GIB = 1 << 30


def parse_image(reference: str, record: Mapping[str, Any]) -> Image:
    """One entry of `image inspect`, from either engine. `reference` is kept as it was asked for."""
    config = record.get("Config") or {}
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
    )


def find_defects(image: Image, architecture: str, max_bytes: int) -> list[Finding]:
    """Everything that keeps an image from being run on a host of this architecture."""
    findings = []
    if image.architecture != architecture:
        findings.append(
            Finding("platform", f"is for {visible(image.architecture)[:40]}; this host is {architecture}")
        )
    if not image.entrypoint and not image.command:
        findings.append(Finding("ENTRYPOINT", "is absent, and so is CMD: there is nothing to run"))
    if image.size_bytes > max_bytes:
        size, most = image.size_bytes / _GIB, max_bytes / _GIB
        findings.append(Finding("size", f"is {size:.1f} GiB; at most {most:.1f} GiB are allowed"))
    return [*findings, *check_volumes(image.volumes)]


def _digests(reference: str, record: Mapping[str, Any]) -> list[str]:
    """The manifest digests that the image was pulled by, the one asked for first; none for a local image."""
    pulled = [entry for entry in record.get("RepoDigests") or () if not entry.startswith("localhost/")]
    asked = reference.rpartition("@")[2]
    return sorted(pulled, key=lambda entry: not entry.endswith(f"@{asked}"))
