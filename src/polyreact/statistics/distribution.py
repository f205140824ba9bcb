"""How the scores of a submission are distributed: how many lie in each bin, and how many of these are polyreactive.

Any finite doubles are scores, so bins are found by comparing and never by dividing: a score of 1e300 makes the
others look alike, or stands in an open bin, and breaks nothing.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 20
#: What each end may have beyond the bins where a few scores lie far out.
TAIL = 0.01
#: Scores lie far out where all of them need so many times the width of the central ones.
FAR = 2.0

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """The antibodies with a score from `low` to below `high`, which the last bin holds as well.

    `polyreactive` is the sum of the antibodies' shares, and no whole number.
    """

    low: float
    high: float
    antibodies: int
    polyreactive: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Bins from the lowest score to the highest, equally wide; open ends hold whatever lies beyond as well."""

    bins: tuple[Bin, ...]
    is_open_below: bool
    is_open_above: bool


def bin_scores(scores: _Floats, shares: _Floats, *, is_probability: bool) -> Distribution:
    """The bins of `scores`, finite and of shape (n,) with n > 0; `shares` are those of polyreactive. O(n log n).

    Of probabilities from 0 to 1. Else from the lowest to the highest; where that is more than FAR times as wide as
    the central 98 %, bins are of these and both ends are open. Scores that are all equal have one bin, of no width.
    """
    order = np.argsort(scores, kind="stable")
    ordered, shares = scores[order], shares[order]
    low, high = (0.0, 1.0) if is_probability else _choose_range(ordered)
    # Not low + k (high - low) / BINS, since the width of two doubles may be more than a double holds.
    steps = np.arange(BINS + 1) / BINS
    edges = np.unique(low * (1 - steps) + high * steps)
    inner = np.searchsorted(ordered, edges[1:-1], side="left")
    stops = [0, *inner.tolist(), ordered.size]
    bins = tuple(
        Bin(
            float(edges[place]),
            float(edges[min(place + 1, edges.size - 1)]),
            stop - start,
            math.fsum(shares[start:stop].tolist()),  # the same in any order
        )
        for place, (start, stop) in enumerate(itertools.pairwise(stops))
    )
    return Distribution(bins, bool(ordered[0] < low), bool(ordered[-1] > high))


def _choose_range(ordered: _Floats) -> tuple[float, float]:
    last = ordered.size - 1
    cut = math.floor(TAIL * last)
    lowest, low, high, highest = (float(ordered[place]) for place in (0, cut, last - cut, last))
    is_far = highest / 2 - lowest / 2 > FAR * (high / 2 - low / 2)
    return (low, high) if is_far and low < high else (lowest, highest)
