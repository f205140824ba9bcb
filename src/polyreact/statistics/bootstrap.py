"""Intervals of what is counted where rows come in groups, such as the clones of one family: groups are drawn again.

Rows of one group are alike, so as many rows tell less than as many groups would. A draw takes as many groups as
there are, with replacement; the limits are percentiles of the draws (Efron 1979, Ann Stat 7:1; Field and Welsh
2007, J R Stat Soc B 69:369, for groups). Percentiles are too narrow on few groups: fewer than FEW with either
class are refused. Where all draws are alike, as for perfect predictions, they would be a point, so the wider of
them and of the interval that takes rows for independent is given.

What is counted of a group is a handful of whole numbers, and few of them differ: drawing groups is drawing how
often each kind of group comes, one multinomial for a draw. So a draw costs as much as there are kinds, not
rows. The kinds are sorted before they are drawn, so neither the order of the rows nor the names of the groups
change a bit.

The AUROC needs no draws: `covariance` has its variance by groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polyreact.statistics.covariance import number_groups
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
SEED = 20261124
FEW = 20
FEW_POSITIVE_GROUPS = f"fewer than {FEW} groups hold a polyreactive antibody"
FEW_NEGATIVE_GROUPS = f"fewer than {FEW} groups hold a specific antibody"
UNDEFINED = "the metric has no value here"

_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]


def grouped_interval(
    statistic: Statistic,
    labels: npt.NDArray[np.integer],
    predictions: npt.NDArray[np.integer],
    groups: npt.NDArray[np.integer],
    independent: Interval | Unavailable,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval | Unavailable:
    """The interval of a metric of hard predictions, such as those of `proportions`, where rows come in groups.

    `labels` and `predictions` are 0 or 1 and rows with equal `groups` belong together, all of shape (n,).
    `independent` is the interval that knows no groups, and what is given contains it. O(n log n), then O(kinds
    of groups) for each draw. Draws in which the metric is not defined are left out. Unavailable where
    `independent` is, with too few groups, and where the metric itself is not defined. Raises ValueError where
    shapes differ, for no draws, and for a level outside of 0 to 1.
    """
    (found,) = grouped_intervals([(statistic, independent)], labels, predictions, groups, draws=draws, level=level)
    return found


def grouped_intervals(
    metrics: Sequence[tuple[Statistic, Interval | Unavailable]],
    labels: npt.NDArray[np.integer],
    predictions: npt.NDArray[np.integer],
    groups: npt.NDArray[np.integer],
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> list[Interval | Unavailable]:
    """`grouped_interval` of each of some metrics, which stands beside its independent interval; drawn once."""
    group_of, reason = _number_groups(labels, groups, draws, level)
    if reason is not None:
        return [Unavailable(reason)] * len(metrics)
    if predictions.shape != labels.shape:
        raise ValueError(f"there are predictions of shape {predictions.shape} for {labels.size} labels")
    size = int(group_of.max()) + 1
    cell = (2 * labels + predictions).astype(np.int64)
    counts = np.bincount(4 * group_of + cell, minlength=4 * size).reshape(size, 4)
    total, drawn = counts.sum(axis=0, keepdims=True).astype(np.float64), _draw_totals(counts, draws)
    found: list[Interval | Unavailable] = []
    for statistic, independent in metrics:
        estimate = float(_measure(statistic, total)[0])
        if isinstance(independent, Unavailable):
            found.append(independent)
        elif not math.isfinite(estimate):
            found.append(Unavailable(UNDEFINED))
        else:
            low, high = _percentiles(_measure(statistic, drawn), level)
            low, high = min(low, estimate, independent.low), max(high, estimate, independent.high)
            found.append(Interval(low, high, level, Method.CLUSTER_BOOTSTRAP))
    return found


def _measure(statistic: Statistic, tables: _Floats) -> _Floats:
    """Of tables of shape (t, 4): true negatives, false positives, false negatives, true positives."""
    true_negatives, false_positives, false_negatives, true_positives = tables.T
    positives, negatives = true_positives + false_negatives, true_negatives + false_positives
    with np.errstate(invalid="ignore", divide="ignore"):
        return statistic(true_positives, positives, false_positives, negatives)


def _draw_totals(counts: _Whole, draws: int) -> _Floats:
    """The sums of `counts`, of shape (groups, m), over as many groups drawn with replacement: (draws, m)."""
    kinds, times = _find_kinds(counts)
    # Not default_rng, whose stream may change with a version of numpy; that of RandomState never does.
    stream = np.random.RandomState(SEED)
    return (stream.multinomial(len(counts), times / len(counts), size=draws) @ kinds).astype(np.float64)


def _find_kinds(counts: _Whole) -> tuple[_Whole, _Whole]:
    """The distinct rows in order, and how often each is there."""
    lowest = counts.min(axis=0)
    spans = tuple((counts.max(axis=0) - lowest + 1).tolist())
    if math.prod(spans) > _MOST_KEYS:
        return np.unique(counts, axis=0, return_counts=True)
    # One number for each row sorts a hundred times faster than rows do.
    keys = np.ravel_multi_index(tuple((counts - lowest).T), spans)
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    return counts[first], times


#: What 64 bits hold.
_MOST_KEYS = 2**62


def _percentiles(drawn: _Floats, level: float) -> tuple[float, float]:
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _number_groups(
    labels: npt.NDArray[np.integer], groups: npt.NDArray[np.integer], draws: int, level: float
) -> tuple[_Whole, str | None]:
    """The number of each row's group, from 0, and why there can be no interval."""
    validate_level(level)
    if draws < 1:
        raise ValueError(f"{draws} draws give no interval")
    if labels.ndim != 1 or labels.size == 0 or groups.shape != labels.shape:
        raise ValueError(f"groups of shape {groups.shape} do not go with labels of shape {labels.shape}")
    if not bool(np.all((labels == 0) | (labels == 1))):
        raise ValueError("labels must be 0 or 1")
    group_of = number_groups(groups)
    for label, none, few in ((1, NO_POSITIVES, FEW_POSITIVE_GROUPS), (0, NO_NEGATIVES, FEW_NEGATIVE_GROUPS)):
        members = np.unique(group_of[labels == label]).size
        if members < FEW:
            return group_of, few if members else none
    return group_of, None
