"""The documents of changed figures: kept beside the records, only ever added to, refused where they are damaged."""

import json

import pytest

from polyreact.errors import BadRecord, InvalidManifest, RecordTooNew
from polyreact.results.scoring_history import RescoringRecord
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.submission.manifest import parse_manifest
from unit.leaderboard.sample_boards import record
from unit.submission.manifests import lines_of


@pytest.fixture
def results(tmp_path):
    return ResultsStore(tmp_path / "results")


@pytest.fixture
def history(results):
    return ScoringHistory.of(results)


def section(submission="lab-model", track="jain", previous_version=1, unchanged=10):
    return RescoringRecord(
        submission=submission,
        track=track,
        previous_version=previous_version,
        predictions_sha256="cd" * 32,
        unchanged=unchanged,
        new_metrics=("youden",),
        changed=(),
    )


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


def test_section_that_was_added_is_read_back_and_names_its_file(history):
    path = history.add(2, section())
    assert path == history.folder / "2.json"
    (document,) = history.read_all()
    assert (document.scoring_version, document.rescored) == (2, (section(),))


def test_adding_again_leaves_the_file_alone(history):
    path = history.add(2, section())
    before = path.stat()
    history.add(2, section())
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_versions_are_read_in_the_order_of_their_numbers(history):
    for version in (10, 2, 9):
        history.add(version, section())
    assert [document.scoring_version for document in history.read_all()] == [2, 9, 10]


def test_nothing_was_kept_yet(history):
    assert history.read_all() == ()


def test_documents_are_no_records_of_a_submission(history, results):
    history.add(2, section())
    results.write(record("lab-model"), None)
    assert [found.submission.id for found in results.read_all()] == ["lab-model"]
    with pytest.raises(InvalidManifest):  # so that no submission can have this folder
        parse_manifest(lines_of(name=history.folder.name).encode(), source="m.yaml")


def test_section_of_a_private_track_belongs_beside_private_records_only(history, tmp_path):
    with pytest.raises(ValueError, match="does not belong"):
        history.add(2, section(track="private-ours"))
    assert not history.folder.exists()
    private = ScoringHistory.of(open_private_store(tmp_path / "private"))
    private.add(2, section(track="private-ours"))
    with pytest.raises(ValueError, match="does not belong"):
        private.add(2, section())


def test_document_with_figures_of_a_private_track_is_refused_among_public_ones(history, tmp_path):
    private = ScoringHistory.of(open_private_store(tmp_path / "private"))
    content = private.add(2, section(track="private-ours")).read_bytes()
    history.folder.mkdir(parents=True)
    (history.folder / "2.json").write_bytes(content)
    with pytest.raises(BadRecord, match="figures of private-ours, which do not belong here"):
        history.read_all()


def test_document_that_was_damaged_is_refused_and_nothing_is_lost(history):
    path = history.add(2, section())
    path.write_bytes(path.read_bytes()[:-20])
    damaged = path.read_bytes()
    with pytest.raises(BadRecord) as caught:
        history.add(2, section("lab-other"))
    assert f"git checkout -- {path}" in caught.value.cure
    assert path.read_bytes() == damaged


def test_document_under_another_name_is_refused(history):
    history.add(2, section()).rename(history.folder / "3.json")
    with pytest.raises(BadRecord, match="it is of scoring version 2"):
        history.read_all()


def test_document_of_a_newer_schema_is_refused(history):
    edit(history.add(2, section()), schema_version=2)
    with pytest.raises(RecordTooNew):
        history.read_all()


@pytest.mark.parametrize("changes", [{"surprise": 1}, {"scoring_version": 0}, {"scoring_version": 1}])
def test_document_that_does_not_meet_the_schema_is_refused(history, changes):
    edit(history.add(2, section()), **changes)
    with pytest.raises(BadRecord, match="does not meet the schema"):
        history.read_all()
