"""Comparisons beside the records: read as they were written, or refused."""

import json

import pytest

from polyreact.errors import BadRecord, RecordTooNew
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.store import ResultsStore
from unit.leaderboard.sample_boards import compare, with_auroc


@pytest.fixture
def kept(tmp_path):
    store = ComparisonStore.of(ResultsStore(tmp_path))
    (record,) = compare([with_auroc("lab-a", 0.8), with_auroc("lab-b", 0.7)])
    path = store.write(record)
    return store, record, path


def test_comparisons_are_read_as_they_were_written(kept):
    store, record, path = kept
    assert store.find("jain") == record
    assert store.read_all() == (record,)
    assert store.find("shehata") is None
    assert path.read_bytes().endswith(b"}\n")


def test_folder_of_comparisons_holds_no_record_of_a_submission(kept, tmp_path):
    assert ResultsStore(tmp_path).read_all() == ()


@pytest.mark.parametrize(
    ("content", "error"),
    [("{", BadRecord), ('{"schema_version": 1}', BadRecord), ('{"schema_version": 9}', RecordTooNew)],
)
def test_what_is_no_comparison_is_refused(kept, content, error):
    store, _, path = kept
    path.write_text(content)
    with pytest.raises(error):
        store.find("jain")


def test_comparisons_of_another_track_are_refused(kept):
    store, _, path = kept
    path.rename(path.with_name("shehata.json"))
    with pytest.raises(BadRecord, match="holds the comparisons of jain"):
        store.find("shehata")


def test_key_that_is_not_known_is_refused(kept):
    store, _, path = kept
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"note": "x"}))
    with pytest.raises(BadRecord, match="does not meet the schema"):
        store.find("jain")


def test_comparisons_of_private_tracks_stand_apart(kept, tmp_path):
    _, record, _ = kept
    private = record.model_copy(update={"track": "private-ours"})
    with pytest.raises(ValueError, match="do not belong"):
        ComparisonStore(tmp_path / "x").write(private)
    with pytest.raises(ValueError, match="do not belong"):
        ComparisonStore(tmp_path / "x", is_private=True).write(record)
    ComparisonStore(tmp_path / "x", is_private=True).write(private)
    assert ComparisonStore(tmp_path / "x").read_all() == ()
