"""The rank-swap permutation test of two AUROCs on the same antibodies (Bandos, Rockette and Gur 2005).

If the two submissions are alike, it does not matter which of an antibody's two ranks came from which of them. The
test compares the difference in AUROC with what all ways of exchanging the ranks of some of the antibodies give
(Stat Med 24:2873). Exchanged antibodies meet antibodies that were not, so ranks of one submission are compared with
ranks of the other: that is why ranks are exchanged and not scores, which have no common scale.

The difference after an exchange is a sum with one term for each antibody, and exchanging an antibody's ranks turns
the sign of its term and of no other. So the 2^n exchanges need not be drawn: the variance over all of them is the
sum of the squared terms, and their whole distribution is that of a sum of independent signs, which is found term by
term since the terms are whole numbers. Nothing here is random.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

#: Additions that the whole distribution may take (about a hundredth of a second); the normal one stands in beyond.
MOST_ADDITIONS = 20_000_000


def swap_terms(
    is_positive: npt.NDArray[np.bool_], first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """What each antibody adds to the difference in AUROC, in units of 1 / (4 x positives x negatives).

    `first` and `second` are the ranks of the same antibodies among all of them, ties by twice the middle rank;
    all arrays are of shape (n,). A term is how many ranks of the other class, those of both submissions, are on
    the right side of the antibody's first rank, less how many are of its second; ties count half, and all is
    counted twice. For a pair let w(k,l) say whether the positive's rank k beats the negative's rank l: w(1,1) -
    w(2,2) splits into the positive's part (w(1,1) + w(1,2) - w(2,1) - w(2,2)) / 2 and the negative's (w(1,1) +
    w(2,1) - w(1,2) - w(2,2)) / 2, and exchanging either one's ranks turns the sign of its part alone.
    """
    positives = np.sort(np.concatenate((first[is_positive], second[is_positive])))
    negatives = np.sort(np.concatenate((first[~is_positive], second[~is_positive])))
    beaten = _twice_below(negatives, first) - _twice_below(negatives, second)
    beating = _twice_below(positives, second) - _twice_below(positives, first)
    return np.where(is_positive, beaten, beating)


def exchange_p_value(terms: npt.NDArray[np.int64]) -> float:
    """The share of exchanges with a difference at least as far from 0 as the sum of `terms`, any shape (k,).

    Where rows belong together, each term is the sum of those of a group, which is exchanged as a whole. Exact up to
    rounding, unless the terms are so many and large that it would take more than MOST_ADDITIONS: then the normal
    distribution with the exact variance stands for it, the second form of the paper.
    """
    observed = abs(int(terms.sum()))
    sizes = np.sort(np.abs(terms[terms != 0]))
    if observed == 0:
        return 1.0
    unit = int(np.gcd.reduce(sizes))
    sizes //= unit
    if float(sizes.sum()) * sizes.size > MOST_ADDITIONS:
        deviation = math.sqrt(math.fsum(np.square(sizes.astype(np.float64)).tolist()))
        return float(2 * ndtr(-observed / unit / deviation))
    return _share_as_far(sizes.tolist(), observed // unit)


def _share_as_far(sizes: list[int], observed: int) -> float:
    """P(|S| >= observed) for the sum S of `sizes` with independent signs, each as likely plus as minus."""
    total = sum(sizes)
    chances = np.zeros(total + 1)  # of each value of the part with a plus: S is twice that, less the total
    chances[0] = 1.0
    reach = 0
    for size in sizes:
        halves = chances[: reach + 1] / 2
        chances[: reach + 1] = halves
        chances[size : reach + size + 1] += halves
        reach += size
    return min(1.0, 2 * math.fsum(chances[(total + observed + 1) // 2 :].tolist()))


def _twice_below(ordered: npt.NDArray[np.int64], values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Twice how many of `ordered` are below each value, equal ones half."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")).astype(np.int64)
