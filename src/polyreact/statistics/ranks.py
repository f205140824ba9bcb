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
from itertools import combinations
from statistics import NormalDist

from polyreact.statistics.comparison import SIGNIFICANCE

#: The share of true differences that a detectable one is found with.
POWER = 0.80


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries by their positions, first before second, and the p-value of no difference, not adjusted."""

    first: int
    second: int
    p_value: float


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


def adjust_p_values(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's step-down adjustment (1979, Scand J Stat 6:65): of m p-values the i-th smallest times m + 1 - i.

    An adjusted p-value is no smaller than one before it, and at most 1.
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for done, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - done) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def rank_entries(estimates: Sequence[float], pairs: Sequence[Pair]) -> Ranking:
    """The rank interval of each entry; a higher estimate is better, and `pairs` names every two entries once.

    An entry ties with the best if it is not significantly worse than any entry that has the highest estimate.
    Raises ValueError where pairs are missing or too many.
    """
    named = {frozenset((pair.first, pair.second)) for pair in pairs}
    expected = set(map(frozenset, combinations(range(len(estimates)), 2)))
    if named != expected or len(pairs) != len(expected):
        raise ValueError(f"{len(estimates)} entries make {len(expected)} pairs, each to be named once")
    better: list[set[int]] = [set() for _ in estimates]  # than each entry, significantly
    for pair, p_value in zip(pairs, adjust_p_values([pair.p_value for pair in pairs]), strict=True):
        if p_value <= SIGNIFICANCE and estimates[pair.first] != estimates[pair.second]:
            above, below = sorted((pair.first, pair.second), key=estimates.__getitem__, reverse=True)
            better[below].add(above)
    worse = [sum(entry in others for others in better) for entry in range(len(estimates))]
    best = {entry for entry, estimate in enumerate(estimates) if estimate == max(estimates)}
    ranks = tuple(
        Rank(1 + len(better[entry]), len(estimates) - worse[entry], not better[entry] & best)
        for entry in range(len(estimates))
    )
    return Ranking(ranks, sum(map(len, better)), len(pairs))


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
