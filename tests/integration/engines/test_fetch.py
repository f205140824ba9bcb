"""Pulling from a registry on the loopback, in every way that ends."""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.dockerd import client_environment
from fakes.registry import Registry, digest_of, serve_registry
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image
from polyreact.engines.podman import PodmanEngine
from polyreact.errors import BuildFailed, ImageMissing, ImageRefused, RegistryFailed
from polyreact.images import ImageReference

OURS, OTHER = ("amd64", "arm64") if platform.machine() == "x86_64" else ("arm64", "amd64")


@pytest.fixture
def registry(engine: ContainerEngine) -> Iterator[Registry]:
    with serve_registry() as served:
        yield served
        listed = engine._command.run("images", "--quiet", f"--filter=reference={served.address}/*/*")
        for image_id in set(listed.text.split()):
            engine._command.run("rmi", "--force", image_id)


@pytest.fixture
def name() -> str:
    """New for every test: engines keep what they have once pulled."""
    return f"model-{secrets.token_hex(6)}"


def test_fetch_by_digest_pulls_it_once(engine: ContainerEngine, registry: Registry, name: str) -> None:
    reference = registry.add_image(name, architecture=OURS)
    image = engine.fetch_image(reference)
    assert image.digest == reference.digest
    assert image.entrypoint == ("/x",)
    assert image.image_id in registry.blobs
    registry.status = 500
    assert engine.fetch_image(reference) == image
    assert engine.fetch_image(replace(reference, tag="any")).digest == image.digest


def test_fetch_what_the_registry_has_not_is_missing(engine: ContainerEngine, registry: Registry, name: str) -> None:
    reference = replace(registry.add_image(name), digest=f"sha256:{secrets.token_hex(32)}")
    with pytest.raises(ImageMissing, match="has no"):
        engine.fetch_image(reference)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_fetch_from_a_registry_that_will_not_is_its_failure(
    engine: ContainerEngine, registry: Registry, name: str, status: int
) -> None:
    reference = registry.add_image(name)
    registry.status = status
    with pytest.raises(RegistryFailed):
        engine.fetch_image(reference)


def test_fetch_from_a_registry_that_is_down_is_its_failure(engine: ContainerEngine, name: str) -> None:
    with serve_registry() as registry:
        reference = registry.add_image(name)
    with pytest.raises(RegistryFailed):
        engine.fetch_image(reference)


def test_fetch_tampered_content_is_the_registrys_failure(
    engine: ContainerEngine, registry: Registry, name: str
) -> None:
    reference = registry.add_image(name)
    assert reference.digest
    registry.manifests[reference.digest] = registry.manifests[reference.digest].replace(
        b'"schemaVersion"', b' "schemaVersion"'
    )
    with pytest.raises(RegistryFailed):
        engine.fetch_image(reference)


def test_fetch_image_for_another_machine_is_refused(engine: ContainerEngine, registry: Registry, name: str) -> None:
    reference = registry.add_image(name, architecture=OTHER, entrypoint=())
    with pytest.raises(ImageRefused) as caught:
        engine.fetch_image(reference)
    assert [finding.where for finding in caught.value.findings] == ["platform", "ENTRYPOINT"]


def announce(registry: Registry, reference: ImageReference, layers: list[dict[str, Any]]) -> ImageReference:
    """A manifest like that of `reference`, with other layers in it."""
    assert reference.digest
    manifest = json.loads(registry.manifests[reference.digest])
    content = json.dumps({**manifest, "layers": [*manifest["layers"], *layers]}).encode()
    registry.manifests[digest_of(content)] = content
    return replace(reference, digest=digest_of(content))


@pytest.mark.parametrize(
    ("layers", "where"),
    [
        ([{"size": 30 << 30, "digest": digest_of(b"never sent")}], "size"),
        ([{"size": 1, "digest": "x"}] * 200, "layers"),
    ],
    ids=["too-large", "too-many-layers"],
)
def test_fetch_image_that_is_announced_as_too_large_is_refused_and_not_pulled(
    engine: ContainerEngine, registry: Registry, name: str, layers: list[dict[str, Any]], where: str
) -> None:
    kind = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    reference = announce(registry, registry.add_image(name), [{"mediaType": kind, **layer} for layer in layers])
    registry.blobs.clear()  # what is asked for now is missing, which would be another error
    with pytest.raises(ImageRefused) as caught:
        engine.fetch_image(reference)
    assert [finding.where for finding in caught.value.findings] == [where]
    assert caught.value.consequence == "It was not pulled."


def test_fetch_image_that_is_refused_once_it_is_there_does_not_stay(
    engine: ContainerEngine, registry: Registry, name: str
) -> None:
    reference = registry.add_image(name, architecture=OTHER, entrypoint=())
    with pytest.raises(ImageRefused):
        engine.fetch_image(reference)
    assert engine.find_image(f"{reference.name}@{reference.digest}") is None


@pytest.fixture
def plain(engine: ContainerEngine, registry: Registry, tmp_path: Path) -> ContainerEngine:
    """The engine, with plain HTTP to the registry for builds as well, which podman has to be told."""
    if not isinstance(engine, PodmanEngine):
        return engine
    settings = tmp_path / "registries.conf"
    settings.write_text(f'[[registry]]\nlocation = "{registry.address}"\ninsecure = true\n')
    environment = {**client_environment(), "CONTAINERS_REGISTRIES_CONF": str(settings)}
    return PodmanEngine(environment, is_root=os.geteuid() == 0)


def _build_on(engine: ContainerEngine, base: str, folder: Path) -> None:
    (folder / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nENTRYPOINT ["/x"]\n')
    engine.build(folder, f"polyreact/test-base:{secrets.token_hex(4)}", {"BASE": base})


@pytest.mark.parametrize("status", [401, 500])
def test_build_on_a_base_of_a_registry_that_will_not_is_its_failure(
    plain: ContainerEngine, registry: Registry, name: str, tmp_path: Path, status: int
) -> None:
    """Symptom: E303, the submission's fault, for a registry that could not be asked. Cause: a build's log was

    not read. It mattered since it is the organiser who can mend that, and not the author.
    """
    registry.status = status
    with pytest.raises(RegistryFailed, match=name) as caught:
        _build_on(plain, f"{registry.address}/lab/{name}:1", tmp_path)
    assert "with --base local the build gets a base made from this machine's own Python" in caught.value.cure


def test_build_on_a_base_that_does_not_exist_is_the_dockerfiles_fault(
    plain: ContainerEngine, registry: Registry, name: str, tmp_path: Path
) -> None:
    with pytest.raises(BuildFailed, match=name):
        _build_on(plain, f"{registry.address}/lab/{name}:1", tmp_path)


def test_build_on_a_base_of_a_registry_that_is_down_is_its_failure(
    engine: ContainerEngine, name: str, tmp_path: Path
) -> None:
    with serve_registry() as registry:
        address = registry.address
    with pytest.raises(RegistryFailed, match=name):
        _build_on(engine, f"{address}/lab/{name}:1", tmp_path)


def test_build_log_of_a_hostile_dockerfile_is_made_visible(
    engine: ContainerEngine, base: Image, tmp_path: Path
) -> None:
    program = "print('\\\\x1b[31mred \\\\u202e'); raise SystemExit(3)"
    (tmp_path / "Dockerfile").write_text(f'ARG BASE\nFROM $BASE\nRUN ["python3", "-c", "{program}"]\n')
    with pytest.raises(BuildFailed) as caught:
        engine.build(tmp_path, "polyreact/test-red:1", {"BASE": base.reference}, offline=True)
    assert "\\x1b[31mred" in caught.value.summary
    assert "\n" in caught.value.summary
    assert all(line.isprintable() for line in caught.value.summary.split("\n"))
