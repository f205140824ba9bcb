"""Pulling from a registry on the loopback, in every way that ends."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fakes.registry import Registry, serve_registry
from polyreact.engines.container_engine import ContainerEngine
from polyreact.errors import ImageMissing, ImageRefused, RegistryFailed

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
