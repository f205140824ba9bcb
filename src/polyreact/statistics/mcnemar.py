"""Two submissions' accuracy on the same antibodies: a test and intervals for their difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, stdtrit

from polyreact.statistics.proportions import wilson_limits


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """How many antibodies both submissions call rightly, only the first, only the second, and neither."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def total(self) -> int:
        """How many antibodies there are."""
        return self.both + self.only_first + self.only_second + self.neither


def mcnemar_mid_p(counts: PairedCounts) -> float:
    """The mid-p value of McNemar's exact test that both submissions are equally often right, two-sided.

    Fagerland, Lydersen and Laake 2013 (BMC Med Res Methodol 13:91): the exact p-value, less the chance of what was
    observed, given how many antibodies only one of the two calls rightly. 1 where there are none.
    """
    fewer, only_one = min(counts.only_first, counts.only_second), counts.only_first + counts.only_second
    if only_one == 0:
        return 1.0
    to_here, before = float(bdtr(fewer, only_one, 0.5)), 0.0
    if fewer > 0:
        before = float(bdtr(fewer - 1, only_one, 0.5))
    if 2 * fewer == only_one:
        return 1 - (to_here - before) / 2
    return to_here + before


def paired_difference_interval(counts: PairedCounts, level: float = 0.95) -> tuple[float, float]:
    """The interval of the difference in accuracy, first less second; `counts` may not be empty.

    Newcombe 1998 (Stat Med 17:2635), method 10: the distances of the two Wilson limits from their estimates,
    squared and added, less the part that the two have in common. Their correlation is that of the 2 x 2 table with
    n / 2 taken off where it is positive, and 0 where a margin is empty.
    """
    total = counts.total
    right_first, right_second = counts.both + counts.only_first, counts.both + counts.only_second
    share_first, share_second = right_first / total, right_second / total
    lows, highs = wilson_limits(np.array([right_first, right_second], dtype=np.float64), total, level)
    (low_first, low_second), (high_first, high_second) = lows.tolist(), highs.tolist()
    shared = _correlation(counts)
    difference = (counts.only_first - counts.only_second) / total

    def distance(first: float, second: float) -> float:
        return math.sqrt(max(0.0, first**2 - 2 * shared * first * second + second**2))

    return (
        difference - distance(share_first - low_first, high_second - share_second),
        difference + distance(high_first - share_first, share_second - low_second),
    )


def grouped_difference_limits(
    gains: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], level: float = 0.95
) -> tuple[float, float]:
    """The limits of a difference in accuracy where rows come in G groups: d -+ t sqrt(G / (G - 1) sum u^2) / n.

    `gains` are how many more rows of each group the first calls rightly, `sizes` its rows, both of shape (G,);
    u = gains - d sizes is how far a group is from the difference d of all n rows (Cochran 1977, Sampling
    Techniques, 9A.5, a ratio of two sums over clusters), and t has G - 1 degrees of freedom. Of one group nothing
    follows: -1 to 1.
    """
    groups, total = gains.size, int(sizes.sum())
    if groups == 1:
        return -1.0, 1.0
    difference = int(gains.sum()) / total
    # n u in whole numbers and the sum rounded once, so that no order of the groups changes a bit.
    strays = (total * gains - int(gains.sum()) * sizes).astype(np.float64)
    squares = math.fsum(np.square(strays).tolist()) / total**2
    half = float(stdtrit(groups - 1, (1 + level) / 2)) * math.sqrt(groups / (groups - 1) * squares) / total
    return difference - half, difference + half


def _correlation(counts: PairedCounts) -> float:
    right_first, right_second = counts.both + counts.only_first, counts.both + counts.only_second
    margins = right_first * right_second * (counts.total - right_first) * (counts.total - right_second)
    if margins == 0:
        return 0.0
    product = counts.both * counts.neither - counts.only_first * counts.only_second
    corrected = max(0.0, product - counts.total / 2) if product > 0 else product
    return corrected / math.sqrt(margins)
