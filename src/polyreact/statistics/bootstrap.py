"""Intervals where rows come in groups, such as the clones of one family: whole groups are drawn again.

Rows of one group are alike, so as many rows tell less than as many groups would. A draw takes as many groups as
there are, with replacement, and a row counts as often as its group was drawn; nothing is sorted or copied again.
The limits are percentiles of the draws (Efron 1979, Ann Stat 7:1; Field and Welsh 2007, J R Stat Soc B 69:369, for
groups). Percentiles are too narrow on few groups: fewer than FEW with either class are refused.

The same seed gives the same draws, whatever the order of the rows: groups are numbered by their sorted names.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from polyreact.statistics.interval import (
    LEVEL,
    NO_NEGATIVES,
    NO_POSITIVES,
    Interval,
    Method,
    Unavailable,
    validate_level,
)
from polyreact.statistics.proportions import Statistic

DRAWS = 2000
FEW = 20
FEW_POSITIVE_GROUPS = f"fewer than {FEW} groups hold a polyreactive antibody"
FEW_NEGATIVE_GROUPS = f"fewer than {FEW} groups hold a specific antibody"
UNDEFINED = "the metric has no value here"

_DRAWS_AT_A_TIME = 20
_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]


def grouped_auroc_interval(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    groups: npt.NDArray[np.generic],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval | Unavailable:
    """The interval of the AUROC where rows with equal `groups` belong together.

    `labels` are 0 or 1 and `scores` finite, all three of shape (n,). One sort, then O(n) for each draw. Raises
    ValueError where shapes differ, for no draws and for a level outside of 0 to 1.
    """
    group_of, reason = _number_groups(labels, groups, draws, level)
    if reason is not None:
        return Unavailable(reason)
    if scores.shape != labels.shape:
        raise ValueError(f"there are scores of shape {scores.shape} for {labels.size} labels")
    if not bool(np.all(np.isfinite(scores))):
        raise ValueError("scores must be finite")
    (positive_scores, positive_groups), (negative_scores, negative_groups) = (
        _sort_class(scores[rows], group_of[rows]) for rows in (labels == 1, labels == 0)
    )
    below = np.searchsorted(negative_scores, positive_scores, "left")
    through = np.searchsorted(negative_scores, positive_scores, "right")

    def weighted_auroc(weights: _Whole) -> float:
        """Of rows that count `weights` times, by group; in whole numbers until the division."""
        negatives_to = np.concatenate(([0], np.cumsum(weights[negative_groups])))
        of_positives = weights[positive_groups]
        twice_wins = int(of_positives @ (negatives_to[below] + negatives_to[through]))
        pairs = int(of_positives.sum()) * int(negatives_to[-1])
        return twice_wins / (2 * pairs) if pairs else np.nan

    size = int(group_of.max()) + 1
    drawn = [weighted_auroc(weights) for block in _draw_weights(size, seed, draws) for weights in block]
    return _percentiles(weighted_auroc(np.ones(size, dtype=np.int64)), np.array(drawn), level)


def grouped_interval(
    statistic: Statistic,
    labels: npt.NDArray[np.integer],
    predictions: npt.NDArray[np.integer],
    groups: npt.NDArray[np.generic],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval | Unavailable:
    """The interval of a metric of hard predictions, such as those of `proportions`, where rows come in groups.

    As grouped_auroc_interval, with `predictions` of 0 or 1; a draw costs O(groups). Unavailable where the metric
    itself is not defined. Draws where it is not are left out.
    """
    group_of, reason = _number_groups(labels, groups, draws, level)
    if reason is not None:
        return Unavailable(reason)
    if predictions.shape != labels.shape:
        raise ValueError(f"there are predictions of shape {predictions.shape} for {labels.size} labels")
    size = int(group_of.max()) + 1
    cell = (2 * labels + predictions).astype(np.int64)
    counts = np.bincount(4 * group_of + cell, minlength=4 * size).reshape(size, 4)

    def weighted(weights: _Whole) -> _Floats:
        table = (weights @ counts).astype(np.float64)
        true_negatives, false_positives, false_negatives, true_positives = (table[:, cell] for cell in range(4))
        positives, negatives = true_positives + false_negatives, true_negatives + false_positives
        with np.errstate(invalid="ignore", divide="ignore"):
            return statistic(true_positives, positives, false_positives, negatives)

    estimate = float(weighted(np.ones((1, size), dtype=np.int64))[0])
    if not np.isfinite(estimate):
        return Unavailable(UNDEFINED)
    drawn = np.concatenate([weighted(block) for block in _draw_weights(size, seed, draws)])
    return _percentiles(estimate, drawn, level)


def _sort_class(scores: npt.NDArray[np.floating], groups: _Whole) -> tuple[npt.NDArray[np.floating], _Whole]:
    order = np.argsort(scores, kind="stable")
    return scores[order], groups[order]


def _draw_weights(size: int, seed: int, draws: int) -> Iterator[_Whole]:
    """How often each of `size` groups was drawn, in blocks of shape (draws in it, size)."""
    rng = np.random.default_rng(seed)
    for start in range(0, draws, _DRAWS_AT_A_TIME):
        block = min(_DRAWS_AT_A_TIME, draws - start)
        yield np.array([np.bincount(rng.integers(size, size=size), minlength=size) for _ in range(block)])


def _percentiles(estimate: float, drawn: _Floats, level: float) -> Interval:
    """Widened to hold the estimate, which percentiles alone need not."""
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(min(float(low), estimate), max(float(high), estimate), level, Method.CLUSTER_BOOTSTRAP)


def _number_groups(
    labels: npt.NDArray[np.integer], groups: npt.NDArray[np.generic], draws: int, level: float
) -> tuple[_Whole, str | None]:
    """The number of each row's group, from 0, and why there can be no interval."""
    validate_level(level)
    if draws < 1:
        raise ValueError(f"{draws} draws give no interval")
    if labels.ndim != 1 or labels.size == 0 or groups.shape != labels.shape:
        raise ValueError(f"groups of shape {groups.shape} do not go with labels of shape {labels.shape}")
    if not bool(np.all((labels == 0) | (labels == 1))):
        raise ValueError("labels must be 0 or 1")
    group_of = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    for label, none, few in ((1, NO_POSITIVES, FEW_POSITIVE_GROUPS), (0, NO_NEGATIVES, FEW_NEGATIVE_GROUPS)):
        members = np.unique(group_of[labels == label]).size
        if members < FEW:
            return group_of, few if members else none
    return group_of, None
