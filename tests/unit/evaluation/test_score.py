"""When scores may be compared, and what is said of one that cannot be right."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, matthews_corrcoef, roc_auc_score

from polyreact.errors import BadRecord
from polyreact.evaluation.score import (
    SCORING_VERSION,
    is_same_scoring,
    mean_over_folds,
    score_folds,
    score_predictions,
    validate_score,
)
from polyreact.results.records import FoldScoreRecord, MetricRecord
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction
from unit.leaderboard.sample_boards import record, score


def kept(**changes):
    return record("lab-model", scored=score(scoring_version=SCORING_VERSION).model_copy(update=changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"scoring_version": SCORING_VERSION + 1},
        {"predictions_sha256": "00" * 32},
        {"labels_sha256": "00" * 32},
        {"score_is_probability": False},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_scores_of_other_predictions_labels_or_rules_are_not_compared(changes):
    assert is_same_scoring(kept(), kept())
    assert not is_same_scoring(kept(**changes), kept())
    assert not is_same_scoring(record("lab-model"), kept())


def test_score_that_its_predictions_do_not_give_is_told_by_the_metric():
    forged = {**kept().score.metrics, "roc_auc": MetricRecord(value=0.999)}
    validate_score(kept(), kept())
    with pytest.raises(BadRecord, match=r"roc_auc is 0\.999"):
        validate_score(kept(metrics=forged), kept())


def test_rows_are_matched_to_labels_by_id_and_not_by_order():
    labels = {SequenceId("a"): 1, SequenceId("b"): 0, SequenceId("c"): 0}
    rows = [Prediction(SequenceId(i), p, s) for i, p, s in [("c", 0, 0.1), ("a", 1, 0.9), ("b", 1, 0.5)]]
    table = score_predictions(rows, labels, score_is_probability=False)
    assert table.confusion.true_positives == table.confusion.false_positives == table.confusion.true_negatives == 1
    assert table.metrics["roc_auc"].value == 1


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
    tables = score_folds(rows, labels, fold_of, score_is_probability=False)
    assert list(tables) == ["1", "2", "10"]
    expected = []
    for name, table in tables.items():
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
    assert mean_over_folds(tables)[key].value == pytest.approx(sum(expected) / 3)


def test_mean_over_folds_is_not_available_where_a_fold_lacks_the_metric(three_folds):
    rows, labels, fold_of = three_folds
    one_class = {name: 1 if fold_of[name] == "10" else label for name, label in labels.items()}
    means = mean_over_folds(score_folds(rows, one_class, fold_of, score_is_probability=False))
    assert means["roc_auc"].value is None
    assert means["roc_auc"].reason.startswith("not available in fold 10: ")
    assert means["accuracy"].value is not None


def test_no_folds_have_no_means():
    assert mean_over_folds({}) == {}


def with_folds(value=0.7, mean=0.7):
    fold = FoldScoreRecord(positives=5, negatives=6, metrics={"roc_auc": MetricRecord(value=value)})
    return kept(folds={"1": fold}, fold_means={"roc_auc": MetricRecord(value=mean)})


@pytest.mark.parametrize("forged", [with_folds(value=0.99), with_folds(mean=0.99)], ids=["fold", "mean"])
def test_figures_of_folds_that_the_predictions_do_not_give_are_told(forged):
    assert is_same_scoring(forged, with_folds())
    validate_score(with_folds(), with_folds())
    with pytest.raises(BadRecord, match="figures of folds"):
        validate_score(forged, with_folds())


def test_score_made_before_there_were_folds_is_made_again():
    assert not is_same_scoring(kept(), with_folds())
