"""The interval of an AUROC.

The rule, by how many antibodies the smaller class has (groups, where rows come in groups). From FEW on:
DeLong's standard error on the logit scale with Satterthwaite's t. Below, where DeLong's variance is estimated
from too little to be believed alone: the AUROCs from which the estimate is no further than t standard errors,
each with the larger of its variance by Hanley and McNeil and DeLong's. Where DeLong's is 0, as it is at an
AUROC of 0 or 1 and where all scores are equal, this is Newcombe's method 5. `benchmarks/coverage.py` shows how
often each covers.

Functions named `..._limits` take arrays of any one shape and give two of it, so that a simulation calls what the
board calls.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, stdtrit

from polyreact.statistics.covariance import Aurocs, Covariance, estimate_aurocs
from polyreact.statistics.interval import (
    LEVEL,
    ONE_NEGATIVE,
    ONE_POSITIVE,
    Interval,
    Method,
    Unavailable,
    validate_level,
)

#: With fewer in the smaller class, DeLong's variance and DeLong's test are not believed alone.
FEW = 200

_Floats = npt.NDArray[np.float64]


def auroc_interval(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer] | None = None,
    level: float = LEVEL,
) -> Interval | Unavailable:
    """The interval of one submission's AUROC by the rule above; it contains the AUROC and lies within 0 to 1.

    As `estimate_aurocs` for the arrays, all of shape (n,), and what is raised; ValueError also for a level outside
    of 0 to 1. Unavailable with fewer than two of a class, or of the groups that hold one.
    """
    validate_level(level)
    aurocs = estimate_aurocs(labels, np.asarray(scores)[np.newaxis], groups)
    return aurocs if isinstance(aurocs, Unavailable) else interval_of(aurocs, 0, level)


def interval_of(aurocs: Aurocs, index: int, level: float = LEVEL) -> Interval | Unavailable:
    """The interval of one of the submissions in `aurocs`, by the rule above."""
    validate_level(level)
    if aurocs.covariance is None:
        return Unavailable(ONE_POSITIVE if aurocs.positive_groups == 1 else ONE_NEGATIVE)
    low, high = limits_of(aurocs, level)
    return Interval(float(low[index]), float(high[index]), level, _name_method(aurocs, index, aurocs.covariance))


def _name_method(aurocs: Aurocs, index: int, covariance: Covariance) -> Method:
    if covariance.matrix[index, index] <= 0:
        return Method.NEWCOMBE
    if aurocs.is_grouped:
        return Method.SCORE_OBUCHOWSKI if has_few(aurocs) else Method.LOGIT_OBUCHOWSKI
    return Method.SCORE if has_few(aurocs) else Method.LOGIT_DELONG


def limits_of(aurocs: Aurocs, level: float = LEVEL) -> tuple[_Floats, _Floats]:
    """The limits of every submission by the rule above, of shape (k,); Newcombe's where there is no covariance."""
    values = np.array(aurocs.values)
    variances, degrees = np.zeros_like(values), np.full_like(values, np.inf)
    if aurocs.covariance is not None:
        variances, degrees = np.diag(aurocs.covariance.matrix), aurocs.covariance.degrees
    return auroc_limits(
        values,
        variances,
        degrees,
        positives=aurocs.positives,
        negatives=aurocs.negatives,
        smaller_class=aurocs.smaller_class if has_few(aurocs) else FEW,
        level=level,
    )


def has_few(aurocs: Aurocs) -> bool:
    """Whether DeLong's variance is estimated from too few; of a mean over parts there is no other."""
    return aurocs.smaller_class < FEW and aurocs.parts == 1


def auroc_limits(
    aurocs: _Floats,
    variances: _Floats,
    degrees: _Floats,
    *,
    positives: int,
    negatives: int,
    smaller_class: int | None = None,
    level: float = LEVEL,
) -> tuple[_Floats, _Floats]:
    """The limits by the rule above, of AUROCs on sets of one size.

    `variances` are DeLong's, or Obuchowski's where rows come in groups, and `degrees` their degrees of freedom.
    `smaller_class` counts its groups; None where each antibody is its own.
    """
    few = min(positives, negatives) if smaller_class is None else smaller_class
    low, high = score_limits(aurocs, variances, degrees, positives=positives, negatives=negatives, level=level)
    if few < FEW:
        return low, high
    has_spread = variances > 0
    logit_low, logit_high = logit_limits(aurocs, variances, degrees, level=level)
    return np.where(has_spread, logit_low, low), np.where(has_spread, logit_high, high)


def logit_limits(
    aurocs: _Floats, variances: _Floats, degrees: _Floats, *, level: float = LEVEL
) -> tuple[_Floats, _Floats]:
    """log(A / (1 - A)) -+ t SE / (A (1 - A)), taken back to the scale of A; A itself where SE is 0.

    On the logit scale limits stay within 0 to 1 and cover better (Qin and Hotilovac 2008, Stat Methods Med Res
    17:207; Perme and Manevski 2019, ibid. 28:3755). SE^2 = a + b is the sum of a variance estimated from p
    antibodies and one from q, so t has Satterthwaite's degrees of freedom (1946, Biometrics Bull 2:110),
    (a + b)^2 / (a^2 / (p - 1) + b^2 / (q - 1)): those of Brunner and Munzel 2000 (Biom J 42:17), whose statistic
    this is.
    """
    has_spread = variances > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        half = _quantile(degrees, level) * np.sqrt(variances) / (aurocs * (1 - aurocs))
        low, high = expit(logit(aurocs) - half), expit(logit(aurocs) + half)
    return (
        np.where(has_spread, np.minimum(low, aurocs), aurocs),
        np.where(has_spread, np.maximum(high, aurocs), aurocs),
    )


def score_limits(
    aurocs: _Floats,
    variances: _Floats,
    degrees: _Floats,
    *,
    positives: int,
    negatives: int,
    level: float = LEVEL,
) -> tuple[_Floats, _Floats]:
    """The AUROCs A with |estimate - A| <= t sqrt(c V(A)), where c = max(1, S^2 / V(estimate)).

    V is the variance of Newcombe 2006 (Stat Med 25:559), method 5: Hanley and McNeil's (1982, Radiology 143:29)
    with the mean of both class sizes less 1, N, where theirs has each size less 1:

        V(A) = A (1 - A) (1 + N (1 - A) / (2 - A) + N A / (1 + A)) / (p q),  N = (p + q) / 2 - 1

    S^2 is the variance that the scores show and t its quantile, so c widens the limits where the classes are unlike
    what V takes them for, as they are where the scores of one are spread further. Where S^2 is 0 there is nothing
    to estimate degrees from: the quantile is the normal one and the limits are Newcombe's own.

    The root of V is concave in A, as a geometric mean of two concave functions, so there is one limit on each side.
    """
    has_spread = variances > 0
    quantile = np.where(has_spread, _quantile(degrees, level), _normal_quantile(level))
    reach = quantile * np.sqrt(_widening(aurocs, variances, positives, negatives))

    def find_limit(end: float) -> _Floats:
        inside, outside = aurocs, np.full_like(aurocs, end)
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            reached = np.abs(aurocs - middle) <= reach * np.sqrt(_planned(middle, positives, negatives))
            inside, outside = np.where(reached, middle, inside), np.where(reached, outside, middle)
        # At the end itself the error is 0, so it is reached from there and nowhere else.
        return np.where(aurocs == end, end, inside)

    return find_limit(0.0), find_limit(1.0)


def variance_at(truth: _Floats, aurocs: _Floats, variances: _Floats, *, positives: int, negatives: int) -> _Floats:
    """What the variance of an estimate would be if the AUROC were `truth`: c V(truth), as in `score_limits`."""
    return _widening(aurocs, variances, positives, negatives) * _planned(truth, positives, negatives)


def _planned(truth: _Floats, positives: int, negatives: int) -> _Floats:
    """V."""
    mean_less_one = (positives + negatives) / 2 - 1
    spread = 1 + mean_less_one * ((1 - truth) / (2 - truth) + truth / (1 + truth))
    return np.asarray(truth * (1 - truth) * spread / (positives * negatives))


def _widening(aurocs: _Floats, variances: _Floats, positives: int, negatives: int) -> _Floats:
    """c, which is 1 where S^2 is 0."""
    has_spread = variances > 0
    at_estimate = np.where(has_spread, _planned(aurocs, positives, negatives), 1.0)
    return np.where(has_spread, np.maximum(1.0, variances / np.where(at_estimate > 0, at_estimate, 1.0)), 1.0)


#: Of an interval within 0 to 1: more would change no bit of a limit above 1e-4.
_HALVINGS = 64


def _quantile(degrees: _Floats, level: float) -> _Floats:
    """Of Student's t; infinite degrees are the normal distribution's."""
    finite = np.where(np.isfinite(degrees), degrees, 1.0)
    return np.where(np.isfinite(degrees), stdtrit(finite, (1 + level) / 2), _normal_quantile(level))


def _normal_quantile(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
