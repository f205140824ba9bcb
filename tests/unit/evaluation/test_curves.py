"""Curves are kept as long as they are those of the records, by the rules of now; and the folds' are averaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.engine import FakeEngine
from polyreact.datasets.catalog import load_dataset
from polyreact.errors import CannotWrite, ResultsError
from polyreact.evaluation import curves as curves_module
from polyreact.evaluation.curves import CURVES, ensure_curves, is_of
from polyreact.evaluation.draw import OWN_SCALES, draw_predictions
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.measure import Truth
from polyreact.evaluation.score import draw_records
from polyreact.results.curve_store import CurveStore
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate

DEMO = load_track("demo")
FOLDS = load_track("demo-fit")


@pytest.fixture
def curves(store):
    return CurveStore.of(store)


@pytest.fixture
def kept(evaluation, curves):
    """The curves of one submission on the demo track."""
    evaluate(evaluation, [candidate()], [DEMO])
    return curves.find("lab-model", "demo")


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "jain"},
        {"revision": 2},
        {"scoring_version": 1},
        {"labels_sha256": "00" * 32},
        {"predictions_sha256": "00" * 32},
        {"score_is_probability": True},
        {"group_column": "clone"},
        {"folds_by": "fold"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_curves_of_anything_else_are_made_again(kept, curves, store, settings, change):
    record = store.find("lab-model", "demo")
    assert is_of(kept, record, DEMO)
    other = kept.model_copy(update=change)
    assert not is_of(other, record, DEMO)
    curves.write(other)
    assert ensure_curves(DEMO, store, settings) == ("lab-model",)
    assert curves.find("lab-model", "demo") == kept


def test_curves_of_the_records_as_they_stand_are_not_made_again(kept, store, settings):
    said = []
    assert ensure_curves(DEMO, store, settings, said.append) == ()
    assert said == []


def test_curves_give_way_with_the_predictions_that_they_are_of(kept, evaluation, store, curves):
    by_length = FakeEngine(lambda data, output: answers(data, output, lambda sequence: float(len(sequence))))
    evaluate(replace(evaluation, engine=by_length, force=True), [candidate()], [DEMO])
    now = curves.find("lab-model", "demo")
    assert now.predictions_sha256 == store.find("lab-model", "demo").run.predictions.sha256
    assert now.predictions_sha256 != kept.predictions_sha256
    assert now.roc != kept.roc


def test_curves_of_a_record_that_is_gone_are_removed_and_of_one_that_cannot_be_read_are_not(
    kept, evaluation, store, curves, settings
):
    evaluate(evaluation, [candidate(name="lab-other")], [DEMO])
    (store.folder / "lab-model" / "demo.json").write_text("x")
    assert ensure_curves(DEMO, store, settings) == ()
    assert curves.find("lab-model", "demo") == kept
    (store.folder / "lab-model" / "demo.json").unlink()
    assert ensure_curves(DEMO, store, settings) == ("lab-model",)
    assert [path.parent.name for path in curves.find_paths()] == ["lab-other"]


def test_curves_that_cannot_be_kept_are_a_result_and_the_scores_stay(evaluation, store, monkeypatch):
    def fail(*_):
        raise CannotWrite("no room")

    monkeypatch.setattr(curves_module.CurveStore, "write", fail)
    ran, drawn = evaluate(evaluation, [candidate()], [DEMO])
    assert (ran.what, drawn.submission, drawn.what) == ("run", CURVES, "refused")
    assert store.find("lab-model", "demo").score is not None


def test_private_track_gets_no_curves_whoever_asks(settings, tmp_path, store):
    private = replace(DEMO, id="private-ours")
    assert ensure_curves(private, replace(store, is_private=True), settings, force=True) == ()
    assert not store.folder.exists()
    with pytest.raises(ValueError, match="no curves are made of private-ours"):
        draw_records([], private, load_dataset("demo"), store, settings)


def test_curves_of_a_fold_track_are_means_over_its_folds(evaluation, store, curves):
    evaluate(evaluation, [candidate(mode="fit-predict")], [FOLDS])
    record, found = store.find("lab-model", "demo-fit"), curves.find("lab-model", "demo-fit")
    assert (found.folds_by, found.distribution.reason) == ("fold", OWN_SCALES)
    points = np.array(found.roc.points)
    area = np.trapezoid(points[:, 1], points[:, 0])
    assert area == pytest.approx(record.score.fold_means["roc_auc"].value, abs=0.02)
    precise = np.mean([point.precision for point in found.precision_recall.points])
    assert precise == pytest.approx(record.score.fold_means["average_precision"].value, abs=0.06)
    folds = record.score.folds.values()
    shares = [fold.positives / (fold.positives + fold.negatives) for fold in folds]
    assert found.precision_recall.prevalence == pytest.approx(np.mean(shares), abs=1e-4)


def table(labels, scores):
    """Predictions and truth by ids."""
    ids = [SequenceId(f"s{number:04}") for number in range(len(labels))]
    rows = [Prediction(name, int(value > 0), float(value)) for name, value in zip(ids, scores, strict=True)]
    return rows, dict(zip(ids, map(int, labels), strict=True))


@pytest.fixture
def made_up():
    labels = np.repeat([1, 0], [30, 60])
    return table(labels, np.random.RandomState(1).standard_normal(90) + labels)


def test_order_of_the_rows_changes_nothing(made_up):
    rows, labels = made_up
    groups = {name: str(place % 40) for place, name in enumerate(labels)}
    folds = {name: str(place % 3) for place, name in enumerate(labels)}
    for fold_of in (None, folds):
        drawn = [
            draw_predictions(order, Truth(labels, None, groups), fold_of, score_is_probability=False)
            for order in (rows, rows[::-1])
        ]
        assert drawn[0] == drawn[1]


def test_scores_of_another_scale_in_each_fold_change_no_curve(made_up):
    rows, labels = made_up
    folds = {name: str(place % 3) for place, name in enumerate(labels)}
    scaled = [replace(row, score=row.score * 10.0 ** int(folds[row.sequence_id])) for row in rows]
    one, other = (draw_predictions(t, Truth(labels), folds, score_is_probability=False) for t in (rows, scaled))
    assert (one.roc, one.precision_recall) == (other.roc, other.precision_recall)


def test_fold_without_a_class_is_the_reason_for_all_three(made_up):
    rows, labels = made_up
    folds = {name: "b" if label else "a" for name, label in labels.items()}
    drawing = draw_predictions(rows, Truth(labels), folds, score_is_probability=True)
    reasons = {drawing.roc.reason, drawing.precision_recall.reason, drawing.distribution.reason}
    assert reasons == {"not available in fold a: no antibody in this set is polyreactive"}


@pytest.mark.parametrize("huge", [1e300, 1.7976931348623157e308])
def test_huge_scores_break_nothing_and_change_no_curve(made_up, huge):
    rows, labels = made_up
    ordered = sorted(rows, key=lambda row: row.score)
    ordered[-1], ordered[0] = replace(ordered[-1], score=huge), replace(ordered[0], score=-huge)
    with np.errstate(over="raise", invalid="raise"):
        drawing = draw_predictions(ordered, Truth(labels), score_is_probability=False)
    plain = draw_predictions(rows, Truth(labels), score_is_probability=False)
    assert (drawing.roc, drawing.precision_recall) == (plain.roc, plain.precision_recall)
    assert sum(each.antibodies for each in drawing.distribution.bins) == 90
    assert len(drawing.distribution.bins) == 20


def test_everything_drawn_is_a_function_of_the_counts_of_blocks(made_up):
    """Labels exchanged within a block of ten change nothing: that is all that a reader of the curves can know."""
    rows, labels = made_up
    highest = sorted(rows, key=lambda row: -row.score)
    again = dict(labels)
    for start in range(0, 80, 10):
        names = [row.sequence_id for row in highest[start : start + 10]]
        again.update(zip(names, sorted(labels[name] for name in names), strict=True))
    assert again != labels
    one, other = (draw_predictions(rows, Truth(truth), score_is_probability=False) for truth in (labels, again))
    assert one == other


def test_curves_need_a_score(kept, store, settings):
    record = store.find("lab-model", "demo").model_copy(update={"score": None})
    with pytest.raises(ValueError, match="record with a score"):
        draw_records([record], DEMO, load_dataset("demo"), store, settings)


def test_lost_predictions_are_told(kept, store, settings, curves):
    curves.find_path("lab-model", "demo").unlink()
    (path,) = (store.folder / "lab-model").glob("demo.*.csv")
    path.unlink()
    with pytest.raises(ResultsError):
        ensure_curves(DEMO, store, settings)


class KilledError(BaseException):
    """What a kill looks like from inside: nothing catches it."""


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_kill_while_curves_are_written_costs_those_curves_and_no_run(
    evaluation, store, curves, engine, monkeypatch, before
):
    both = [candidate(), candidate(name="lab-other")]
    replace_file, targets = Path.replace, []

    def replace_and_die(source, target):
        is_curves = target.is_relative_to(curves.folder)
        targets.append(target)
        if is_curves and before:
            raise KilledError
        replace_file(source, target)
        if is_curves:
            raise KilledError
        return target

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace_and_die)
        for _ in range(2):
            with pytest.raises(KilledError):
                evaluate(evaluation, both, [DEMO])
    assert targets[-1] == curves.find_path("lab-model" if before else "lab-other", "demo")
    records = store.read_all()
    assert [record.score is not None for record in records] == [True, True], "scores stand before their curves"
    assert [result.what for result in evaluate(evaluation, both, [DEMO])] == ["done before"] * 2
    assert (store.read_all(), len(engine.specs)) == (records, 2)
    assert len(curves.read_all()) == 2
    assert not list(store.folder.rglob("*.part"))
