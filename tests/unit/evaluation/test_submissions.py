"""From what a person names to a candidate, and from a candidate to an image."""

import pytest

from fakes.engine import FakeEngine
from polyreact.errors import BuildFailed, InvalidManifest, UnreadableArgument
from polyreact.evaluation.submissions import build_folder, read_candidates, resolve_submission
from polyreact.submission.scaffold import write_scaffold
from unit.evaluation.conftest import candidate
from unit.submission.manifests import DIGEST, GOOD, lines_of


@pytest.fixture
def folder(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model")
    return tmp_path / "entry"


def build(folder, engine, settings, base=None):
    return build_folder(folder, "lab-model", engine, settings, base, lambda _line: None)


def resolve(chosen, engine, settings):
    return resolve_submission(chosen, engine, settings, base=None, on_progress=lambda _line: None)


def test_folder_and_manifest_become_candidates_in_order(folder, tmp_path):
    (tmp_path / "a-b.yaml").write_text(lines_of(name="a-b"))
    first, second = read_candidates([folder, tmp_path / "a-b.yaml"])
    assert (first.manifest.name, first.folder) == ("lab-model", folder)
    assert (second.manifest.name, second.folder) == ("a-b", None)


def test_defects_of_all_manifests_come_at_once(tmp_path):
    for name in ("a-a", "b-b"):
        (tmp_path / f"{name}.yaml").write_text(lines_of(name=name, license="none of it", image="x y"))
    with pytest.raises(InvalidManifest) as caught:
        read_candidates([tmp_path / "a-a.yaml", tmp_path / "b-b.yaml"])
    assert len(caught.value.findings) == 4
    assert "2 manifests" in caught.value.summary


def test_same_submission_twice_is_refused(folder, tmp_path):
    (tmp_path / "lab-model.yaml").write_text(GOOD)
    with pytest.raises(UnreadableArgument, match="given more than once: lab-model"):
        read_candidates([folder, tmp_path / "lab-model.yaml"])


@pytest.mark.parametrize("name", ["absent.yaml", "absent", "notes.txt"])
def test_path_that_is_neither_is_refused(tmp_path, name):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnreadableArgument):
        read_candidates([tmp_path / name])


def test_unknown_dataset_is_refused_by_the_real_catalogue(tmp_path):
    (tmp_path / "lab-model.yaml").write_text(lines_of(training_data="{atlantis: [labels]}"))
    with pytest.raises(InvalidManifest) as caught:
        read_candidates([tmp_path / "lab-model.yaml"])
    assert "known: boughter, demo" in caught.value.findings[0].message


def test_image_that_is_pinned_is_known_by_its_digest(settings):
    submission, image = resolve(candidate(), FakeEngine(), settings)
    assert submission.image_digest == DIGEST
    assert image.digest == DIGEST


def test_image_that_is_not_pinned_is_known_by_what_was_found(settings):
    submission, image = resolve(candidate(image="ghcr.io/lab/model:1.0"), FakeEngine(), settings)
    assert submission.image_digest == image.image_id


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
    build(folder, engine, settings, "docker.io/library/python:3.12-slim")
    build(folder, engine, settings, "docker.io/library/python:3.13-slim")
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
