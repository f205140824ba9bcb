"""Kept curves, drawn again: what was changed by hand is told by its name."""

import json

import pytest

from polyreact.errors import FetchFailed
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.verification.curves import verify_curves
from polyreact.evaluation.verification.findings import Verdict, Verifier
from polyreact.results.curve_store import CurveStore
from polyreact.results.store import open_private_store
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate


@pytest.fixture
def path(evaluation, store):
    """Where the curves of lab-model on the demo track stand, beside those of lab-other."""
    evaluate(evaluation, [candidate(), candidate(name="lab-other")], [load_track("demo")])
    return CurveStore.of(store).find_path("lab-model", "demo")


@pytest.fixture
def verify(store, settings):
    def run(*submissions):
        return list(verify_curves(Verifier(store, settings), submissions))

    return run


def edit(path, *way, value):
    document = json.loads(path.read_bytes())
    part = document
    for step in way[:-1]:
        part = part[step]
    part[way[-1]] = value
    path.write_text(json.dumps(document))


def test_curves_are_verified_and_nothing_is_written(path, verify, store):
    before = {each: each.read_bytes() for each in store.folder.rglob("*.*")}
    found = verify()
    assert [(one.submission, one.track, one.verdict) for one in found] == [
        ("curves of lab-model", "demo", Verdict.VERIFIED),
        ("curves of lab-other", "demo", Verdict.VERIFIED),
    ]
    assert {each: each.read_bytes() for each in store.folder.rglob("*.*")} == before
    assert [one.submission for one in verify("lab-other")] == ["curves of lab-other"]


@pytest.mark.parametrize(
    ("way", "value", "what"),
    [
        (("roc", "points", 5, 1), 0.99, "curves.roc.points.at 0.1.true_positive_rate"),
        (("roc", "points", 5, 2), 0.001, "curves.roc.points.at 0.1.low"),
        (("precision_recall", "points", 24, 1), 0.001, "curves.precision_recall.points.at 0.5.precision"),
        (("precision_recall", "prevalence"), 0.001, "curves.precision_recall.prevalence"),
        (("distribution", "bins", 0, 2), 123456, "curves.distribution.bins.1.antibodies"),
        (("distribution", "is_open_below"), True, "curves.distribution.is_open_below"),
        (("predictions_sha256",), "00" * 32, "curves.predictions_sha256"),
        (("labels_sha256",), "00" * 32, "curves.labels_sha256"),
        (("scoring_version",), 1, "curves.scoring_version"),
        (("score_is_probability",), True, "curves.score_is_probability"),
        (("interval_level",), 0.5, "curves.interval_level"),
        (("group_column",), "clone", "curves.group_column"),
        (("folds_by",), "fold", "curves.folds_by"),
    ],
)
def test_what_was_changed_is_told_by_its_name(path, verify, way, value, what):
    edit(path, *way, value=value)
    first, second = verify()
    assert [difference.what for difference in first.differences] == [what]
    assert second.verdict is Verdict.VERIFIED
    assert "polyreact score --all" in first.find_failure().render()


def test_point_that_was_left_out_is_told(path, verify):
    points = json.loads(path.read_bytes())["roc"]["points"]
    edit(path, "roc", "points", value=points[:3] + points[4:])
    (found,) = verify("lab-model")
    assert [(one.what, one.expected, one.found) for one in found.differences] == [
        ("curves.roc.points.at 0.06", "some", "none")
    ]


def test_curves_that_are_not_there_are_missed(path, verify):
    path.unlink()
    (found,) = verify("lab-model")
    assert (found.verdict, found.differences[0].found) == (Verdict.DIFFERS, "none")


def test_curves_that_cannot_be_read_are_told(path, verify):
    path.write_text("{")
    (found,) = verify("lab-model")
    assert (found.verdict, found.differences[0].expected) == (Verdict.DIFFERS, "those of the score")


def test_curves_of_a_newer_program_cannot_be_verified(path, verify):
    edit(path, "schema_version", value=99)
    (found,) = verify("lab-model")
    assert found.verdict is Verdict.CANNOT


def test_curves_of_no_score_are_told(path, verify, store):
    (store.folder / "lab-model" / "demo.json").unlink()
    (found,) = verify("lab-model")
    assert [(one.expected, one.found) for one in found.differences] == [
        ("none", "some of a score that is not there")
    ]


def test_record_that_cannot_be_read_is_left_to_others(path, verify, store):
    (store.folder / "lab-model" / "demo.json").write_text("x")
    assert [one.submission for one in verify()] == ["curves of lab-other"]


def test_predictions_that_were_lost_leave_the_others_verified(path, verify, store):
    (lost,) = (store.folder / "lab-model").glob("demo.*.csv")
    lost.unlink()
    first, second = verify()
    assert (first.verdict, second.verdict) == (Verdict.CANNOT, Verdict.VERIFIED)
    assert first.absent.startswith("E6")


def test_set_that_cannot_be_had_here_is_told(path, verify, monkeypatch):
    def fail(*_):
        raise FetchFailed("no way there")

    monkeypatch.setattr(Verifier, "prepare", fail)
    assert {one.verdict for one in verify()} == {Verdict.CANNOT}


def test_private_records_have_none(settings, tmp_path):
    assert list(verify_curves(Verifier(open_private_store(tmp_path), settings))) == []
