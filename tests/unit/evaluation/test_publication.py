"""From a folder to an image that anybody can pull; the engine is in memory, the registry on the loopback."""

import json
from dataclasses import dataclass, replace

import pytest

from fakes.engine import FakeEngine, make_image
from fakes.registry import serve_registry
from polyreact.errors import ImageRefused, NotPublic, RegistryFailed, WrongCommandLine
from polyreact.evaluation.publication import (
    Built,
    build_for_platform,
    choose_target,
    find_pushed,
    pin_published,
    push,
)
from polyreact.images import ImageReference, parse_image_reference
from polyreact.submission.scaffold import write_scaffold

LOCAL = ImageReference("localhost", "lab/model", "abcdef012345", f"sha256:{'b' * 64}")


@dataclass
class HostsOfAnotherKind(FakeEngine):
    """Builds for arm64 unless it is asked for something else, as a new laptop does."""

    architecture: str = "arm64"


@pytest.fixture
def folder(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model")
    return tmp_path / "entry"


@pytest.fixture
def registry():
    with serve_registry() as served:
        yield served


def publish(registry):
    """An image under a tag, as the engine that pushed it knows it, and the digest of its manifest."""
    pinned = registry.add_image("model")
    content = registry.manifests["1.0"] = registry.manifests[pinned.digest]
    image = make_image("x", image_id=json.loads(content)["config"]["digest"])
    return replace(pinned, tag="1.0", digest=None), Built(LOCAL, image), pinned.digest


def test_build_on_the_platforms_own_kind_of_host_is_the_one_that_was_checked(folder, settings):
    engine = FakeEngine()
    built = build_for_platform(folder, "lab-model", engine, settings, None, lambda _: None)
    assert (len(engine.built), built.image.architecture) == (1, "amd64")


def test_build_on_another_kind_of_host_is_made_again_for_the_platform(folder, settings):
    engine, said = HostsOfAnotherKind(), []
    built = build_for_platform(folder, "lab-model", engine, settings, None, said.append)
    assert built.image.architecture == "amd64"
    assert len(set(engine.built)) == 2  # another name, so that neither takes the other's place
    assert "this host is arm64; building once more, for linux/amd64" in said[-2]


def test_build_that_cannot_be_for_the_platform_is_refused(folder, settings):
    engine = FakeEngine()
    engine.build = lambda _folder, tag, *_, **__: engine.images.setdefault(
        tag, make_image(tag, architecture="arm64")
    )
    with pytest.raises(ImageRefused, match="the image is for arm64; the benchmark runs linux/amd64"):
        build_for_platform(folder, "lab-model", engine, settings, None, lambda _: None)


@pytest.mark.parametrize(
    ("named", "target"),
    [
        ("ghcr.io/lab/model", "ghcr.io/lab/model:abcdef012345"),
        ("ghcr.io/lab/model:1.0", "ghcr.io/lab/model:1.0"),
        (f"ghcr.io/lab/model:1.0@sha256:{'0' * 64}", "ghcr.io/lab/model:1.0"),
    ],
)
def test_target_has_the_manifests_tag_or_that_of_its_content(named, target):
    assert str(choose_target(parse_image_reference(named), Built(LOCAL, make_image("x")))) == target


def test_image_that_stands_at_the_registry_is_found_by_its_digest(registry):
    target, built, digest = publish(registry)
    assert find_pushed(target, built) == replace(target, digest=digest)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(404, "has no"), (403, "to nobody without credentials"), (500, "could not be asked for")],
)
def test_image_that_is_not_found_says_why(registry, status, sentence):
    target, built, _ = publish(registry)
    registry.status = status
    assert sentence in find_pushed(target, built)


def test_tag_that_stands_for_another_image_is_not_taken_for_this_one(registry):
    target, built, _ = publish(registry)
    other = replace(built, image=make_image("another"))
    assert find_pushed(target, other) == f"{target} is another image at {target.registry} than this folder makes"


def test_pushed_image_is_found_again_as_anybody_finds_it(registry):
    target, built, digest = publish(registry)
    engine = FakeEngine()
    assert push(target, built, engine) == replace(target, digest=digest)
    assert engine.pushed == [(built.image, target)]


def test_pushed_image_that_nobody_else_can_pull_is_not_handed_in(registry):
    target, built, _ = publish(registry)
    registry.status = 403
    with pytest.raises(NotPublic, match="shows nobody without credentials an image") as caught:
        push(target, built, FakeEngine())
    assert caught.value.consequence == "The image was pushed."


def test_tag_that_somebody_else_pushed_to_is_not_handed_in(registry):
    target, built, _ = publish(registry)
    with pytest.raises(NotPublic, match="another image than the one that was pushed"):
        push(target, replace(built, image=make_image("another")), FakeEngine())


def test_image_pushed_by_other_means_is_pinned_by_what_its_name_stands_for(registry):
    target, _, digest = publish(registry)
    assert pin_published(target) == replace(target, digest=digest)
    assert pin_published(replace(target, tag=None, digest=digest)).digest == digest
    registry.manifests["latest"] = registry.manifests["1.0"]
    assert pin_published(replace(target, tag=None)) == replace(target, tag="latest", digest=digest)


@pytest.mark.parametrize(
    ("status", "error", "cure"),
    [
        (404, NotPublic, "Push the image"),
        (403, NotPublic, "Let everybody pull it"),
        (500, RegistryFailed, "imagetools"),
    ],
)
def test_image_that_cannot_be_pinned_says_what_to_do(registry, status, error, cure):
    target, _, _ = publish(registry)
    registry.status = status
    with pytest.raises(error) as caught:
        pin_published(target)
    assert cure in caught.value.cure


def test_image_of_this_machine_cannot_be_handed_in():
    with pytest.raises(WrongCommandLine, match="stands on this machine only"):
        pin_published(replace(LOCAL, digest=None))
