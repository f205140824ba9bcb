"""Pushing to a real registry on the loopback, with and without credentials; building for another architecture."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import missing
from fakes.distribution import NoRegistry, serve_distribution
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image
from polyreact.engines.registry import Hidden, Published, fetch_published
from polyreact.errors import NotPushed
from polyreact.images import ImageReference

#: Somebody may write there; nobody here knows the password.
PASSWORDS = "lab:$2y$05$Q8RdPUTz4pBM8FlKgQeVdO2vKJUq5O1sGf6tqs0Z6LSGHqS8nE0Wu\n"
OTHER = "arm64"


@pytest.fixture
def image(engine: ContainerEngine, tmp_path: Path) -> Iterator[Image]:
    """An image of one small file, new for every test."""
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "x").write_text(secrets.token_hex(16))
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY x /x\nENTRYPOINT ["/x"]\n')
    built = engine.build(folder, f"polyreact/test-push:{secrets.token_hex(6)}", {}, offline=True)
    yield built
    engine._command.run("rmi", "--force", built.image_id)


def test_pushed_image_is_found_by_everybody_and_pulled_by_its_digest(
    engine: ContainerEngine, image: Image, tmp_path: Path
) -> None:
    with serve(tmp_path) as address:
        target = ImageReference(address, "lab/model", "1.0")
        assert fetch_published(target, "amd64") is Hidden.ABSENT
        engine.push(image, target)
        published = fetch_published(target, "amd64")
        assert isinstance(published, Published)
        assert image.image_id in published.ids
        engine._command.run("rmi", "--force", image.image_id)
        pulled = engine.fetch_image(ImageReference(address, "lab/model", "1.0", published.digest))
        assert (pulled.image_id, pulled.digest) == (image.image_id, published.digest)


def test_registry_that_wants_credentials_does_not_take_it_and_says_how_to_log_in(
    engine: ContainerEngine, image: Image, tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text(PASSWORDS)
    with serve(tmp_path, passwords) as address:
        target = ImageReference(address, "lab/model", "1.0")
        with pytest.raises(NotPushed, match="did not take the image") as caught:
            engine.push(image, target)
        assert f"{engine.name} login {address}" in caught.value.cure
        assert fetch_published(target, "amd64") is Hidden.DENIED


def test_registry_that_is_not_there_does_not_take_it(engine: ContainerEngine, image: Image) -> None:
    with pytest.raises(NotPushed, match="did not take the image") as caught:
        engine.push(image, ImageReference("127.0.0.1:9", "lab/model", "1.0"))
    assert "login" not in caught.value.cure


def test_image_is_built_for_the_architecture_that_was_asked_for(engine: ContainerEngine, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(secrets.token_hex(16))
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY x /x\nENTRYPOINT ["/x"]\n')
    tag = f"polyreact/test-other:{secrets.token_hex(6)}"
    built = engine.build(tmp_path, tag, {}, offline=True, architecture=OTHER)
    engine._command.run("rmi", "--force", built.image_id)
    assert built.architecture == OTHER


def serve(folder: Path, passwords: Path | None = None):
    if shutil.which("docker-registry") is None:
        missing("docker-registry", NoRegistry("it is not installed (to install it: sudo make engines)"))
    (folder / "registry").mkdir()
    return serve_distribution(folder / "registry", password_file=passwords)
