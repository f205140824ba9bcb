"""Submissions compared on the same antibodies: differences in AUROC or accuracy, each with a test and an interval.

The AUROC test. Below FEW_FOR_DELONG in the smaller class a difference has to pass two tests, and the larger
p-value counts. The rank-swap permutation holds at any size if the two submissions are alike, but finds
"differences" too often where their ROC curves have one area and two shapes; DeLong's test with Satterthwaite's
degrees of freedom knows no such assumption, but needs more than a handful. From FEW_FOR_DELONG on it is DeLong's
alone.

The interval. How far the two AUROCs' own limits are from them, squared and added, less what they have in common;
below FEW in the smaller class the wider of that and of the difference +- t x DeLong's standard error. Widened to
hold 0 where the test finds no difference. `benchmarks/error_rates.py` has the rates of errors of both.

Where rows come in groups (clones of one family), a group is exchanged as a whole, the standard errors are
Obuchowski's and the sizes above count groups.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import expit, stdtr, stdtrit

from polyreact.statistics.covariance import Aurocs, Unavailable, estimate_aurocs, sum_by_group
from polyreact.statistics.mcnemar import PairedCounts, mcnemar_mid_p, paired_difference_interval
from polyreact.statistics.rank_swap import rank_swap_p_value, swap_terms

#: Two-sided: what p-value still tells two submissions apart, and how sure the intervals are.
LEVEL = 0.05
#: With fewer in the smaller class the permutation has a say in the p-value.
FEW_FOR_DELONG = 200
#: With fewer in the smaller class an interval is the wider of two.
FEW = 20


class Method(StrEnum):
    """What the p-value of a comparison comes from."""

    SAME_ORDER = "none: both put the antibodies into the same order"
    RANK_SWAP_AND_DELONG = "the larger p-value of the rank-swap permutation and of DeLong"
    RANK_SWAP = "rank-swap permutation"
    DELONG = "DeLong"
    MCNEMAR = "McNemar, exact mid-p"


@dataclass(frozen=True, slots=True)
class Comparison:
    """First less second: the difference, its 95 % interval and the two-sided p-value of no difference."""

    difference: float
    lower: float
    upper: float
    p_value: float
    method: Method

    @property
    def is_told_apart(self) -> bool:
        """Whether the test finds a difference at LEVEL, this comparison taken alone."""
        return self.p_value <= LEVEL


def compare_auroc(
    labels: npt.NDArray[np.integer],
    first: npt.NDArray[np.floating],
    second: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer] | None = None,
) -> Comparison | Unavailable:
    """The difference in AUROC of two submissions' scores, row i of each belonging to the same antibody.

    As `estimate_aurocs` for the arrays, all of shape (n,), and what is raised.
    """
    aurocs = estimate_aurocs(labels, np.array([first, second]), groups)
    return aurocs if isinstance(aurocs, Unavailable) else compare_pair(aurocs, 0, 1)


def compare_pair(aurocs: Aurocs, first: int, second: int) -> Comparison:
    """The difference in AUROC of two of the submissions."""
    difference = aurocs.values[first] - aurocs.values[second]
    p_value, method = find_p_value(aurocs, first, second)
    if method is Method.SAME_ORDER:
        return Comparison(0.0, 0.0, 0.0, 1.0, method)
    return _as_comparison(difference, _difference_interval(aurocs, first, second), p_value, method)


def find_p_value(aurocs: Aurocs, first: int, second: int) -> tuple[float, Method]:
    """The p-value of no difference between two of the submissions, and what it comes from."""
    ranks = aurocs.twice_ranks[first], aurocs.twice_ranks[second]
    if bool(np.array_equal(*ranks)):
        return 1.0, Method.SAME_ORDER
    by_delong = _delong_p_value(aurocs, first, second)
    if by_delong is not None and aurocs.smaller_class >= FEW_FOR_DELONG:
        return by_delong, Method.DELONG
    terms = swap_terms(aurocs.is_positive, *ranks)
    by_swaps = rank_swap_p_value(terms if aurocs.groups is None else sum_by_group(terms, aurocs.groups))
    if by_delong is None:
        return by_swaps, Method.RANK_SWAP
    return max(by_swaps, by_delong), Method.RANK_SWAP_AND_DELONG


def compare_accuracy(
    labels: npt.NDArray[np.integer], first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]
) -> Comparison:
    """The difference in accuracy of two submissions' predictions, 0 or 1 like the labels, all of shape (n,), n > 0.

    Raises ValueError for arrays of another shape.
    """
    if labels.ndim != 1 or labels.size == 0 or labels.shape != first.shape or labels.shape != second.shape:
        raise ValueError(f"{labels.shape} labels do not go with predictions of {first.shape} and {second.shape}")
    right_first, right_second = first == labels, second == labels
    counts = PairedCounts(
        both=int((right_first & right_second).sum()),
        only_first=int((right_first & ~right_second).sum()),
        only_second=int((~right_first & right_second).sum()),
        neither=int((~right_first & ~right_second).sum()),
    )
    difference = (counts.only_first - counts.only_second) / counts.total
    interval = paired_difference_interval(counts, 1 - LEVEL)
    return _as_comparison(difference, interval, mcnemar_mid_p(counts), Method.MCNEMAR)


def describe(comparison: Comparison | Unavailable, first: str, second: str) -> str:
    """The comparison in words: "cannot be told apart: .03, 95 % -.08 to .14, p = .61"."""
    if isinstance(comparison, Unavailable):
        return f"not available: {comparison.reason}"
    if comparison.method is Method.SAME_ORDER:
        return f"cannot be told apart: {first} and {second} put the antibodies into the same order"
    width = comparison.upper - comparison.lower
    difference, lower, upper = (
        _short(value, width) for value in (comparison.difference, comparison.lower, comparison.upper)
    )
    figures = f"{difference}, {100 * (1 - LEVEL):.0f} % {lower} to {upper}, {_p_words(comparison.p_value)}"
    if not comparison.is_told_apart:
        return f"cannot be told apart: {figures}"
    better = first if comparison.difference > 0 else second
    if comparison.lower <= 0 <= comparison.upper:
        return f"{better} is better by the test, though the interval reaches 0: {figures}"
    return f"{better} is better: {figures}"


def _as_comparison(difference: float, interval: tuple[float, float], p_value: float, method: Method) -> Comparison:
    """Within -1 to 1, and holding 0 where the test finds no difference."""
    lower, upper = max(-1.0, interval[0]), min(1.0, interval[1])
    if p_value > LEVEL:
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    return Comparison(difference, lower, upper, p_value, method)


def _delong_p_value(aurocs: Aurocs, first: int, second: int) -> float | None:
    """None with a class of a single group, which has no standard error."""
    difference = aurocs.values[first] - aurocs.values[second]
    if aurocs.covariance is None:
        return None
    if difference == 0:
        return 1.0
    variance = float(aurocs.covariance.of_differences[first, second])
    if variance == 0:
        return 0.0
    degrees = float(aurocs.covariance.degrees_of_differences[first, second])
    return float(2 * stdtr(degrees, -abs(difference) / math.sqrt(variance)))


def _difference_interval(aurocs: Aurocs, first: int, second: int) -> tuple[float, float]:
    low, high = _square_and_add(aurocs, first, second)
    if aurocs.covariance is None or aurocs.smaller_class >= FEW:
        return low, high
    degrees = float(aurocs.covariance.degrees_of_differences[first, second])
    half = _quantile(degrees) * math.sqrt(float(aurocs.covariance.of_differences[first, second]))
    difference = aurocs.values[first] - aurocs.values[second]
    return min(low, difference - half), max(high, difference + half)


def _square_and_add(aurocs: Aurocs, first: int, second: int) -> tuple[float, float]:
    """Limits of a difference from those of its members (Zou 2007, Psychol Methods 12:399), which go together."""
    above, below = aurocs.values[first], aurocs.values[second]
    (above_low, above_high), (below_low, below_high) = (_auroc_interval(aurocs, row) for row in (first, second))
    shared = _correlation(aurocs, first, second)

    def distance(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one**2 - 2 * shared * one * other + other**2))

    return (
        above - below - distance(above - above_low, below_high - below),
        above - below + distance(above_high - above, below - below_low),
    )


def _auroc_interval(aurocs: Aurocs, index: int) -> tuple[float, float]:
    """DeLong's on the logit scale with Satterthwaite's t; Newcombe's at 0 and 1; below FEW the wider of the two."""
    value = aurocs.values[index]
    newcombe = _newcombe_interval(value, aurocs.positive_groups, aurocs.negative_groups)
    if aurocs.covariance is None or not 0 < value < 1:
        return newcombe
    error = math.sqrt(max(0.0, float(aurocs.covariance.matrix[index, index])))
    half = _quantile(float(aurocs.covariance.degrees[index])) * error / (value * (1 - value))
    centre = math.log(value / (1 - value))
    low, high = (float(expit(limit)) for limit in (centre - half, centre + half))
    if aurocs.smaller_class >= FEW:
        return low, high
    return min(low, newcombe[0]), max(high, newcombe[1])


def _newcombe_interval(value: float, positives: int, negatives: int) -> tuple[float, float]:
    """Newcombe 2006 (Stat Med 25:559), method 5: the AUROCs whose own standard error reaches to `value`.

    Hanley and McNeil's variance of an AUROC A, with the mean N of the class sizes less 1 in place of each size less
    1: A (1 - A) (1 + N (1 - A) / (2 - A) + N A / (1 + A)) / (positives x negatives).
    """
    mean = (positives + negatives) / 2 - 1
    squared = _quantile(math.inf) ** 2

    def is_reached(auroc: float) -> bool:
        spread = 1 + mean * ((1 - auroc) / (2 - auroc) + auroc / (1 + auroc))
        return (auroc - value) ** 2 <= squared * auroc * (1 - auroc) * spread / (positives * negatives)

    def find_limit(outside: float) -> float:
        inside = value
        for _ in range(60):  # halves a double to its last bit
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if is_reached(middle) else (inside, middle)
        return inside

    return find_limit(0.0), find_limit(1.0)


def _quantile(degrees: float) -> float:
    if math.isinf(degrees):
        return NormalDist().inv_cdf(1 - LEVEL / 2)
    return float(stdtrit(degrees, 1 - LEVEL / 2))


def _correlation(aurocs: Aurocs, first: int, second: int) -> float:
    """Of the two AUROCs; 0 where one has no standard error."""
    if aurocs.covariance is None:
        return 0.0
    matrix = aurocs.covariance.matrix
    own = float(matrix[first, first] * matrix[second, second])
    return max(-1.0, min(1.0, float(matrix[first, second]) / math.sqrt(own))) if own > 0 else 0.0


def _short(value: float, width: float) -> str:
    """With two decimals, or more where the interval is too narrow to be seen in them; no zero before the point."""
    decimals = 2 + (width < 0.02) + (width < 0.002)  # noqa: PLR2004 - two units of the last place before
    rounded = round(value, decimals) + 0.0  # without the sign of a zero
    return f"{rounded:.{decimals}f}".replace("0.", ".", 1) if abs(rounded) < 1 else f"{rounded:.{decimals}f}"


def _p_words(value: float) -> str:
    if value < 0.001:  # noqa: PLR2004 - what two more decimals cannot show
        return "p < .001"
    decimals = 2 if value >= 0.1 else 3  # noqa: PLR2004
    return "p = " + f"{value:.{decimals}f}".removeprefix("0")
