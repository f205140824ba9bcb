"""Every two submissions of a track on the same antibodies: numbers in, what is kept of them out; nothing is
read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from polyreact.evaluation.measure import (
    Truth,
    estimate_fold_aurocs,
    estimate_submission_aurocs,
    number_groups,
)
from polyreact.results.comparison_records import DifferenceRecord, PairRecord
from polyreact.sequences import SequenceId
from polyreact.statistics.comparison import Comparison, Test, compare_accuracy, compare_pairs
from polyreact.statistics.covariance import Aurocs
from polyreact.statistics.interval import Unavailable
from polyreact.submission.predictions import Prediction

#: Decimals of what is kept of limits and standard errors, and digits of p-values: fewer than a double has,
#: since the last bits of a quantile may differ from machine to machine.
DECIMALS = 6


def compare_predictions(
    predictions_of: Mapping[str, Sequence[Prediction]],
    truth: Truth,
    fold_of: Mapping[SequenceId, str] | None = None,
) -> tuple[PairRecord, ...]:
    """Every two of the submissions, in alphabetical order of both.

    `predictions_of` has the tables by the name of the submission, each of the same antibodies. With `fold_of` it is
    the mean AUROC over the folds that is compared. Raises ValueError where a class has no antibody: no such set can
    be prepared.
    """
    names = sorted(predictions_of)
    if len(names) < 2:  # noqa: PLR2004 - a pair
        return ()
    tables = [predictions_of[name] for name in names]
    if fold_of is None:
        aurocs = estimate_submission_aurocs(tables, truth)
    else:
        aurocs = estimate_fold_aurocs(tables, truth, fold_of)
    if isinstance(aurocs, Unavailable):
        raise ValueError(f"submissions cannot be compared: {aurocs.reason}")  # noqa: TRY004 - of the values
    accuracies = _compare_accuracies(tables, truth)
    return tuple(
        PairRecord(
            first=names[first],
            second=names[second],
            auroc=_describe_difference(difference, _find_error(aurocs, first, second)),
            accuracy=_describe_difference(accuracies[first, second]),
        )
        for first, second, difference in compare_pairs(aurocs)
    )


def read_difference(record: DifferenceRecord) -> Comparison:
    """A kept difference as the statistics know it."""
    return Comparison(record.difference, record.low, record.high, record.p_value, Test(record.test))


def round_limit(value: float) -> float:
    """A limit or a standard error as it is kept; never a negative zero."""
    return round(value, DECIMALS) + 0.0


def _compare_accuracies(tables: Sequence[Sequence[Prediction]], truth: Truth) -> dict[tuple[int, int], Comparison]:
    ids = sorted(row.sequence_id for row in tables[0])
    labels = np.fromiter((truth.labels[name] for name in ids), dtype=np.int64, count=len(ids))
    groups = number_groups(ids, truth)
    called = [_in_order(table, ids) for table in tables]
    pairs = combinations(range(len(tables)), 2)
    return {(one, other): compare_accuracy(labels, called[one], called[other], groups) for one, other in pairs}


def _in_order(predictions: Sequence[Prediction], ids: Sequence[SequenceId]) -> npt.NDArray[np.int64]:
    prediction_of = {row.sequence_id: row.prediction for row in predictions}
    return np.fromiter((prediction_of[name] for name in ids), dtype=np.int64, count=len(ids))


def _find_error(aurocs: Aurocs, first: int, second: int) -> float | None:
    """DeLong's standard error of the difference; None where both put the antibodies into the same order."""
    if aurocs.covariance is None:
        return None
    variance = float(aurocs.covariance.of_differences[first, second])
    return float(np.sqrt(variance)) if variance > 0 else None


def _describe_difference(comparison: Comparison, error: float | None = None) -> DifferenceRecord:
    return DifferenceRecord(
        difference=comparison.difference,
        low=min(round_limit(comparison.low), comparison.difference),
        high=max(round_limit(comparison.high), comparison.difference),
        p_value=float(f"{comparison.p_value:.{DECIMALS}g}"),
        test=comparison.test.value,
        standard_error=None if error is None else round_limit(error),
    )
