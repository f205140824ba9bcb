"""What a set can resolve, known from its class counts alone.

An approximation for planning. A comparison of two submissions that were run needs none of it: their predictions
on the same antibodies tell both the standard errors and how they go together.
"""

from __future__ import annotations

import math
from statistics import NormalDist

#: Where the difference is asked for: a submission that knows something, and may know more.
AUROC = 0.75
#: Correlation of the two estimates, which comes from judging both submissions on the same antibodies.
CORRELATION = 0.5
#: Two-sided significance level, and the share of true differences that are to be found.
LEVEL, POWER = 0.05, 0.80


def standard_error(auroc: float, positives: int, negatives: int) -> float:
    """The standard error of one AUROC, by Hanley and McNeil 1982 (Radiology 143:29), formula 2.

    Q1 = A / (2 - A) is the chance that two polyreactive antibodies both score above one specific, Q2 = 2 A^2 /
    (1 + A) that one scores above two specific: true for exponential scores, near it for others while the smaller
    class is not tiny. With few positives it errs to the large side if their scores are not spread more widely.

    Raises ValueError for an empty class or an AUROC outside of 0 to 1.
    """
    if positives < 1 or negatives < 1:
        raise ValueError(f"an AUROC needs both classes, not {positives} polyreactive and {negatives} specific")
    if not 0 <= auroc <= 1:
        raise ValueError(f"an AUROC is from 0 to 1, not {auroc}")
    square = auroc * auroc
    above_one = auroc / (2 - auroc) - square
    above_two = 2 * square / (1 + auroc) - square
    variance = auroc * (1 - auroc) + (positives - 1) * above_one + (negatives - 1) * above_two
    return math.sqrt(variance / (positives * negatives))


def auroc_half_width(positives: int, negatives: int, auroc: float = AUROC) -> float:
    """Half the width of the 95 % interval of an AUROC on so many antibodies. Raises as standard_error does."""
    return NormalDist().inv_cdf(0.975) * standard_error(auroc, positives, negatives)


def smallest_difference(
    positives: int, negatives: int, *, auroc: float = AUROC, correlation: float = CORRELATION
) -> float:
    """The true difference that a paired two-sided test at LEVEL finds with probability POWER.

    Both submissions are near `auroc`, so both have its standard error SE, and that of their difference is
    SE sqrt(2 (1 - r)) (Hanley and McNeil 1983, Radiology 148:839). Multiplied by z(1 - LEVEL / 2) + z(POWER),
    which is 1.96 + 0.84. May be more than there is room for above `auroc`.

    Raises ValueError as standard_error does, and for a correlation outside of -1 to 1.
    """
    if not -1 <= correlation <= 1:
        raise ValueError(f"a correlation is from -1 to 1, not {correlation}")
    normal = NormalDist()
    factor = normal.inv_cdf(1 - LEVEL / 2) + normal.inv_cdf(POWER)
    return factor * standard_error(auroc, positives, negatives) * math.sqrt(2 * (1 - correlation))
