"""When scores may be compared, and what is said of one that cannot be right."""

import pytest

from polyreact.errors import BadRecord
from polyreact.evaluation.score import SCORING_VERSION, is_same_scoring, score_predictions, validate_score
from polyreact.results.records import MetricRecord
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
