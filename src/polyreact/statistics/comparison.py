"""Submissions compared on the same antibodies: differences in AUROC or accuracy, each with a test and an interval.

The AUROC test. Below `auroc.FEW` in the smaller class a difference has to pass two tests, and the larger
p-value counts. The rank-swap permutation holds at any size if the two submissions are alike, but finds
"differences" too often where their ROC curves have one area and two shapes. DeLong's test with Satterthwaite's
degrees of freedom knows no such assumption, but needs more than a handful: the variance of a submission that
happens to look good is then estimated too small. So it is given the larger of DeLong's variance and of what
follows for two submissions of one AUROC, the mean of both (`null_variances`). From FEW on it is DeLong's alone.

The accuracy test is McNemar's.

The intervals. How far the two members' own limits are from them, squared and added, less what they have in
common. They hold 0 where the test finds no difference, and end there where it finds one.
`benchmarks/error_rates.py` has the rates of errors of both.

Where rows come in groups (clones of one family), a group is exchanged as a whole, AUROCs have Obuchowski's standard
errors, differences in accuracy one from the groups' own, and the sizes above count groups.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

from polyreact.statistics.auroc import has_few, limits_of, variance_at
from polyreact.statistics.covariance import Aurocs, estimate_aurocs, number_groups, sum_by_group
from polyreact.statistics.interval import LEVEL, Unavailable
from polyreact.statistics.mcnemar import (
    PairedCounts,
    grouped_difference_limits,
    mcnemar_mid_p,
    paired_difference_interval,
)
from polyreact.statistics.rank_swap import exchange_p_value, swap_terms

#: Two-sided: the largest p-value that still tells two submissions apart; the intervals are as sure.
SIGNIFICANCE = 0.05

_Floats = npt.NDArray[np.float64]


class Test(StrEnum):
    """What the p-value of a comparison comes from."""

    SAME_ORDER = "none: both put the antibodies into the same order"
    RANK_SWAP_AND_DELONG = "the larger p-value of the rank-swap permutation and of DeLong (score-type, t)"
    RANK_SWAP = "rank-swap permutation"
    DELONG = "DeLong, Satterthwaite's t"
    MCNEMAR = "McNemar, exact mid-p"
    GROUP_SWAP = "permutation of whole groups"


@dataclass(frozen=True, slots=True)
class Comparison:
    """First less second: the difference, its 95 % interval and the two-sided p-value of no difference."""

    difference: float
    low: float
    high: float
    p_value: float
    test: Test

    @property
    def is_told_apart(self) -> bool:
        """Whether the test finds a difference at SIGNIFICANCE, this comparison taken alone."""
        return self.p_value <= SIGNIFICANCE


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
    return _compare(aurocs, first, second, limits_of(aurocs))


def compare_pairs(
    aurocs: Aurocs, chosen: Iterable[tuple[int, int]] | None = None
) -> Iterator[tuple[int, int, Comparison]]:
    """The chosen pairs of submissions by their positions, and the difference in AUROC of first less second.

    Without a choice every two of them, first before second.
    """
    limits = limits_of(aurocs)
    for first, second in combinations(range(len(aurocs.values)), 2) if chosen is None else chosen:
        yield first, second, _compare(aurocs, first, second, limits)


def find_p_value(aurocs: Aurocs, first: int, second: int) -> tuple[float, Test]:
    """The p-value of no difference between two of the submissions, and what it comes from."""
    ranks = aurocs.twice_ranks[first], aurocs.twice_ranks[second]
    if bool(np.array_equal(*ranks)):
        return 1.0, Test.SAME_ORDER
    by_delong = _delong_p_value(aurocs, first, second)
    if by_delong is not None and not has_few(aurocs):
        return by_delong, Test.DELONG
    terms = swap_terms(aurocs.is_positive, *ranks)
    by_swaps = exchange_p_value(terms if aurocs.groups is None else sum_by_group(terms, aurocs.groups))
    if by_delong is None:
        return by_swaps, Test.RANK_SWAP
    return max(by_swaps, by_delong), Test.RANK_SWAP_AND_DELONG


def compare_accuracy(
    labels: npt.NDArray[np.integer],
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    groups: npt.NDArray[np.integer] | None = None,
) -> Comparison:
    """The difference in accuracy of two submissions' predictions, 0 or 1 like the labels, all of shape (n,), n > 0.

    Where rows with equal `groups` belong together, predictions are exchanged by whole groups, all ways of which
    count, and the limits are the wider of those by groups and of those without.

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
    low, high = paired_difference_interval(counts)
    if groups is None:
        return _as_comparison(difference, (low, high), mcnemar_mid_p(counts), Test.MCNEMAR)
    if groups.shape != labels.shape:
        raise ValueError(f"there are groups of shape {groups.shape} for {labels.size} labels")
    gains = right_first.astype(np.int64) - right_second
    group_of = number_groups(groups)
    sums = sum_by_group(gains, group_of)
    group_low, group_high = grouped_difference_limits(sums, np.bincount(group_of))
    limits = min(low, group_low), max(high, group_high)
    return _as_comparison(difference, limits, exchange_p_value(sums), Test.GROUP_SWAP)


def null_variances(
    aurocs: _Floats, variances: _Floats, correlation: _Floats | float, *, positives: int, negatives: int
) -> _Floats:
    """The variance of the difference of two estimates, if both submissions had the mean of both as their AUROC.

    Each has the variance that the interval below FEW gives it there, `variance_at`, and they have the correlation
    that the scores show. `aurocs` and DeLong's `variances` are of shape (..., 2), the others of shape (...).
    """
    mean = aurocs.mean(axis=-1, keepdims=True)
    own = variance_at(mean, aurocs, variances, positives=positives, negatives=negatives)
    first, second = own[..., 0], own[..., 1]
    return np.asarray(first + second - 2 * correlation * np.sqrt(first * second))


def student_p_values(differences: _Floats, variances: _Floats, degrees: _Floats) -> _Floats:
    """Two-sided, of no difference; 1 where there is none, 0 where there is one without a variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(differences) / np.sqrt(variances)
    finite = np.where(np.isfinite(degrees), degrees, 1.0)
    tail = np.where(np.isfinite(degrees), stdtr(finite, -statistic), ndtr(-statistic))
    return np.where(differences == 0, 1.0, 2 * tail)


def difference_limits(
    aurocs: _Floats, low: _Floats, high: _Floats, correlation: _Floats | float
) -> tuple[_Floats, _Floats]:
    """Limits of first less second from those of both (Zou 2007, Psychol Methods 12:399), which go together.

    The first three are of shape (..., 2), `correlation`, that of the two estimates, of shape (...).
    """

    def distance(one: _Floats, other: _Floats) -> _Floats:
        return np.sqrt(np.maximum(0.0, one**2 - 2 * correlation * one * other + other**2))

    below, above = aurocs - low, high - aurocs
    difference = aurocs[..., 0] - aurocs[..., 1]
    return (
        difference - distance(below[..., 0], above[..., 1]),
        difference + distance(above[..., 0], below[..., 1]),
    )


def describe(comparison: Comparison | Unavailable, first: str, second: str) -> str:
    """The comparison in words: "cannot be told apart: .03, 95 % -.08 to .14, p = .61".

    Figures are of the first less the second, but where one is better they are of how far it leads.
    """
    if isinstance(comparison, Unavailable):
        return f"not available: {comparison.reason}"
    if comparison.test is Test.SAME_ORDER:
        return f"cannot be told apart: {first} and {second} put the antibodies into the same order"
    leads, told = first, (comparison.difference, comparison.low, comparison.high)
    if comparison.is_told_apart and comparison.difference < 0:
        leads, told = second, (-comparison.difference, -comparison.high, -comparison.low)
    difference, lower, upper = (_short(value, comparison.high - comparison.low) for value in told)
    figures = f"{difference}, {100 * LEVEL:.0f} % {lower} to {upper}, {_p_words(comparison.p_value)}"
    if not comparison.is_told_apart:
        return f"cannot be told apart: {figures}"
    return f"{leads} is better: {figures}"


def _as_comparison(difference: float, limits: tuple[float, float], p_value: float, test: Test) -> Comparison:
    """Within -1 to 1, with limits that say of 0 what the test says.

    Where the test finds no difference they are widened to 0, and where it finds one they end there. The second
    loses no true difference but one of the other sign, so it costs no coverage that the test has not spent.
    """
    low, high = max(-1.0, limits[0]), min(1.0, limits[1])
    if p_value > SIGNIFICANCE:
        low, high = min(low, 0.0), max(high, 0.0)
    elif difference > 0:
        low = max(low, 0.0)
    else:
        high = min(high, 0.0)
    return Comparison(difference, low, high, p_value, test)


def _delong_p_value(aurocs: Aurocs, first: int, second: int) -> float | None:
    """None with a class of a single group, which has no standard error."""
    if aurocs.covariance is None:
        return None
    pair = np.array([aurocs.values[first], aurocs.values[second]])
    variance = aurocs.covariance.of_differences[first, second]
    if has_few(aurocs):
        own = np.diag(aurocs.covariance.matrix)[[first, second]]
        sizes = {"positives": aurocs.positives, "negatives": aurocs.negatives}
        variance = np.maximum(variance, null_variances(pair, own, _correlation(aurocs, first, second), **sizes))
    degrees = aurocs.covariance.degrees_of_differences[first, second]
    return float(student_p_values(pair[0] - pair[1], variance, degrees))


def _compare(aurocs: Aurocs, first: int, second: int, limits: tuple[_Floats, _Floats]) -> Comparison:
    p_value, test = find_p_value(aurocs, first, second)
    if test is Test.SAME_ORDER:
        return Comparison(0.0, 0.0, 0.0, 1.0, test)
    pair = np.array([aurocs.values[first], aurocs.values[second]])
    own_low, own_high = (ends[[first, second]] for ends in limits)
    low, high = difference_limits(pair, own_low, own_high, _correlation(aurocs, first, second))
    return _as_comparison(float(pair[0] - pair[1]), (float(low), float(high)), p_value, test)


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
