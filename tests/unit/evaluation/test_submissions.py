"""From what a person names to a candidate, and from a candidate to an image."""

import pytest

from fakes.engine import FakeEngine
from polyreact.errors import InvalidManifest, UnreadableArgument
from polyreact.evaluation.submissions import read_candidates, resolve_submission
from polyreact.submission.scaffold import write_scaffold
from unit.evaluation.conftest import candidate
from unit.submission.manifests import DIGEST, GOOD, lines_of


@pytest.fixture
def folder(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model")
    return tmp_path / "entry"


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
    assert submission.image.digest == DIGEST
    assert image.digest == DIGEST


def test_image_that_is_not_pinned_is_known_by_what_was_found(settings):
    submission, image = resolve(candidate(image="registry.example/lab/model:1.0"), FakeEngine(), settings)
    assert submission.image.digest == image.image_id


def test_image_of_a_folder_is_named_as_built_here_whatever_its_manifest_says(folder, settings):
    """Symptom: a folder whose manifest named a registry was recorded as that registry's image, with the digest

    of a local build. Cause: the reference was put together from the manifest. A reader would have looked for
    an image that never was there.
    """
    (candidate_of_folder,) = read_candidates([folder])
    submission, image = resolve(candidate_of_folder, FakeEngine(), settings)
    assert submission.image.is_local
    assert submission.image.digest == image.image_id
    assert "ghcr" not in str(submission.image)
