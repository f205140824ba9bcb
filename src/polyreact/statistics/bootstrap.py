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

from dataclasses import dataclass

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
SEED = 20261124
FEW = 20
FEW_POSITIVE_GROUPS = f"fewer than {FEW} groups hold a polyreactive antibody"
FEW_NEGATIVE_GROUPS = f"fewer than {FEW} groups hold a specific antibody"
UNDEFINED = "the metric has no value here"

_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Confusion matrices: of all rows, of shape (1, 4), and of groups drawn again, of shape (draws, 4).

    Columns are true negatives, false positives, false negatives and true positives.
    """

    all_rows: _Floats
    draws: _Floats


def draw_groups(
    labels: npt.NDArray[np.integer],
    predictions: npt.NDArray[np.integer],
    groups: npt.NDArray[np.integer],
    *,
    draws: int = DRAWS,
) -> Drawn | Unavailable:
    """Confusion matrices of as many groups as there are, drawn with replacement.

    `labels` and `predictions` are 0 or 1 and rows with equal `groups` belong together, all of shape (n,). O(n
    log n), then O(kinds of groups) for each draw. Unavailable with too few groups. Raises ValueError where
    shapes differ and for no draws.
    """
    group_of, reason = _number_groups(labels, groups, draws)
    if reason is not None:
        return Unavailable(reason)
    if predictions.shape != labels.shape:
        raise ValueError(f"there are predictions of shape {predictions.shape} for {labels.size} labels")
    size = int(group_of.max()) + 1
    cell = (2 * labels + predictions).astype(np.int64)
    counts = np.bincount(4 * group_of + cell, minlength=4 * size).reshape(size, 4)
    return Drawn(counts.sum(axis=0, keepdims=True).astype(np.float64), _draw_totals(counts, draws))


def drawn_interval(
    statistic: Statistic, drawn: Drawn | Unavailable, independent: Interval | Unavailable, level: float = LEVEL
) -> Interval | Unavailable:
    """The interval of a metric of hard predictions, such as those of `proportions`, where rows come in groups.

    `independent` is the interval that knows no groups, and what is given contains it. Draws in which the metric is
    not defined are left out. Unavailable where either is, and where the metric itself is not defined. Raises
    ValueError for a level outside of 0 to 1.
    """
    validate_level(level)
    if isinstance(drawn, Unavailable):
        return drawn
    if isinstance(independent, Unavailable):
        return independent
    estimate = float(_measure(statistic, drawn.all_rows)[0])
    if not np.isfinite(estimate):
        return Unavailable(UNDEFINED)
    low, high = _percentiles(_measure(statistic, drawn.draws), level)
    low, high = min(low, estimate, independent.low), max(high, estimate, independent.high)
    return Interval(low, high, level, Method.CLUSTER_BOOTSTRAP)


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
    """As `drawn_interval` of `draw_groups`, for one metric alone."""
    return drawn_interval(statistic, draw_groups(labels, predictions, groups, draws=draws), independent, level)


def _measure(statistic: Statistic, tables: _Floats) -> _Floats:
    true_negatives, false_positives, false_negatives, true_positives = (tables[:, cell] for cell in range(4))
    positives, negatives = true_positives + false_negatives, true_negatives + false_positives
    with np.errstate(invalid="ignore", divide="ignore"):
        return statistic(true_positives, positives, false_positives, negatives)


def mean_difference_limits(
    differences: npt.NDArray[np.integer],
    groups: npt.NDArray[np.integer],
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> tuple[float, float]:
    """The limits of the mean of whole numbers, of shape (n,), where rows with equal `groups` belong together."""
    validate_level(level)
    group_of = np.unique(groups, return_inverse=True)[1]
    sums = np.bincount(group_of, weights=differences).astype(np.int64)
    drawn = _draw_totals(np.column_stack((sums, np.bincount(group_of))), draws)
    return _percentiles(drawn[:, 0] / drawn[:, 1], level)


def _draw_totals(counts: _Whole, draws: int) -> _Floats:
    """The sums of `counts`, of shape (groups, m), over as many groups drawn with replacement: (draws, m)."""
    width = int(np.abs(counts).max()) * 2 + 1
    if float(width) ** counts.shape[1] < 2.0**62:  # one number for each kind is sorted much faster than rows
        keys = (counts + width // 2) @ (width ** np.arange(counts.shape[1])[::-1])
        _, places, times = np.unique(keys, return_index=True, return_counts=True)
        kinds = counts[places]
    else:
        kinds, times = np.unique(counts, axis=0, return_counts=True)
    # Not default_rng, whose stream may change with a version of numpy; that of RandomState never does.
    stream = np.random.RandomState(SEED)
    return (stream.multinomial(len(counts), times / len(counts), size=draws) @ kinds).astype(np.float64)


def _percentiles(drawn: _Floats, level: float) -> tuple[float, float]:
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _number_groups(
    labels: npt.NDArray[np.integer], groups: npt.NDArray[np.integer], draws: int
) -> tuple[_Whole, str | None]:
    """The number of each row's group, from 0, and why there can be no interval."""
    if draws < 1:
        raise ValueError(f"{draws} draws give no interval")
    if labels.ndim != 1 or labels.size == 0 or groups.shape != labels.shape:
        raise ValueError(f"groups of shape {groups.shape} do not go with labels of shape {labels.shape}")
    if not bool(np.all((labels == 0) | (labels == 1))):
        raise ValueError("labels must be 0 or 1")
    group_of = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    for label, none, few in ((1, NO_POSITIVES, FEW_POSITIVE_GROUPS), (0, NO_NEGATIVES, FEW_NEGATIVE_GROUPS)):
        members = int(np.count_nonzero(np.bincount(group_of[labels == label], minlength=1)))
        if members < FEW:
            return group_of, few if members else none
    return group_of, None
