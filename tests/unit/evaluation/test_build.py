"""The image of a folder: built when something that the build can see is new, and only then."""

import os

import pytest

from fakes.engine import FakeEngine
from polyreact.errors import BuildFailed
from polyreact.evaluation.build import build_folder
from polyreact.submission.scaffold import write_scaffold
from unit.submission.manifests import GOOD


@pytest.fixture
def folder(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model")
    return tmp_path / "entry"


def build(folder, engine, settings, base=None):
    return build_folder(folder, "lab-model", engine, settings, base, lambda _line: None)


def test_folder_is_built_once_for_the_same_content(folder, settings):
    engine = FakeEngine()
    assert build(folder, engine, settings) == build(folder, engine, settings)
    (tag,) = engine.built
    assert tag.startswith("localhost/lab/model:")


@pytest.mark.parametrize("changed", ["predict.py", "Dockerfile", "new-file"])
def test_folder_is_built_again_when_what_the_build_sees_changes(folder, settings, changed):
    engine = FakeEngine()
    build(folder, engine, settings)
    with (folder / changed).open("a") as file:
        file.write("\n# changed\n")
    build(folder, engine, settings)
    assert len(set(engine.built)) == 2


def test_folder_is_built_again_on_another_base(folder, settings):
    engine = FakeEngine()
    build(folder, engine, settings, "registry.example/library/python:3.12-slim")
    build(folder, engine, settings, "registry.example/library/python:3.13-slim")
    assert len(set(engine.built)) == 2


def test_folder_is_not_built_again_for_its_manifest_or_its_byte_code(folder, settings):
    engine = FakeEngine()
    build(folder, engine, settings)
    (folder / "submission.yaml").write_text(GOOD)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "predict.pyc").write_bytes(b"x")
    build(folder, engine, settings)
    assert len(engine.built) == 1


def test_folder_with_an_awkward_name_gets_a_tag_of_the_grammar(folder, settings):
    engine = FakeEngine()
    build_folder(folder, "a-b-c-1", engine, settings, None, lambda _line: None)
    assert engine.built[0].startswith("localhost/a/b-c-1:")


def test_folder_without_a_dockerfile_is_refused(tmp_path, settings):
    with pytest.raises(BuildFailed, match="holds no Dockerfile") as caught:
        build(tmp_path, FakeEngine(), settings)
    assert "polyreact submission new lab-model" in caught.value.cure


def test_folder_is_built_again_for_a_manifest_that_the_image_contains(folder, settings):
    """Symptom: a threshold read from submission.yaml stayed the old one, even with --force. Cause: the digest

    of the folder left the manifest out, though the Dockerfile could copy it.
    """
    (folder / ".dockerignore").unlink()
    engine = FakeEngine()
    build(folder, engine, settings)
    (folder / "submission.yaml").write_text(GOOD)
    build(folder, engine, settings)
    assert len(set(engine.built)) == 2


def test_folder_with_a_pipe_in_it_is_refused_and_nothing_waits_for_it(folder, settings):
    os.mkfifo(folder / "pipe")
    with pytest.raises(BuildFailed) as caught:
        build(folder, FakeEngine(), settings)
    assert caught.value.findings[0].where == "pipe"


def test_folder_with_odd_names_and_links_out_of_it_is_copied_as_it_is(folder, settings, tmp_path):
    (tmp_path / "outside").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / os.fsdecode(b"odd-\xff")).write_text("x")
    engine = FakeEngine()
    build(folder, engine, settings)
    (tmp_path / "outside").write_text("other")
    build(folder, engine, settings)
    assert len(engine.built) == 1
    assert list(settings.cache.glob("build-*")) == []
