"""The curves of one table of predictions and the distribution of its scores: numbers in, what is kept of them out;
nothing is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polyreact.evaluation.measure import Truth, number_groups, split_by_fold
from polyreact.results.curve_records import (
    DistributionRecord,
    PrecisionRecallPoint,
    PrecisionRecallRecord,
    RocPoint,
    RocRecord,
    ScoreBin,
)
from polyreact.sequences import SequenceId
from polyreact.statistics.curves import Curve, Curves, average_curves, draw_curves, form_blocks
from polyreact.statistics.distribution import bin_scores
from polyreact.statistics.interval import Unavailable
from polyreact.submission.predictions import Prediction

#: Decimals of what is kept of a curve: more than a chart shows, and fewer than may differ from machine to machine.
DECIMALS = 4
OWN_SCALES = "scores are no probabilities, and each fold's model has a scale of its own"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What there is to draw of one submission on one track."""

    roc: RocRecord
    precision_recall: PrecisionRecallRecord
    distribution: DistributionRecord


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Rows of a table, in the order of their ids; all of shape (n,)."""

    labels: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    groups: npt.NDArray[np.int64] | None


def draw_predictions(
    predictions: Sequence[Prediction],
    truth: Truth,
    fold_of: Mapping[SequenceId, str] | None = None,
    *,
    score_is_probability: bool,
) -> Drawing:
    """The curves of a table whose ids are among those of `truth`; with `fold_of` their means over the folds.

    A class that no antibody is of is a reason, not an error; so is one in any fold.
    """
    tables: Mapping[str, Sequence[Prediction]] = (
        {"": predictions} if fold_of is None else split_by_fold(predictions, fold_of)
    )
    parts = {fold: _to_arrays(rows, truth) for fold, rows in tables.items()}
    curves = _draw(parts)
    if isinstance(curves, Unavailable):
        return Drawing(
            RocRecord(reason=curves.reason),
            PrecisionRecallRecord(reason=curves.reason),
            DistributionRecord(reason=curves.reason),
        )
    prevalence = float(np.mean([part.labels.mean() for part in parts.values()]))
    distribution = DistributionRecord(reason=OWN_SCALES)
    if fold_of is None or score_is_probability:
        distribution = _bin(list(parts.values()), is_probability=score_is_probability)
    return Drawing(
        RocRecord(points=tuple(RocPoint(*point) for point in _list_points(curves.roc))),
        PrecisionRecallRecord(
            prevalence=_round(prevalence),
            points=tuple(PrecisionRecallPoint(*point) for point in _list_points(curves.precision_recall)),
        ),
        distribution,
    )


def _draw(parts: Mapping[str, _Arrays]) -> Curves | Unavailable:
    drawn = []
    for fold, part in parts.items():
        curves = draw_curves(part.labels, part.scores, part.groups)
        if isinstance(curves, Unavailable):
            return Unavailable(f"not available in fold {fold}: {curves.reason}") if fold else curves
        drawn.append(curves)
    return average_curves(drawn) if len(drawn) > 1 else drawn[0]


def _bin(parts: Sequence[_Arrays], *, is_probability: bool) -> DistributionRecord:
    """Labels enter by their share in each block, so a bin says no more of them than the curves do."""
    shares = np.concatenate([form_blocks(part.labels, part.scores).shares for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    found = bin_scores(scores, shares, is_probability=is_probability)
    return DistributionRecord(
        is_open_below=found.is_open_below,
        is_open_above=found.is_open_above,
        bins=tuple(
            ScoreBin(each.low, each.high, each.antibodies, round(each.polyreactive, 1)) for each in found.bins
        ),
    )


def _to_arrays(predictions: Sequence[Prediction], truth: Truth) -> _Arrays:
    rows = sorted(predictions, key=lambda row: row.sequence_id)
    ids = [row.sequence_id for row in rows]
    return _Arrays(
        np.fromiter((truth.labels[name] for name in ids), dtype=np.int64, count=len(ids)),
        np.fromiter((row.score for row in rows), dtype=np.float64, count=len(ids)),
        number_groups(ids, truth),
    )


def _list_points(curve: Curve) -> list[list[float]]:
    columns = (curve.at, curve.values, curve.low, curve.high)
    return [list(map(_round, point)) for point in zip(*(column.tolist() for column in columns), strict=True)]


def _round(value: float) -> float:
    return round(value, DECIMALS) + 0.0
