"""Curves beside the records: read as they were written, or refused."""

import json
import re

import pytest

from polyreact.errors import BadRecord, RecordTooNew
from polyreact.results.curve_store import CurveStore, is_of_score
from polyreact.results.store import CURVES_FOLDER, ResultsStore, open_private_store
from polyreact.submission.manifest import NAME_PATTERN
from unit.leaderboard.sample_boards import curves_of, record, score


@pytest.fixture
def scored():
    return record("lab-model", "jain", score())


@pytest.fixture
def kept(tmp_path, scored):
    store = CurveStore.of(ResultsStore(tmp_path))
    curves = curves_of(scored)
    return store, curves, store.write(curves)


def test_curves_are_read_as_they_were_written(kept):
    store, curves, path = kept
    assert store.find("lab-model", "jain") == curves
    assert store.read_all() == (curves,)
    assert store.find("lab-model", "shehata") is None
    assert path == store.folder / "lab-model" / "jain.json"


def test_each_point_stands_on_one_line_and_the_file_is_small(kept):
    _, curves, path = kept
    lines = path.read_text().splitlines()
    first = curves.roc.points[1]
    assert f"      {json.dumps(list(first))}," in lines
    assert len(lines) < 180
    assert path.stat().st_size < 7000


def test_text_that_looks_like_a_list_is_left_as_it_is(kept):
    store, curves, _ = kept
    odd = curves.model_copy(update={"dataset": "[\n   1,\n  2\n ]"})
    store.write(odd)
    assert store.find("lab-model", "jain") == odd


def test_folder_of_curves_holds_no_record_of_a_score(kept, tmp_path):
    assert ResultsStore(tmp_path).read_all() == ()
    assert not re.fullmatch(NAME_PATTERN, CURVES_FOLDER)


@pytest.mark.parametrize(
    ("content", "error"),
    [("{", BadRecord), ('{"schema_version": 1}', BadRecord), ('{"schema_version": 9}', RecordTooNew)],
)
def test_what_are_no_curves_is_refused(kept, content, error):
    store, _, path = kept
    path.write_text(content)
    with pytest.raises(error):
        store.find("lab-model", "jain")


@pytest.mark.parametrize(
    "change",
    [
        {"roc": {"points": [[0.0, 1.5, 0.0, 1.0]]}},
        {"roc": {"points": [[0.0, float("nan"), 0.0, 1.0]]}},
        {"roc": {"points": [[0.0, 0.5, 0.0]]}},
        {"roc": {"points": []}},
        {"roc": {"reason": "none", "points": [[0.0, 0.5, 0.0, 1.0]]}},
        {"precision_recall": {"points": [[0.5, 0.5, 0.0, 1.0]]}},
        {"distribution": {"bins": [[0.0, float("inf"), 1, 0.0]]}},
        {"distribution": {"bins": [[0.0, 1.0, -1, 0.0]]}},
        {"note": "x"},
    ],
    ids=str,
)
def test_curves_that_cannot_be_are_refused(kept, change):
    store, _, path = kept
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change))
    with pytest.raises(BadRecord):
        store.find("lab-model", "jain")


@pytest.mark.parametrize(("folder", "name"), [("lab-model", "shehata"), ("lab-other", "jain")])
def test_curves_of_another_submission_or_track_are_refused(kept, folder, name):
    store, _, path = kept
    other = store.folder / folder / f"{name}.json"
    other.parent.mkdir(exist_ok=True)
    path.rename(other)
    with pytest.raises(BadRecord, match="holds the curves of lab-model on jain"):
        store.find(folder, name)


def test_private_tracks_have_no_curves(kept, tmp_path):
    store, curves, path = kept
    with pytest.raises(ValueError, match="no curves of private-ours"):
        store.write(curves.model_copy(update={"track": "private-ours"}))
    with pytest.raises(ValueError, match="curves do not belong"):
        CurveStore.of(open_private_store(tmp_path))
    path.rename(path.with_name("private-ours.json"))
    assert store.read_all() == ()


def test_folder_goes_with_its_last_curves(kept):
    store, curves, path = kept
    other = store.write(curves.model_copy(update={"track": "shehata"}))
    store.remove(path)
    assert other.exists()
    store.remove(other)
    assert not other.parent.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"predictions_sha256": "00" * 32},
        {"labels_sha256": "00" * 32},
        {"scoring_version": 99},
        {"score_is_probability": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_curves_are_of_a_score_made_from_the_same(kept, scored, change):
    _, curves, _ = kept
    assert is_of_score(curves, scored.score)
    assert not is_of_score(curves.model_copy(update=change), scored.score)
