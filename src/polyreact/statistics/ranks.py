"""Which places submissions may hold on a track, from all comparisons of two of them.

A place is told as an interval: 1 + how many are significantly better, to N - how many are significantly worse.
With all pairs adjusted together (Holm) the intervals hold the true places of all submissions at once with 95 %
confidence; submissions of one true AUROC share all the places between those that are truly better and truly
worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from polyreact.statistics.comparison import SIGNIFICANCE

#: The share of true differences that a detectable one is found with.
POWER = 0.80


@dataclass(frozen=True, slots=True)
class Rank:
    """The places an entry may hold, both ends counted, and whether it cannot be told from the best."""

    lowest: int
    highest: int
    ties_with_best: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """A rank for each entry, in the order in which they came, and how many of the pairs can be told apart."""

    ranks: tuple[Rank, ...]
    separable_pairs: int
    pairs: int


def adjust_p_values(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Holm's step-down adjustment (1979, Scand J Stat 6:65): of m p-values the i-th smallest times m + 1 - i.

    An adjusted p-value is no smaller than one before it, and at most 1. Of shape (m,), as those given.
    """
    given = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    grown = np.arange(given.size, 0, -1) * given[order]
    adjusted = np.empty_like(given)
    adjusted[order] = np.maximum.accumulate(np.minimum(grown, 1.0))
    return adjusted


def rank_entries(estimates: npt.ArrayLike, p_values: npt.ArrayLike) -> Ranking:
    """The rank interval of each of k entries; a higher estimate is better.

    `estimates` are of shape (k,), `p_values`, not adjusted, of shape (k (k - 1) / 2,): of every two entries, in the
    order of `itertools.combinations`. An entry ties with the best if it is not significantly worse than any entry
    that has the highest estimate. O(k^2 log k). Raises ValueError where p-values are missing or too many.
    """
    values, given = np.asarray(estimates, dtype=np.float64), np.asarray(p_values, dtype=np.float64)
    pairs = math.comb(values.size, 2)
    if given.shape != (pairs,):
        raise ValueError(f"{values.size} entries make {pairs} pairs, not {given.shape}")
    first, second = np.triu_indices(values.size, 1)
    is_told = (adjust_p_values(given) <= SIGNIFICANCE) & (values[first] != values[second])
    first, second = first[is_told], second[is_told]
    above, below = np.where(values[first] > values[second], (first, second), (second, first))
    better = np.bincount(below, minlength=values.size)  # than each entry, significantly
    worse = np.bincount(above, minlength=values.size)
    below_the_best = np.bincount(below[values[above] == values.max(initial=-np.inf)], minlength=values.size)
    ranks = zip((1 + better).tolist(), (values.size - worse).tolist(), (below_the_best == 0).tolist(), strict=True)
    return Ranking(tuple(Rank(*rank) for rank in ranks), int(is_told.sum()), pairs)


def detectable_difference(errors: Sequence[float]) -> float | None:
    """The true difference that a two-sided test at SIGNIFICANCE finds with probability POWER, on the pairs at hand.

    The mean of their standard errors times z(1 - SIGNIFICANCE / 2) + z(POWER), which is 1.96 + 0.84; None
    without pairs. Pairs whose order is the same, which have no error, are to be left out. `metrics.resolution`
    plans the same ahead of any submission. This takes no account of the adjustment for all pairs, so ranks need
    more.
    """
    if not errors:
        return None
    normal = NormalDist()
    factor = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(POWER)
    return factor * math.fsum(errors) / len(errors)
