"""The ROC curve and the precision-recall curve of one submission on fixed grids, each with a band.

Both are drawn from blocks: antibodies in the order of their scores, at least SMALLEST in a block, equal scores
never apart. A block is taken for a tie, so the ROC curve runs straight from one of its thresholds to the next, and
all that a curve says of labels is how many of each block are polyreactive
(docs/explanation/decisions/0018-curves.md).

The precision-recall curve is the same curve in other coordinates (Davis and Goadrich 2006, ICML, 233): at a recall
that a threshold has, its precision is the one that average precision sums; between two thresholds false positives
grow straight with recall, so precision does not.

The bands are pointwise. At a false positive rate f two things are uncertain: sensitivity at a threshold, for which
there are Wilson's limits, and which threshold has the rate f. Of the specific antibodies between f - e and f + e
are above that threshold, e = z sqrt(f (1 - f) / n) + 1 / (2 n); how far the curve rises and falls between these is
read off the curve itself, so no slope is estimated. The two distances are squared and added (MOVER: Newcombe 1998,
Stat Med 17:873). The other curve has the same band with its axes exchanged. `benchmarks/coverage.py` shows how
often they cover.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from polyreact.statistics.covariance import number_groups
from polyreact.statistics.interval import (
    LEVEL,
    NO_NEGATIVES,
    NO_POSITIVES,
    Unavailable,
    validate_level,
)
from polyreact.statistics.proportions import wilson_limits

#: The fewest antibodies that any point of a curve is about.
SMALLEST = 10
#: Both grids go from 0 to 1 in so many steps; that of recall has no 0, where nothing is called.
STEPS = 50

TOO_FEW = f"a curve needs {2 * SMALLEST} antibodies, so that each of its points is about {SMALLEST} or more"

_Floats = npt.NDArray[np.float64]
_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Rows in blocks, highest scores first: both classes' counts, of shape (b,), and each row's block, (n,)."""

    positives: _Whole
    negatives: _Whole
    block_of: _Whole

    @property
    def shares(self) -> _Floats:
        """The share of polyreactive in each row's block, of shape (n,)."""
        return np.asarray((self.positives / (self.positives + self.negatives))[self.block_of])


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at the points of a grid, and the limits of the band; all of shape (g,) and within 0 to 1."""

    at: _Floats
    values: _Floats
    low: _Floats
    high: _Floats


@dataclass(frozen=True, slots=True)
class Curves:
    """Sensitivity by false positive rate, and precision by recall."""

    roc: Curve
    precision_recall: Curve


def draw_curves(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer] | None = None,
    level: float = LEVEL,
) -> Curves | Unavailable:
    """Both curves of one submission. O(n log n).

    `labels` are 0 or 1, `scores` finite, and rows with equal `groups` belong together, all of shape (n,). The
    order of the rows changes nothing, nor does any strictly increasing change of the scores. Unavailable without
    either class and with fewer than two blocks' antibodies. Raises ValueError for a level outside of 0 to 1.
    """
    validate_level(level)
    if not bool(np.any(labels == 1)):
        return Unavailable(NO_POSITIVES)
    if not bool(np.any(labels == 0)):
        return Unavailable(NO_NEGATIVES)
    if labels.size < 2 * SMALLEST:
        return Unavailable(TOO_FEW)
    blocks = form_blocks(labels, scores)
    called, found = _reach(blocks.negatives), _reach(blocks.positives)
    positives, negatives = _count_effective(labels, blocks, groups)
    grid = np.arange(STEPS + 1) / STEPS
    roc = _draw(grid, called, found, (negatives, positives), level, is_upper=True)
    roc.low[-1] = 1.0  # where everything is called, all polyreactive are
    turned = _draw(grid[1:], found, called, (positives, negatives), level, is_upper=False)
    return Curves(roc, _to_precision(turned, int(labels.sum()), int(labels.size - labels.sum())))


def average_curves(parts: Sequence[Curves]) -> Curves:
    """The mean over parts of the antibodies at each point.

    This is vertical averaging (Fawcett 2006, Pattern Recogn Lett 27:861), of precision at each recall as well.
    Scores of different parts need no common scale, and the area under the mean ROC curve is the mean of the areas.
    The parts are taken for independent: what each limit is away from its value is squared, added, and divided by
    their number.
    """
    return Curves(_average([part.roc for part in parts]), _average([part.precision_recall for part in parts]))


def form_blocks(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> Blocks:
    """Rows in blocks of at least SMALLEST, as small as equal scores allow; the last one takes what is left."""
    order = np.argsort(-scores, kind="stable")
    in_order = scores[order]
    ends = np.append(np.flatnonzero(in_order[1:] != in_order[:-1]) + 1, in_order.size)
    stops = np.array(_choose_stops(ends.tolist()))
    starts = np.concatenate(([0], stops[:-1]))
    block_of = np.empty(scores.size, dtype=np.int64)
    block_of[order] = np.repeat(np.arange(stops.size), stops - starts)
    positives = np.add.reduceat(labels[order].astype(np.int64), starts)
    return Blocks(positives, stops - starts - positives, block_of)


def _choose_stops(ends: Sequence[int]) -> list[int]:
    """Where blocks end, of the places between unequal scores."""
    stops, total, reached = [], ends[-1], 0
    while total - reached >= 2 * SMALLEST:
        reached = ends[bisect_left(ends, reached + SMALLEST)]
        if total - reached < SMALLEST:
            break
        stops.append(reached)
    return [*stops, total]


def _reach(counts: _Whole) -> _Floats:
    """The share of a class above each threshold, from 0 to 1: of shape (b + 1,)."""
    reached = np.concatenate(([0], np.cumsum(counts)))
    return np.asarray(reached / reached[-1])


def _draw(
    grid: _Floats, across: _Floats, along: _Floats, sizes: tuple[float, float], level: float, *, is_upper: bool
) -> Curve:
    """The curve through the points (across, along), both rising, at `grid`; `sizes` are those of both classes.

    Where it goes straight up, its value is the upper end or the lower.
    """
    values = _read(grid, across, along, is_upper=is_upper)
    low, high = wilson_limits(values * sizes[1], sizes[1], level)
    left, right = _reach_of(grid, sizes[0], level)
    below = np.hypot(values - low, values - _read(left, across, along, is_upper=False))
    above = np.hypot(high - values, _read(right, across, along, is_upper=True) - values)
    return Curve(grid, values, np.maximum(values - below, 0.0), np.minimum(values + above, 1.0))


def _reach_of(shares: _Floats, size: float, level: float) -> tuple[_Floats, _Floats]:
    """Between which shares of `size` drawn antibodies those lie of whom `shares` are expected.

    Not Wilson's limits: here the true share is given, and it is the drawn one that varies. Half a count is added,
    since counts are whole.
    """
    half = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(shares * (1 - shares) / size) + 0.5 / size
    return np.maximum(shares - half, 0.0), np.minimum(shares + half, 1.0)


def _read(at: _Floats, across: _Floats, along: _Floats, *, is_upper: bool) -> _Floats:
    """The curve's height at `at`, straight between its points."""
    after = np.searchsorted(across, at, side="right" if is_upper else "left")
    after = np.clip(after, 1, across.size - 1)
    before = after - 1
    width = across[after] - across[before]
    part = np.divide(at - across[before], width, out=np.full_like(at, float(is_upper)), where=width > 0)
    return np.asarray(along[before] + np.clip(part, 0.0, 1.0) * (along[after] - along[before]))


def _to_precision(curve: Curve, positives: int, negatives: int) -> Curve:
    """Precision at each recall, from the false positive rate at it: the higher the one, the lower the other."""
    found = curve.at * positives
    values, low, high = (found / (found + rates * negatives) for rates in (curve.values, curve.high, curve.low))
    return Curve(curve.at, values, low, high)


def _count_effective(
    labels: npt.NDArray[np.integer], blocks: Blocks, groups: npt.NDArray[np.integer] | None
) -> tuple[float, float]:
    """How many independent antibodies each class is worth: its size over its design effect (Kish 1965).

    The effect is that on the mean placement, the share of the other class that an antibody is above, and never
    below 1. Polyreactive and specific antibodies of one group rise together, along the curve: leaving that out
    makes the band no narrower.
    """
    if groups is None:
        return float(np.sum(labels == 1)), float(np.sum(labels == 0))
    sizes = []
    for label, others in ((1, blocks.negatives), (0, blocks.positives)):
        chosen = labels == label
        reached = _reach(others)
        placements = ((reached[:-1] + reached[1:]) / 2)[blocks.block_of[chosen]]
        sizes.append(_count_independent(placements, number_groups(groups[chosen])))
    return sizes[0], sizes[1]


def _count_independent(values: _Floats, group_of: _Whole) -> float:
    """The size over the design effect; the number of groups where the values are all alike."""
    size, groups = values.size, int(group_of.max()) + 1
    deviations = values - values.mean()
    alone = float(np.sum(np.square(deviations)))
    if groups == 1 or alone == 0:
        return float(groups)
    together = groups / (groups - 1) * float(np.sum(np.square(np.bincount(group_of, weights=deviations))))
    return size / max(1.0, together / alone * (size - 1) / size)


def _average(curves: Sequence[Curve]) -> Curve:
    values = np.mean([curve.values for curve in curves], axis=0)
    below = np.sqrt(np.sum([np.square(curve.values - curve.low) for curve in curves], axis=0)) / len(curves)
    above = np.sqrt(np.sum([np.square(curve.high - curve.values) for curve in curves], axis=0)) / len(curves)
    return Curve(curves[0].at, values, np.maximum(values - below, 0.0), np.minimum(values + above, 1.0))
