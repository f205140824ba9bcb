"""Images that we pulled, in docker and podman themselves: pulled once, bounded, never taken from who uses them."""

from __future__ import annotations

import io
import json
import os
import platform
import secrets
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.registry import Registry, serve_registry
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import Image
from polyreact.engines.podman import PodmanEngine
from polyreact.errors import ImageMissing, NoRoomForImage, RegistryFailed
from polyreact.images import ImageReference

OURS = "amd64" if platform.machine() == "x86_64" else "arm64"
MB = 10**6
Shelved = Callable[[int | None], ContainerEngine]


@pytest.fixture
def registry(engine: ContainerEngine) -> Iterator[Registry]:
    with serve_registry() as served:
        yield served
        listed = engine._command.run("images", "--quiet", f"--filter=reference={served.address}/*/*")
        for image_id in set(listed.text.split()):
            engine._command.run("rmi", "--force", image_id)


@pytest.fixture
def shelved(engine: ContainerEngine, tmp_path: Path) -> Shelved:
    """The same engine again and again, with one ledger, and a budget in bytes."""
    environment = dict(engine._command.environment)
    folder = tmp_path / "images"

    def make(budget_bytes: int | None) -> ContainerEngine:
        shelf = ImageShelf(folder, budget_bytes, keep_free_bytes=0)
        if isinstance(engine, PodmanEngine):
            return PodmanEngine(environment, is_root=os.geteuid() == 0, shelf=shelf)
        return DockerEngine(environment, shelf=shelf)

    return make


def add(registry: Registry, *, size_bytes: int = 3 * MB) -> ImageReference:
    """An image of about this size, which cannot be packed any smaller."""
    name = f"model-{secrets.token_hex(6)}"
    return registry.add_image(name, architecture=OURS, layer=tar_of(secrets.token_bytes(size_bytes)))


def tar_of(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("weights")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def is_there(engine: ContainerEngine, reference: ImageReference) -> bool:
    return engine.find_image(f"{reference.name}@{reference.digest}") is not None


def start_fetching(engine: ContainerEngine, reference: ImageReference, folder: Path) -> subprocess.Popen[str]:
    """Another process that wants this image; it prints how often it pulled, and the image's id."""
    named = {"registry": reference.registry, "repository": reference.repository, "digest": reference.digest}
    environment = dict(engine._command.environment)
    asked = {"engine": engine.name, "environment": environment, "folder": str(folder), "reference": named}
    return subprocess.Popen([sys.executable, "-c", _FETCH, json.dumps(asked)], stdout=subprocess.PIPE, text=True)


_FETCH = """
import json, os, sys
from pathlib import Path
from polyreact.engines.docker import DockerEngine
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.podman import PodmanEngine
from polyreact.images import ImageReference

asked = json.loads(sys.argv[1])
shelf = ImageShelf(Path(asked["folder"]), keep_free_bytes=0)
pulls = []

class Counting:
    def _pull(self, reference, name):
        pulls.append(name)
        return super()._pull(reference, name)

class Podman(Counting, PodmanEngine):
    def __init__(self, environment):
        super().__init__(environment, is_root=os.geteuid() == 0, shelf=shelf)

class Docker(Counting, DockerEngine):
    def __init__(self, environment):
        super().__init__(environment, shelf=shelf)

engine = {"podman": Podman, "docker": Docker}[asked["engine"]](asked["environment"])
image = engine.fetch_image(ImageReference(**asked["reference"]))
print(json.dumps([len(pulls), image.image_id]))
"""


def test_two_processes_that_want_an_image_at_once_pull_it_once(
    engine: ContainerEngine, registry: Registry, tmp_path: Path
) -> None:
    reference = add(registry)
    registry.blob_delay_s = 1.0  # the second has long started when the first has it
    processes = [start_fetching(engine, reference, tmp_path / "images") for _ in range(3)]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert sorted(pulls for pulls, _ in told) == [0, 0, 1]
    assert len({image_id for _, image_id in told}) == 1


def test_a_process_that_is_killed_while_it_pulls_leaves_an_image_that_is_still_ours(
    engine: ContainerEngine, registry: Registry, shelved: Shelved, tmp_path: Path
) -> None:
    """Whether the engine goes on with the pull or the next process makes it anew, it is in the ledger."""
    reference = add(registry)
    registry.blob_delay_s = 2.0
    with start_fetching(engine, reference, tmp_path / "images") as process:
        deadline = time.monotonic() + 60
        while not any("/blobs/" in path for path in registry.asked_for):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
    assert process.returncode == -9
    registry.blob_delay_s = 0.0
    after = shelved(None)
    image = after.fetch_image(reference)
    assert after.shelf
    (kept,) = after.shelf.list_kept(after)
    assert (kept.image_id, kept.is_held) == (image.image_id, True)


def test_the_third_image_of_a_budget_for_two_takes_the_place_of_the_oldest(
    registry: Registry, shelved: Shelved
) -> None:
    engine = shelved(14 * MB)  # two of 3 MB, and 9 MB that a third is expected to take: 1 MB too little
    first, second, third = (add(registry) for _ in range(3))
    for reference in (first, second, third):
        engine.fetch_image(reference)
    assert [is_there(engine, reference) for reference in (first, second, third)] == [False, True, True]
    engine.fetch_image(second)  # used again, so the third is older now
    engine.fetch_image(add(registry))
    assert [is_there(engine, reference) for reference in (second, third)] == [True, False]


def test_an_image_that_another_process_of_ours_uses_stays(registry: Registry, shelved: Shelved) -> None:
    using, engine = shelved(14 * MB), shelved(14 * MB)
    first, second = add(registry), add(registry)
    using.fetch_image(first)
    engine.fetch_image(second)
    engine.fetch_image(add(registry))
    assert [is_there(engine, reference) for reference in (first, second)] == [True, False]


def test_an_image_that_a_container_runs_stays(
    registry: Registry, shelved: Shelved, base: Image, tmp_path: Path
) -> None:
    """The engine itself refuses; no process of ours needs to be there any more."""
    engine = shelved(14 * MB)
    assert engine.shelf
    (tmp_path / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nENTRYPOINT ["/bin/sleep", "60"]\n')
    tag = f"localhost/polyreact/test-in-use:{secrets.token_hex(4)}"
    running = engine.build(tmp_path, tag, {"BASE": base.reference}, offline=True)
    name = f"test-in-use-{secrets.token_hex(4)}"
    started = engine._command.run("run", "--detach", "--network=none", f"--name={name}", tag)
    try:
        assert started.exit_code == 0, started.error_text
        engine.shelf._write(tag, running.image_id, 3 * MB)
        os.utime(next(engine.shelf.folder.glob("*.json")), (1.0, 1.0))
        second = add(registry)
        engine.fetch_image(second)
        engine.fetch_image(add(registry))
        assert engine.find_image(tag) == running
        assert not is_there(engine, second)
    finally:
        engine._command.run("rm", "--force", name)
        engine._command.run("rmi", "--force", tag)


def test_an_image_that_was_there_before_us_stays_whatever_is_pulled(registry: Registry, shelved: Shelved) -> None:
    engine, theirs = shelved(10 * MB), add(registry)
    pulled = engine._pull(theirs, f"{theirs.name}@{theirs.digest}")
    assert pulled.exit_code == 0
    engine.fetch_image(theirs)
    engine.fetch_image(add(registry))
    assert engine.shelf
    assert len(engine.shelf.list_kept(engine)) == 1
    assert is_there(engine, theirs)


def test_an_image_that_would_not_fit_is_refused_and_nothing_of_it_is_pulled(
    registry: Registry, shelved: Shelved
) -> None:
    engine = shelved(8 * MB)
    first, second = add(registry, size_bytes=MB), add(registry)
    engine.fetch_image(first)
    registry.asked_for.clear()
    with pytest.raises(NoRoomForImage) as caught:
        engine.fetch_image(second)
    assert caught.value.consequence == "It was not pulled."
    assert not [path for path in registry.asked_for if "/blobs/" in path]
    assert is_there(engine, first)


def test_an_image_that_would_not_leave_enough_of_the_disk_free_is_refused(
    registry: Registry, shelved: Shelved, tmp_path: Path
) -> None:
    engine = shelved(None)
    free = engine.free_bytes()
    assert free is not None
    engine.shelf = ImageShelf(tmp_path / "other", keep_free_bytes=2 * free)
    with pytest.raises(NoRoomForImage, match="no room"):
        engine.fetch_image(add(registry))


def test_a_pull_that_fails_leaves_nothing_in_the_ledger(registry: Registry, shelved: Shelved) -> None:
    engine, reference = shelved(None), add(registry)
    registry.blobs.clear()
    with pytest.raises((RegistryFailed, ImageMissing)):  # as the engine understands it
        engine.fetch_image(reference)
    assert engine.shelf
    assert engine.shelf.list_kept(engine) == ()
    assert not list(engine.shelf.folder.glob("*.json"))


def test_an_image_by_its_tag_is_ours_and_so_is_the_one_that_it_stood_for_before(
    registry: Registry, shelved: Shelved
) -> None:
    engine = shelved(None)
    first, second = add(registry), add(registry)
    tagged = ImageReference(registry.address, "lab/tagged", "1", None)
    for reference in (first, second):
        assert reference.digest
        registry.manifests["1"] = registry.manifests[reference.digest]
        engine.fetch_image(tagged)
    assert engine.shelf
    kept = engine.shelf.list_kept(engine)
    assert len({image.image_id for image in kept}) == 2
    assert f"{tagged.name}:1" in {image.name for image in kept}
