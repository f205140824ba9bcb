"""Metrics on worked examples, at their edges, and against scikit-learn."""

import math
import warnings

import numpy as np
import pytest
from sklearn import metrics as oracle

from polyreact.metrics import calibration, counts, ordering
from polyreact.metrics.assay import NO_ASSAY
from polyreact.metrics.catalog import METRICS, METRICS_BY_KEY, Needs
from polyreact.metrics.interface import ConfusionMatrix, MetricValue, ScoreTable
from polyreact.metrics.score import score_table

KEYS = [
    "accuracy",
    "balanced_accuracy",
    "sensitivity",
    "specificity",
    "precision",
    "f1",
    "mcc",
    "roc_auc",
    "average_precision",
    "brier",
    "youden",
    "specificity_at_sensitivity_90",
    "precision_at_positives",
    "precision_at_10",
    "log_loss",
    "ece",
    "spearman",
]
#: Not available on any table of two rows that came without assay values.
TWO_ROWS = {"precision_at_10": ordering.FEWER_THAN_SHORT_LIST, "spearman": NO_ASSAY}


def table(labels, predictions, scores=None, *, is_probability=False, assay=None) -> ScoreTable:
    as_scores = np.array(predictions if scores is None else scores, dtype=float)
    return score_table(
        np.array(labels),
        np.array(predictions),
        as_scores,
        is_probability=is_probability,
        assay=None if assay is None else np.array(assay, dtype=float),
    )


def test_catalog_order_is_the_promised_one():
    assert [metric.key for metric in METRICS] == KEYS
    assert list(METRICS_BY_KEY) == KEYS


def test_catalog_says_what_each_metric_is_made_from():
    """A metric keeps its value whatever happens to a column that it does not need."""
    labels, assay = [0] * 6 + [1] * 6, [float(n) for n in range(12)]
    predictions = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]
    scores = [0.1, 0.2] * 3 + [0.9, 0.8] * 3

    def made(*columns, is_probability=True, assay=assay):
        return table(labels, *columns, is_probability=is_probability, assay=assay)

    plain = made(predictions, scores)
    others = {
        Needs.PREDICTIONS: made([1 - called for called in predictions], scores),
        Needs.SCORES: made(predictions, scores[::-1]),
        Needs.PROBABILITIES: made(predictions, scores, is_probability=False),
        Needs.ASSAY: made(predictions, scores, assay=assay[::-1]),
    }
    for metric in METRICS:
        assert metric.highest is None or metric.lowest < metric.highest
        changed = {
            needs for needs, other in others.items() if other.metrics[metric.key] != plain.metrics[metric.key]
        }
        if metric.needs in {Needs.PROBABILITIES, Needs.ASSAY}:
            changed.remove(Needs.SCORES)
        assert changed == {metric.needs}


def test_score_table_keys_follow_the_catalog():
    assert list(table([0, 1], [0, 1], [0.1, 0.9]).metrics) == KEYS


def test_worked_example():
    scored = table(
        labels=[1, 1, 1, 0, 0, 0, 0, 0],
        predictions=[1, 1, 0, 1, 0, 0, 0, 0],
        scores=[0.9, 0.6, 0.3, 0.6, 0.2, 0.1, 0.1, 0.0],
        is_probability=True,
    )
    assert scored.confusion == ConfusionMatrix(4, 1, 1, 2)
    assert (scored.confusion.positives, scored.confusion.negatives, scored.confusion.total) == (3, 5, 8)
    expected = {
        "accuracy": 6 / 8,
        "balanced_accuracy": (2 / 3 + 4 / 5) / 2,
        "sensitivity": 2 / 3,
        "specificity": 4 / 5,
        "precision": 2 / 3,
        "f1": 2 / 3,
        "mcc": (2 * 4 - 1) / math.sqrt(3 * 3 * 5 * 5),
        # of 15 pairs: .9 wins 5; .6 wins 4 and ties 1; .3 wins 4
        "roc_auc": (5 + 4.5 + 4) / 15,
        # thresholds .9, .6, .3 find 1 of 1, 2 of 3, 3 of 4
        "average_precision": (1 + 2 / 3 + 3 / 4) / 3,
        "brier": (0.01 + 0.16 + 0.49 + 0.36 + 0.04 + 0.01 + 0.01) / 8,
        "youden": 2 / 3 + 4 / 5 - 1,
        # all three polyreactive are at .3 or above, with one of five specific
        "specificity_at_sensitivity_90": 4 / 5,
        # the three highest: .9 and both of .6
        "precision_at_positives": 2 / 3,
        "log_loss": -math.log(0.9 * 0.6 * 0.3 * 0.4 * 0.8 * 0.9 * 0.9) / 8,
        # bins: {.0 .1 .1 specific} {.2 specific} {.3 polyreactive} {.6 both} {.9 polyreactive}
        "ece": (0.2 + 0.2 + 0.7 + 0.2 + 0.1) / 8,
    }
    for key, value in expected.items():
        assert scored.metrics[key].value == pytest.approx(value, abs=1e-15), key


@pytest.mark.parametrize(
    ("labels", "predictions", "missing"),
    [
        (
            [0, 0],
            [0, 1],
            {
                "balanced_accuracy": counts.NO_POSITIVES,
                "sensitivity": counts.NO_POSITIVES,
                "mcc": counts.NO_POSITIVES,
                "youden": counts.NO_POSITIVES,
                "specificity_at_sensitivity_90": counts.NO_POSITIVES,
                "precision_at_positives": counts.NO_POSITIVES,
                "roc_auc": counts.NO_POSITIVES,
                "average_precision": counts.NO_POSITIVES,
            },
        ),
        (
            [1, 1],
            [0, 1],
            {
                "balanced_accuracy": counts.NO_NEGATIVES,
                "specificity": counts.NO_NEGATIVES,
                "mcc": counts.NO_NEGATIVES,
                "youden": counts.NO_NEGATIVES,
                "specificity_at_sensitivity_90": counts.NO_NEGATIVES,
                "roc_auc": counts.NO_NEGATIVES,
            },
        ),
        (
            [0, 1],
            [0, 0],
            {"precision": counts.NO_POSITIVE_PREDICTIONS, "mcc": counts.NO_POSITIVE_PREDICTIONS},
        ),
        ([0, 1], [1, 1], {"mcc": counts.NO_NEGATIVE_PREDICTIONS}),
        (
            [0, 0],
            [0, 0],
            {
                "balanced_accuracy": counts.NO_POSITIVES,
                "sensitivity": counts.NO_POSITIVES,
                "precision": counts.NO_POSITIVE_PREDICTIONS,
                "f1": counts.NO_POSITIVES_AT_ALL,
                "mcc": counts.NO_POSITIVES,
                "youden": counts.NO_POSITIVES,
                "specificity_at_sensitivity_90": counts.NO_POSITIVES,
                "precision_at_positives": counts.NO_POSITIVES,
                "roc_auc": counts.NO_POSITIVES,
                "average_precision": counts.NO_POSITIVES,
            },
        ),
    ],
    ids=["no-positives", "no-negatives", "none-predicted", "all-predicted", "no-positives-at-all"],
)
def test_undefined_metric_is_not_available_with_its_reason(labels, predictions, missing):
    scored = table(labels, predictions, [0.2, 0.8], is_probability=True)
    assert {key: value.reason for key, value in scored.metrics.items() if value.value is None} == missing | TWO_ROWS


def test_f1_disjoint_sets_is_zero_not_missing():
    assert table([0, 1], [1, 0]).metrics["f1"] == MetricValue(0.0)


def test_average_precision_without_negatives_is_one():
    assert table([1, 1], [1, 1], [0.2, 0.4]).metrics["average_precision"] == MetricValue(1.0)


@pytest.mark.parametrize(
    ("is_probability", "scores", "reason"),
    [
        (False, [0.1, 0.9], calibration.NOT_A_PROBABILITY),
        (True, [0.1, 1.0000001], calibration.OUTSIDE_UNIT_INTERVAL),
        (True, [-5e-324, 0.5], calibration.OUTSIDE_UNIT_INTERVAL),
    ],
)
def test_brier_needs_declared_probabilities(is_probability, scores, reason):
    scored = table([0, 1], [0, 1], scores, is_probability=is_probability)
    assert scored.metrics["brier"] == MetricValue(None, reason)


def test_brier_at_the_ends_of_the_interval_counts():
    assert table([0, 1], [0, 1], [1.0, 0.0], is_probability=True).metrics["brier"] == MetricValue(1.0)


@pytest.mark.parametrize(
    "scores",
    [
        [-1e300, -1e299, 1e299, 1e300],
        [-1.7e308, -1e308, 1e308, 1.7e308],
        [0.0, 5e-324, 1e-323, 1.5e-323],
    ],
    ids=["large", "largest", "denormal"],
)
def test_extreme_scores_are_told_apart(scores):
    scored = table([0, 0, 1, 1], [0, 0, 1, 1], scores)
    assert scored.metrics["roc_auc"] == MetricValue(1.0)
    assert scored.metrics["average_precision"] == MetricValue(1.0)


def test_negative_zero_ties_with_zero():
    assert table([0, 1], [0, 1], [-0.0, 0.0]).metrics["roc_auc"] == MetricValue(0.5)


def test_all_scores_equal_is_chance():
    scored = table([0, 1, 0, 0], [0, 1, 0, 0], [3.0] * 4)
    assert scored.metrics["roc_auc"] == MetricValue(0.5)
    assert scored.metrics["average_precision"] == MetricValue(0.25)


def test_million_rows_do_not_overflow():
    generator = np.random.default_rng(0)
    labels = np.tile([0, 1], 500_000).astype(np.int8)
    scores = generator.normal(size=labels.size) + labels
    predictions = (scores > 0.5).astype(np.int8)
    scored = score_table(labels, predictions, scores, is_probability=False)
    assert_agrees(scored, labels, predictions, scores)


@pytest.mark.parametrize(
    ("labels", "predictions", "scores", "message"),
    [
        ([], [], None, "labels are empty"),
        ([0, 1], [0], None, "there are 1 predictions for 2 labels"),
        ([0, 1], [0, 1], [0.5], "there are 1 scores for 2 labels"),
        ([0, 2], [0, 1], None, "labels must be 0 or 1"),
        ([0, 1], [-1, 1], None, "predictions must be 0 or 1"),
        ([[0, 1]], [0, 1], None, "labels must be of shape"),
        ([0, 1], [0, 1], [[0.5, 0.5]], "scores must be of shape"),
        ([0, 1], [0, 1], [0.5, math.nan], "scores must be finite"),
        ([0, 1], [0, 1], [0.5, math.inf], "scores must be finite"),
    ],
)
def test_wrong_arrays_raise_value_error(labels, predictions, scores, message):
    with pytest.raises(ValueError, match=message):
        table(np.array(labels, dtype=int), np.array(predictions, dtype=int), scores)


def test_thousand_random_tables_agree_with_scikit_learn():
    """The promise of `polyreact score`, on arrays: 1,000 tables of 1 to 400 rows, ties, skew, one class."""
    generator = np.random.default_rng(20_240_817)
    available = dict.fromkeys(KEYS[: KEYS.index("youden") + 1], 0)
    for _ in range(1_000):
        size = int(generator.integers(1, 401))
        labels = (generator.random(size) < generator.random()).astype(int)
        scores = generator.random(size) * 0.7 + 0.3 * labels
        if generator.random() < 0.5:
            scores = np.round(scores, int(generator.integers(1, 3)))
        predictions = (scores > generator.random() * 1.2 - 0.1).astype(int)
        scored = score_table(labels, predictions, scores, is_probability=True)
        assert_agrees(scored, labels, predictions, scores)
        for key in available:
            available[key] += scored.metrics[key].value is not None
    assert min(available.values()) > 700


def assert_agrees(scored, labels, predictions, scores):
    """Values equal scikit-learn's; where there is none, it warns or (`mcc`) substitutes 0."""
    calls = {
        "accuracy": lambda: oracle.accuracy_score(labels, predictions),
        "balanced_accuracy": lambda: oracle.balanced_accuracy_score(labels, predictions),
        "sensitivity": lambda: oracle.recall_score(labels, predictions),
        "specificity": lambda: oracle.recall_score(labels, predictions, pos_label=0),
        "precision": lambda: oracle.precision_score(labels, predictions),
        "f1": lambda: oracle.f1_score(labels, predictions),
        "mcc": lambda: oracle.matthews_corrcoef(labels, predictions),
        "roc_auc": lambda: oracle.roc_auc_score(labels, scores),
        "average_precision": lambda: oracle.average_precision_score(labels, scores),
        "brier": lambda: oracle.brier_score_loss(labels, scores),
        "youden": lambda: oracle.balanced_accuracy_score(labels, predictions, adjusted=True),
    }
    for key, call in calls.items():
        value = scored.metrics[key].value
        if value is None and key == "brier":
            continue
        if value is not None:
            assert value == pytest.approx(call(), abs=1e-12, rel=0), key
            continue
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            theirs = call()
        assert caught or (key == "mcc" and theirs == 0) or (key == "youden" and len(set(labels)) == 1), key


PERFECT = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99]


@pytest.mark.parametrize(
    ("positives", "scores", "expected"),
    [
        (3, PERFECT, {"youden": 1, "specificity_at_sensitivity_90": 1, "precision_at_positives": 1, "spearman": 1}),
        (3, PERFECT[::-1], {"youden": -3 / 9, "roc_auc": 0, "specificity_at_sensitivity_90": 0, "spearman": -1}),
        (3, PERFECT[::-1], {"precision_at_positives": 0, "precision_at_10": 1 / 10}),
        (3, [0.6] * 12, {"youden": 0, "specificity_at_sensitivity_90": 0, "precision_at_positives": 3 / 12}),
        (3, [0.6] * 12, {"precision_at_10": 3 / 12, "ece": 0.6 - 3 / 12, "spearman": None, "roc_auc": 0.5}),
        (1, PERFECT, {"specificity_at_sensitivity_90": 1, "precision_at_positives": 1, "precision_at_10": 1 / 10}),
        (1, PERFECT[::-1], {"specificity_at_sensitivity_90": 0, "precision_at_positives": 0, "precision_at_10": 0}),
    ],
    ids=["perfect", "inverted", "inverted-lists", "all-tied", "all-tied-more", "one-positive", "one-missed"],
)
def test_extreme_predictions_have_defined_values(positives, scores, expected):
    """Twelve antibodies, the last ones polyreactive; called so where the score is among the highest."""
    labels = [0] * (12 - positives) + [1] * positives
    cut = sorted(scores)[-positives]
    scored = table(
        labels, [int(score >= cut) for score in scores], scores, is_probability=True, assay=list(range(12))
    )
    assert {key: scored.metrics[key].value for key in expected} == pytest.approx(expected, abs=1e-15)


def test_assay_values_are_counted_and_the_rest_left_out():
    scored = table([0, 1, 1], [0, 1, 1], [0.1, 0.9, 0.5], assay=[1.0, math.nan, 3.0])
    assert scored.metrics["spearman"] == MetricValue(1.0)
    assert scored.assay_rows == 2
    assert table([0, 1], [0, 1]).assay_rows is None


@pytest.mark.parametrize(
    ("assay", "message"), [([1.0], "assay values must be of shape"), ([1.0, math.inf], "must be finite, or NaN")]
)
def test_wrong_assay_values_raise_value_error(assay, message):
    with pytest.raises(ValueError, match=message):
        table([0, 1], [0, 1], assay=assay)
