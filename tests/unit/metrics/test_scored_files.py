"""Every predictions file in tests/data that can be scored, against scikit-learn, which reads the file on its own.

tests/data/scored has a folder for each kind of submission that a formula may stumble over, with its labels;
tests/data/predictions has files of every form that the contract accepts, of three antibodies.
"""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as oracle

from polyreact.errors import Defects
from polyreact.metrics import counts, ordering
from polyreact.metrics.score import score_table
from polyreact.sequences import SequenceId
from polyreact.statistics import auroc, proportions
from polyreact.statistics.interval import ONE_POSITIVE, Interval, Unavailable
from polyreact.submission.predictions import parse_predictions

DATA = Path(__file__).parents[2] / "data"
LABELS_OF_FORMS = {"s0001": 0, "s0002": 1, "s0003": 1}
ACCEPTED_FORMS = {"crlf", "good", "no-trailing-newline", "other-order", "unusual-numbers"}
KINDS = ("all-tied", "constant", "inverted", "one-positive", "ordinary", "perfect")

#: What each kind must come to, worked by hand; a text is the reason why there is no value.
EXPECTED = {
    "perfect": {"accuracy": 1, "mcc": 1, "youden": 1, "roc_auc": 1, "average_precision": 1, "precision_at_10": 0.3},
    "inverted": {
        "accuracy": 0,
        "f1": 0,
        "mcc": -1,
        "youden": -1,
        "roc_auc": 0,
        # found at the 10th, 11th and 12th place
        "average_precision": (1 / 10 + 2 / 11 + 3 / 12) / 3,
        "specificity_at_sensitivity_90": 0,
    },
    "constant": {
        "accuracy": 9 / 12,
        "balanced_accuracy": 0.5,
        "sensitivity": 0,
        "precision": counts.NO_POSITIVE_PREDICTIONS,
        "f1": 0,
        "mcc": counts.NO_POSITIVE_PREDICTIONS,
        "roc_auc": 0.5,
        "average_precision": 3 / 12,
        "brier": 0.25,
        "log_loss": np.log(2),
        "ece": 0.25,
    },
    # 2 of 3 found, 3 of 9 called wrongly
    "all-tied": {
        "sensitivity": 2 / 3,
        "specificity": 6 / 9,
        "roc_auc": 0.5,
        "average_precision": 3 / 12,
        "ece": 0.25,
    },
    # the one polyreactive is called so, beside 4 of 11; .6 is below .7 and .9 and tied with two: 7 + 2 / 2 of 11
    "one-positive": {
        "sensitivity": 1,
        "precision": 1 / 5,
        "roc_auc": 8 / 11,
        "precision_at_positives": 0,
        "specificity_at_sensitivity_90": 7 / 11,
    },
    # .9 is above all 9; .3 above 4 and tied with 1; .6 above 6 and tied with 2
    "ordinary": {"accuracy": 8 / 12, "precision": 2 / 5, "f1": 4 / 8, "roc_auc": (9 + 4.5 + 7) / 27},
}


def read(path, label_of=None):
    """Labels, predictions and scores of the file, by nothing of ours, in the order of the labels."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = {row["sequence_id"]: row for row in csv.DictReader(stream)}
    if label_of is None:
        with (path.parent / "labels.csv").open(newline="", encoding="utf-8") as stream:
            label_of = {row["sequence_id"]: int(row["label"]) for row in csv.DictReader(stream)}
    assert rows.keys() == label_of.keys()
    chosen = [rows[name] for name in label_of]
    called = [int(row["prediction"]) for row in chosen]
    return (
        tuple(label_of),
        np.array(list(label_of.values())),
        np.array(called),
        np.array([float(row["score"]) for row in chosen]),
    )


def score(path, label_of=None, *, is_probability=True):
    """As the platform does: parsed by the contract, then scored."""
    ids, labels, *_ = read(path, label_of)
    table = parse_predictions(path.read_bytes(), tuple(map(SequenceId, ids)), score_is_probability=is_probability)
    assert not isinstance(table, Defects)
    rows = {row.sequence_id: (row.prediction, row.score) for row in table}
    called, scores = zip(*(rows[name] for name in ids), strict=True)
    return score_table(labels, np.array(called), np.array(scores), is_probability=is_probability)


def agree(table, labels, called, scores, *, is_probability):
    """The confusion matrix, and every value there is, to 1e-12; how many were compared."""
    found = (
        table.confusion.true_negatives,
        table.confusion.false_positives,
        table.confusion.false_negatives,
        table.confusion.true_positives,
    )
    assert found == tuple(oracle.confusion_matrix(labels, called, labels=[0, 1]).ravel().tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": oracle.accuracy_score(labels, called),
            "balanced_accuracy": oracle.balanced_accuracy_score(labels, called),
            "sensitivity": oracle.recall_score(labels, called),
            "specificity": oracle.recall_score(labels, called, pos_label=0),
            "precision": oracle.precision_score(labels, called),
            "f1": oracle.f1_score(labels, called),
            "mcc": oracle.matthews_corrcoef(labels, called),
            "youden": oracle.balanced_accuracy_score(labels, called, adjusted=True),
            "roc_auc": oracle.roc_auc_score(labels, scores),
            "average_precision": oracle.average_precision_score(labels, scores),
        }
        if is_probability:
            expected["brier"] = oracle.brier_score_loss(labels, scores)
            expected["log_loss"] = oracle.log_loss(labels, scores)
    values = {key: table.metrics[key].value for key in expected}
    compared = {key: value for key, value in values.items() if value is not None}
    assert compared == pytest.approx({key: expected[key] for key in compared}, rel=0, abs=1e-12)
    return len(compared), len(expected)


def test_folders_and_accepted_files_are_all_there():
    assert tuple(sorted(path.name for path in (DATA / "scored").iterdir())) == KINDS
    ids = tuple(map(SequenceId, LABELS_OF_FORMS))
    accepted = {
        path.stem
        for path in (DATA / "predictions").glob("*.csv")
        if not isinstance(parse_predictions(path.read_bytes(), ids, score_is_probability=False), Defects)
    }
    assert accepted == ACCEPTED_FORMS


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_submission_agrees_with_scikit_learn(kind):
    path = DATA / "scored" / kind / "predictions.csv"
    _, *arrays = read(path)
    compared, all_of_them = agree(score(path), *arrays, is_probability=True)
    assert compared == all_of_them - sum(isinstance(value, str) for value in EXPECTED[kind].values())


@pytest.mark.parametrize("form", sorted(ACCEPTED_FORMS))
def test_form_of_file_agrees_with_scikit_learn(form):
    path = DATA / "predictions" / f"{form}.csv"
    _, *arrays = read(path, LABELS_OF_FORMS)
    table = score(path, LABELS_OF_FORMS, is_probability=False)
    assert agree(table, *arrays, is_probability=False) == (10, 10)
    assert table.metrics["brier"].value is None


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_submission_has_the_values_worked_by_hand(kind):
    metrics = score(DATA / "scored" / kind / "predictions.csv").metrics
    for key, expected in EXPECTED[kind].items():
        if isinstance(expected, str):
            assert (metrics[key].value, metrics[key].reason) == (None, expected), key
        else:
            assert metrics[key].value == pytest.approx(expected, rel=0, abs=1e-12), key


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_submission_has_a_value_or_a_reason_for_every_metric(kind):
    for key, found in score(DATA / "scored" / kind / "predictions.csv").metrics.items():
        assert (found.value is None) == isinstance(found.reason, str), key
        assert found.value is None or np.isfinite(found.value), key


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_submission_has_intervals_around_its_values_or_a_reason(kind):
    _, labels, called, scores = read(DATA / "scored" / kind / "predictions.csv")
    values = {key: found.value for key, found in score(DATA / "scored" / kind / "predictions.csv").metrics.items()}
    positives, right, wrong = int(labels.sum()), int((called & labels).sum()), int((called & (1 - labels)).sum())
    table = right, positives, wrong, labels.size - positives
    intervals = {
        "roc_auc": auroc.auroc_interval(labels, scores),
        "sensitivity": proportions.wilson_interval(right, positives),
        "precision": proportions.wilson_interval(right, right + wrong),
        "balanced_accuracy": proportions.balanced_accuracy_interval(*table),
        "youden": proportions.youden_interval(*table),
        "f1": proportions.f1_interval(*table),
        "mcc": proportions.mcc_interval(*table),
    }
    for key, found in intervals.items():
        if kind == "one-positive" and key == "roc_auc":
            assert found == Unavailable(ONE_POSITIVE)
        elif values[key] is None:
            assert isinstance(found, Unavailable), key
        else:
            assert isinstance(found, Interval), key
            assert found.low - 1e-15 <= values[key] <= found.high + 1e-15, key
            assert found.high - found.low > 0.1, key  # twelve antibodies show nothing for certain


def test_one_positive_that_is_missed_has_no_specificity_left():
    labels = np.array([1] + [0] * 9)
    table = score_table(labels, 1 - labels, np.arange(10.0), is_probability=False)
    assert table.metrics["specificity_at_sensitivity_90"].value == 0
    assert table.metrics["precision_at_positives"].value == 0
    assert score_table(labels[:9], labels[:9], np.arange(9.0), is_probability=False).metrics[
        "precision_at_10"
    ].reason == (ordering.FEWER_THAN_SHORT_LIST)
