"""When a score counts as the one that would be computed now."""

import pytest

from polyreact.evaluation.score import SCORING_VERSION, ScoringContext, is_scored, score_predictions
from polyreact.files import Sha256
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction
from unit.leaderboard.sample_boards import record, run, score

CONTEXT = ScoringContext(Sha256("ef" * 32), score_is_probability=True)


def kept(**changes):
    return record("lab-model", scored=score(scoring_version=SCORING_VERSION).model_copy(update=changes))


def test_score_of_the_same_predictions_labels_and_version_is_current():
    assert is_scored(kept(), CONTEXT)


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
def test_score_of_anything_else_is_not(changes):
    assert not is_scored(kept(**changes), CONTEXT)


def test_record_without_score_or_predictions_is_not_scored():
    assert not is_scored(record("lab-model"), CONTEXT)
    assert not is_scored(record("lab-model", scored=score(), run=run(predictions=None)), CONTEXT)


def test_rows_are_matched_to_labels_by_id_and_not_by_order():
    labels = {SequenceId("a"): 1, SequenceId("b"): 0, SequenceId("c"): 0}
    rows = [Prediction(SequenceId(i), p, s) for i, p, s in [("c", 0, 0.1), ("a", 1, 0.9), ("b", 1, 0.5)]]
    table = score_predictions(rows, labels, score_is_probability=False)
    assert table.confusion.true_positives == table.confusion.false_positives == table.confusion.true_negatives == 1
    assert table.metrics["roc_auc"].value == 1
