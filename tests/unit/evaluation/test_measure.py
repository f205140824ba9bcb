"""Metrics and intervals of tables: by id, on parts, fold by fold, and in groups."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    matthews_corrcoef,
    roc_auc_score,
)

from polyreact.evaluation.measure import (
    BIASED,
    GROUPED,
    NONE_KNOWN,
    ONLY_AUROC,
    Truth,
    average_folds,
    estimate_submission_aurocs,
    measure,
    measure_folds,
    measure_predictions,
    measure_without_neighbours,
)
from polyreact.metrics.catalog import METRICS
from polyreact.sequences import SequenceId
from polyreact.statistics.auroc import auroc_interval, interval_of
from polyreact.statistics.interval import Interval, Method, Unavailable
from polyreact.statistics.proportions import mcc_interval, wilson_interval
from polyreact.submission.predictions import Prediction


def test_rows_are_matched_to_labels_by_id_and_not_by_order():
    labels = {SequenceId("a"): 1, SequenceId("b"): 0, SequenceId("c"): 0}
    rows = [Prediction(SequenceId(i), p, s) for i, p, s in [("c", 0, 0.1), ("a", 1, 0.9), ("b", 1, 0.5)]]
    table = measure_predictions(rows, Truth(labels), score_is_probability=False).table
    assert table.confusion.true_positives == table.confusion.false_positives == table.confusion.true_negatives == 1
    assert table.metrics["roc_auc"].value == 1


def table_of(count, seed=0):
    """Predictions and labels of `count` antibodies, with ties among the scores."""
    stream = np.random.default_rng(seed)
    ids = [SequenceId(f"t-{number}") for number in range(count)]
    scores = stream.integers(0, 20, count) / 10
    labels = dict(zip(ids, stream.integers(0, 2, count).tolist(), strict=True))
    return [Prediction(i, int(s > 1), float(s)) for i, s in zip(ids, scores, strict=True)], labels


def test_metrics_without_neighbours_are_those_of_scikit_learn_on_the_rest():
    predictions, labels = table_of(80)
    free = {row.sequence_id for row in predictions[::3]}
    rest = measure_without_neighbours(predictions, Truth(labels), free, score_is_probability=False)
    metrics = rest.table.metrics
    left = [row for number, row in enumerate(predictions) if number % 3 == 0]
    truth = [labels[row.sequence_id] for row in left]
    assert (rest.table.confusion.total, rest.table.confusion.positives) == (27, sum(truth))
    assert metrics["roc_auc"].value == pytest.approx(roc_auc_score(truth, [row.score for row in left]), abs=1e-12)
    expected = balanced_accuracy_score(truth, [row.prediction for row in left])
    assert metrics["balanced_accuracy"].value == pytest.approx(expected, abs=1e-12)
    whole = (
        measure_predictions(predictions, Truth(labels), score_is_probability=False).table.metrics["roc_auc"].value
    )
    assert metrics["roc_auc"].value != whole


def test_metrics_are_not_available_where_a_class_or_everything_is_gone():
    predictions, labels = table_of(40)
    specific = {i for i, label in labels.items() if label == 0}
    rest = measure_without_neighbours(predictions, Truth(labels), specific, score_is_probability=False)
    metrics = rest.table.metrics
    assert (rest.table.confusion.total, rest.table.confusion.positives) == (len(specific), 0)
    assert metrics["roc_auc"].reason == "no antibody in this set is polyreactive"
    assert metrics["accuracy"].value is not None
    assert "roc_auc" not in rest.intervals
    assert isinstance(rest.intervals["accuracy"], Interval)
    assert measure_without_neighbours(predictions, Truth(labels), set(), score_is_probability=False) is None


@pytest.fixture
def three_folds():
    """Labels, predictions and folds of 90 antibodies, the folds of 50, 30 and 10."""
    generator = np.random.default_rng(7)
    ids = [SequenceId(f"a-{number:02d}") for number in range(90)]
    labels = dict(zip(ids, (int(label) for label in generator.integers(0, 2, 90)), strict=True))
    scores = [float(generator.normal() + labels[name]) for name in ids]
    rows = [Prediction(name, int(score > 0.4), score) for name, score in zip(ids, scores, strict=True)]
    fold_of = dict(zip(ids, ["1"] * 50 + ["2"] * 30 + ["10"] * 10, strict=True))
    generator.shuffle(rows)
    return rows, labels, fold_of


REFERENCES = {
    "accuracy": lambda truth, called, scores: accuracy_score(truth, called),
    "mcc": lambda truth, called, scores: matthews_corrcoef(truth, called),
    "roc_auc": lambda truth, called, scores: roc_auc_score(truth, scores),
    "average_precision": lambda truth, called, scores: average_precision_score(truth, scores),
}


@pytest.mark.parametrize("key", REFERENCES)
def test_metrics_of_each_fold_and_their_mean_are_those_of_scikit_learn(three_folds, key):
    rows, labels, fold_of = three_folds
    tables = measure_folds(rows, Truth(labels), fold_of, score_is_probability=False)
    assert list(tables) == ["1", "2", "10"]
    expected = []
    for name, fold in tables.items():
        table = fold.table
        chosen = [row for row in rows if fold_of[row.sequence_id] == name]
        expected.append(
            REFERENCES[key](
                [labels[row.sequence_id] for row in chosen],
                [row.prediction for row in chosen],
                [row.score for row in chosen],
            )
        )
        assert table.metrics[key].value == pytest.approx(expected[-1])
        assert table.confusion.total == len(chosen)
    means = average_folds(rows, Truth(labels), fold_of, tables).metrics
    assert means[key].value == pytest.approx(sum(expected) / 3)


def test_mean_over_folds_is_not_available_where_a_fold_lacks_the_metric(three_folds):
    rows, labels, fold_of = three_folds
    one_class = {name: 1 if fold_of[name] == "10" else label for name, label in labels.items()}
    truth = Truth(one_class)
    averaged = average_folds(rows, truth, fold_of, measure_folds(rows, truth, fold_of, score_is_probability=False))
    means = averaged.metrics
    assert "roc_auc" not in averaged.intervals
    assert means["roc_auc"].value is None
    assert means["roc_auc"].reason.startswith("not available in fold 10: ")
    assert means["accuracy"].value is not None


def test_no_folds_have_no_means():
    assert average_folds([], Truth({}), {}, {}).metrics == {}


def test_mean_auroc_over_folds_is_surer_than_the_auroc_of_any_fold(three_folds):
    rows, labels, _ = three_folds
    truth = Truth(labels)
    fold_of = {name: str(number % 3) for number, name in enumerate(labels)}
    folds = measure_folds(rows, truth, fold_of, score_is_probability=False)
    averaged = average_folds(rows, truth, fold_of, folds)
    interval = averaged.intervals["roc_auc"]
    assert interval.low < averaged.metrics["roc_auc"].value < interval.high
    widths = [fold.intervals["roc_auc"].high - fold.intervals["roc_auc"].low for fold in folds.values()]
    assert interval.high - interval.low == pytest.approx(np.mean(widths) / np.sqrt(3), rel=0.2)
    assert averaged.intervals["accuracy"] == Unavailable(ONLY_AUROC)


def arrays(positives=29, negatives=57, seed=3):
    stream = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [positives, negatives])
    scores = 1 / (1 + np.exp(-(stream.normal(size=labels.size) + labels - 0.4)))
    return labels, (scores > 0.5).astype(int), scores


def test_every_metric_with_a_value_has_an_interval_or_says_why_not():
    labels, called, scores = arrays()
    made = measure(labels, called, scores, is_probability=True, assay=labels + scores)
    assert list(made.intervals) == [metric.key for metric in METRICS]
    absent = {key: found.reason for key, found in made.intervals.items() if isinstance(found, Unavailable)}
    assert absent == {
        "average_precision": BIASED,
        "specificity_at_sensitivity_90": NONE_KNOWN,
        "precision_at_positives": NONE_KNOWN,
        "precision_at_10": NONE_KNOWN,
        "ece": NONE_KNOWN,
    }
    for key in made.intervals.keys() - absent.keys():
        assert made.intervals[key].low < made.table.metrics[key].value < made.intervals[key].high, key


def test_metric_without_a_value_has_no_interval():
    labels, called, scores = arrays()
    made = measure(labels, called, scores, is_probability=False)
    assert not {"brier", "log_loss", "ece", "spearman"} & made.intervals.keys()


def test_intervals_are_those_of_the_counts():
    labels, called, scores = arrays()
    made = measure(labels, called, scores, is_probability=False)
    counts = made.table.confusion
    assert made.intervals["sensitivity"] == wilson_interval(counts.true_positives, 29)
    assert made.intervals["precision"] == wilson_interval(
        counts.true_positives, counts.true_positives + counts.false_positives
    )
    assert made.intervals["mcc"] == mcc_interval(counts.true_positives, 29, counts.false_positives, 57)
    assert made.intervals["roc_auc"] == auroc_interval(labels, scores)


@pytest.mark.parametrize(("positives", "negatives"), [(1, 30), (30, 1), (1, 1), (0, 5), (5, 0)])
@pytest.mark.parametrize("kind", ["perfect", "inverted", "constant", "tied"])
def test_predictions_at_the_edge_have_values_and_intervals_or_reasons(positives, negatives, kind):
    labels = np.repeat([1, 0], [positives, negatives])
    scores = {
        "perfect": labels.astype(float),
        "inverted": 1.0 - labels,
        "constant": np.full(labels.size, 0.5),
        "tied": np.arange(labels.size) % 2 / 1.0,
    }[kind]
    made = measure(labels, (scores > 0.4).astype(int), scores, is_probability=True)
    for key, value in made.table.metrics.items():
        found = made.intervals.get(key)
        assert (value.value is None) == (found is None)
        if isinstance(found, Interval):
            assert np.isfinite([found.low, found.high]).all()
            assert found.low <= value.value <= found.high


def test_antibodies_in_groups_have_wider_intervals_of_another_kind():
    """Every antibody four times over tells no more than once."""
    labels, called, scores = (np.tile(column, 4) for column in arrays())
    groups = np.tile(np.arange(86), 4)
    alone = measure(labels, called, scores, is_probability=True)
    grouped = measure(labels, called, scores, is_probability=True, groups=groups)
    once = measure(*arrays(), is_probability=True)
    for key in ("accuracy", "mcc", "roc_auc", "brier"):
        width, narrow, honest = (
            found.intervals[key].high - found.intervals[key].low for found in (grouped, alone, once)
        )
        assert width > 1.6 * narrow, key
        assert width == pytest.approx(honest, rel=0.25), key
    assert grouped.intervals["accuracy"].method is Method.CLUSTER_BOOTSTRAP


def test_groups_come_from_the_truth_and_the_assay_has_none_then():
    predictions, labels = table_of(80)
    assay = {name: float(number) for number, name in enumerate(labels)}
    group_of = {name: str(number // 2) for number, name in enumerate(labels)}
    made = measure_predictions(predictions, Truth(labels, assay, group_of), score_is_probability=False)
    assert made.intervals["accuracy"].method is Method.CLUSTER_BOOTSTRAP
    assert made.intervals["spearman"] == Unavailable(GROUPED)


def test_aurocs_of_submissions_are_matched_by_id():
    predictions, labels = table_of(60)
    stream = np.random.default_rng(5)
    shuffled = [predictions[place] for place in stream.permutation(len(predictions))]
    found = estimate_submission_aurocs([predictions, shuffled], Truth(labels))
    assert found.values[0] == found.values[1]
    alone = measure_predictions(predictions, Truth(labels), score_is_probability=False)
    assert interval_of(found, 1) == alone.intervals["roc_auc"]


def test_order_of_rows_changes_no_bit_of_any_interval():
    predictions, labels = table_of(120, seed=8)
    group_of = {name: str(number // 3) for number, name in enumerate(labels)}
    for truth in (Truth(labels), Truth(labels, None, group_of)):
        before = measure_predictions(predictions, truth, score_is_probability=False)
        assert measure_predictions(predictions[::-1], truth, score_is_probability=False) == before
