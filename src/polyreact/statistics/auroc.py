"""The AUROC of one or several submissions: how sure it is, and how several vary together.

The rule of `auroc_interval`. DeLong's standard error on the logit scale with Satterthwaite's degrees of freedom;
where the smaller class has fewer than FEW the wider of its limits and Newcombe's; Newcombe's alone where DeLong's
standard error is 0, as it is at an AUROC of 0 or 1 and where all scores are equal. `benchmarks/coverage.py` shows
how often each covers.

Functions named `..._limits` take arrays of any one shape and give two of it, so that a simulation calls what the
board calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, stdtrit

from polyreact.statistics.interval import (
    LEVEL,
    NO_NEGATIVES,
    NO_POSITIVES,
    Interval,
    Method,
    Unavailable,
    validate_level,
)

ONE_POSITIVE = "an interval needs two polyreactive antibodies, and this set has one"
ONE_NEGATIVE = "an interval needs two specific antibodies, and this set has one"

#: With fewer in the smaller class an interval is the wider of two.
FEW = 20

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placements:
    """Of each antibody, on the right side of how many of the other class its score is, ties half; all doubled.

    `positives` is of shape (p,) and counts the specific below, `negatives` is of shape (q,) and counts the
    polyreactive above. Doubled they are whole numbers, so that what follows is exact and knows no order of rows.
    """

    positives: npt.NDArray[np.int64]
    negatives: npt.NDArray[np.int64]

    @property
    def auroc(self) -> float:
        """The share of pairs of a polyreactive and a specific antibody that are in order, ties half."""
        return int(self.positives.sum()) / (2 * self.positives.size * self.negatives.size)


@dataclass(frozen=True, slots=True)
class Delong:
    """The AUROCs of k submissions on the same antibodies and their covariance, split by where it comes from.

    `aurocs` is of shape (k,), `from_positives` and `from_negatives` of shape (k, k): what either class adds to the
    covariance. `positives` and `negatives` count the antibodies.
    """

    aurocs: _Floats
    from_positives: _Floats
    from_negatives: _Floats
    positives: int
    negatives: int

    @property
    def covariance(self) -> _Floats:
        """Of shape (k, k), the variances on its diagonal."""
        return self.from_positives + self.from_negatives


def place(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> Placements:
    """The placements of one submission's scores, from one sort (Sun and Xu 2014, IEEE Signal Process Lett 21:1389).

    `labels` are 0 or 1 and `scores` finite, both of shape (n,). O(n log n).
    """
    distinct, score_of = np.unique(scores, return_inverse=True)
    is_positive = labels == 1
    positives = np.bincount(score_of[is_positive], minlength=distinct.size)
    negatives = np.bincount(score_of[~is_positive], minlength=distinct.size)
    below = 2 * np.cumsum(negatives) - negatives
    above = 2 * (positives.sum() - np.cumsum(positives)) + positives
    return Placements(below[score_of[is_positive]], above[score_of[~is_positive]])


def delong(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> Delong | Unavailable:
    """AUROCs and their covariance by DeLong, DeLong and Clarke-Pearson 1988 (Biometrics 44:837).

    With X and Y the placements of k submissions as shares and S their sample covariance it is S(X) / p + S(Y) / q,
    where p and q count the polyreactive and the specific. O(k n log n + k^2 n).

    `labels` are 0 or 1, of shape (n,), and `scores` finite, of shape (k, n); raises ValueError where they are not.
    Unavailable with fewer than two of a class.
    """
    _validate(labels, scores)
    positives = int(np.count_nonzero(labels == 1))
    negatives = labels.size - positives
    reason = _missing(positives, negatives)
    if reason is not None:
        return Unavailable(reason)
    placed = [place(labels, row) for row in scores]
    return Delong(
        aurocs=np.array([placements.auroc for placements in placed]),
        from_positives=_covariance_of_mean(
            np.array([placements.positives for placements in placed]), 2 * negatives
        ),
        from_negatives=_covariance_of_mean(
            np.array([placements.negatives for placements in placed]), 2 * positives
        ),
        positives=positives,
        negatives=negatives,
    )


def auroc_interval(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], level: float = LEVEL
) -> Interval | Unavailable:
    """The interval of one submission's AUROC by the rule above; it contains the AUROC and lies within 0 to 1.

    `labels` are 0 or 1 and `scores` finite, both of shape (n,); raises ValueError where they are not, and for a
    level outside of 0 to 1. Unavailable with fewer than two of a class.
    """
    estimate = delong(labels, np.asarray(scores)[np.newaxis])
    return estimate if isinstance(estimate, Unavailable) else interval_of(estimate, 0, level)


def interval_of(estimate: Delong, index: int, level: float = LEVEL) -> Interval:
    """The interval of one of the submissions in `estimate`, by the rule above."""
    validate_level(level)
    parts = (float(part[index, index]) for part in (estimate.from_positives, estimate.from_negatives))
    low, high = auroc_limits(
        *(np.asarray(value) for value in (float(estimate.aurocs[index]), *parts)),
        positives=estimate.positives,
        negatives=estimate.negatives,
        level=level,
    )
    if estimate.covariance[index, index] == 0:
        method = Method.NEWCOMBE
    elif min(estimate.positives, estimate.negatives) < FEW:
        method = Method.WIDER
    else:
        method = Method.LOGIT_DELONG
    return Interval(float(low), float(high), level, method)


def auroc_limits(
    aurocs: _Floats,
    from_positives: _Floats,
    from_negatives: _Floats,
    *,
    positives: int,
    negatives: int,
    level: float = LEVEL,
) -> tuple[_Floats, _Floats]:
    """The limits by the rule above, of AUROCs on sets of one size.

    `from_positives` and `from_negatives` are the two parts of DeLong's variance.
    """
    low, high = logit_delong_limits(
        aurocs, from_positives, from_negatives, positives=positives, negatives=negatives, level=level
    )
    is_exact = from_positives + from_negatives == 0
    if min(positives, negatives) >= FEW and not np.any(is_exact):
        return low, high
    newcombe_low, newcombe_high = newcombe_limits(aurocs, positives=positives, negatives=negatives, level=level)
    if min(positives, negatives) < FEW:
        # Where the standard error is 0, these are Newcombe's: DeLong's are the AUROC itself.
        return np.minimum(low, newcombe_low), np.maximum(high, newcombe_high)
    return np.where(is_exact, newcombe_low, low), np.where(is_exact, newcombe_high, high)


def logit_delong_limits(
    aurocs: _Floats,
    from_positives: _Floats,
    from_negatives: _Floats,
    *,
    positives: int,
    negatives: int,
    level: float = LEVEL,
) -> tuple[_Floats, _Floats]:
    """log(A / (1 - A)) -+ t SE / (A (1 - A)), taken back to the scale of A; A itself where SE is 0.

    On the logit scale limits stay within 0 to 1 and cover better (Qin and Hotilovac 2008, Stat Methods Med Res
    17:207; Perme and Manevski 2019, ibid. 28:3755). SE^2 = a + b is the sum of a variance estimated from p
    antibodies and one from q, so t has Satterthwaite's degrees of freedom (1946, Biometrics Bull 2:110),
    (a + b)^2 / (a^2 / (p - 1) + b^2 / (q - 1)): those of Brunner and Munzel 2000 (Biom J 42:17), whose statistic
    this is.
    """
    variance = from_positives + from_negatives
    has_spread = variance > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.square(from_positives) / (positives - 1) + np.square(from_negatives) / (negatives - 1)
        degrees = np.where(has_spread, np.square(variance) / spread, 1.0)
        half = stdtrit(degrees, (1 + level) / 2) * np.sqrt(variance) / (aurocs * (1 - aurocs))
        low, high = expit(logit(aurocs) - half), expit(logit(aurocs) + half)
    return (
        np.where(has_spread, np.minimum(low, aurocs), aurocs),
        np.where(has_spread, np.maximum(high, aurocs), aurocs),
    )


def newcombe_limits(
    aurocs: _Floats, *, positives: int, negatives: int, level: float = LEVEL
) -> tuple[_Floats, _Floats]:
    """Newcombe 2006 (Stat Med 25:559), method 5: the A whose own standard error just reaches the estimate.

    As Wilson's limits of a proportion, with |estimate - A| = z sqrt(V(A)). V is Hanley and McNeil's variance (1982,
    Radiology 143:29) with the mean of both class sizes less 1, N, where theirs has each size less 1:

        V(A) = A (1 - A) (1 + N (1 - A) / (2 - A) + N A / (1 + A)) / (p q),  N = (p + q) / 2 - 1

    The root of V is concave in A, as a geometric mean of two concave functions, so there is one limit on each side.
    """
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    mean_less_one = (positives + negatives) / 2 - 1

    def is_reached(truth: _Floats) -> npt.NDArray[np.bool_]:
        spread = 1 + mean_less_one * ((1 - truth) / (2 - truth) + truth / (1 + truth))
        error = np.sqrt(truth * (1 - truth) * spread / (positives * negatives))
        return np.asarray(np.abs(aurocs - truth) <= quantile * error)

    def find_limit(end: float) -> _Floats:
        inside, outside = aurocs, np.full_like(aurocs, end)
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            reached = is_reached(middle)
            inside, outside = np.where(reached, middle, inside), np.where(reached, outside, middle)
        # At the end itself the error is 0, so it is reached from there and nowhere else.
        return np.where(aurocs == end, end, inside)

    return find_limit(0.0), find_limit(1.0)


#: Of an interval within 0 to 1: more would change no bit of a limit above 1e-4.
_HALVINGS = 64


def _covariance_of_mean(doubled: npt.NDArray[np.int64], whole: int) -> _Floats:
    """The covariance of the means of placements / `whole`, from `doubled` placements of shape (k, m).

    Whole numbers until the one division, so neither the order of the rows nor the machine changes a bit.
    """
    members = doubled.shape[1]
    if float(whole) ** 2 * members > 2.0**62:
        doubled = doubled.astype(object)  # slow, and only for millions of rows: 64 bits might not hold a sum
    products = (doubled @ doubled.T).astype(object)
    sums = doubled.sum(axis=1).astype(object)
    strays = members * products - np.outer(sums, sums)
    return np.asarray(strays / (members**2 * (members - 1) * whole**2), dtype=np.float64)


def _missing(positives: int, negatives: int) -> str | None:
    reasons = (
        (positives == 0, NO_POSITIVES),
        (negatives == 0, NO_NEGATIVES),
        (positives == 1, ONE_POSITIVE),
        (negatives == 1, ONE_NEGATIVE),
    )
    return next((reason for is_so, reason in reasons if is_so), None)


def _validate(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> None:
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"labels must be of shape (n,) with n > 0, not {labels.shape}")
    if not bool(np.all((labels == 0) | (labels == 1))):
        raise ValueError("labels must be 0 or 1")
    if scores.ndim != 2 or scores.shape[1] != labels.size:  # noqa: PLR2004 - submissions and antibodies
        raise ValueError(f"scores must be of shape (k, {labels.size}), not {scores.shape}")
    if not bool(np.all(np.isfinite(scores))):
        raise ValueError("scores must be finite")
