"""Intervals of shares, and of what two of them make: balanced accuracy, Youden's J, F1, Matthews' correlation.

The class sizes of a set are given, so the last four are functions of two independent shares, sensitivity and the
share of the specific that are called polyreactive; all rise with the one and fall with the other. Their limits are
recovered from Wilson's of both shares (MOVER), so nothing is drawn at random. `benchmarks/coverage.py` compares
this with the bootstrap.

The metrics here, and `wilson_limits` and `mover_limits`, take arrays of any one shape.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from polyreact.statistics.interval import (
    LEVEL,
    NO_NEGATIVES,
    NO_POSITIVES,
    Interval,
    Method,
    Unavailable,
    validate_level,
)

NOTHING_COUNTED = "the share is of no antibody"
NO_POSITIVE_PREDICTIONS = "no antibody was predicted to be polyreactive"
NO_NEGATIVE_PREDICTIONS = "no antibody was predicted to be specific"

_Floats = npt.NDArray[np.float64]
#: From true positives, positives, false positives and negatives, which need not be whole.
Statistic = Callable[[_Floats, int | _Floats, _Floats, int | _Floats], _Floats]


def wilson_interval(successes: int, total: int, level: float = LEVEL) -> Interval | Unavailable:
    """Wilson's interval of a share (1927, J Am Stat Assoc 22:209); it contains the share and lies within 0 to 1.

    The shares p whose own standard error sqrt(p (1 - p) / n) just reaches what was observed. Unavailable where
    `total` is 0. Raises ValueError unless 0 <= successes <= total, and for a level outside of 0 to 1.
    """
    validate_level(level)
    _validate(successes, total)
    if total == 0:
        return Unavailable(NOTHING_COUNTED)
    low, high = wilson_limits(np.asarray(float(successes)), total, level)
    return Interval(float(low), float(high), level, Method.WILSON)


def balanced_accuracy_interval(
    true_positives: int, positives: int, false_positives: int, negatives: int, level: float = LEVEL
) -> Interval | Unavailable:
    """The interval of (sensitivity + specificity) / 2; it contains the estimate and lies within 0 to 1.

    Unavailable without either class. Raises ValueError where a count is negative or larger than its class, and for
    a level outside of 0 to 1.
    """
    return _interval(balanced_accuracy, 0.0, true_positives, positives, false_positives, negatives, level)


def youden_interval(
    true_positives: int, positives: int, false_positives: int, negatives: int, level: float = LEVEL
) -> Interval | Unavailable:
    """The interval of sensitivity + specificity - 1, within -1 to 1; else as balanced_accuracy_interval."""
    return _interval(youden, -1.0, true_positives, positives, false_positives, negatives, level)


def f1_interval(
    true_positives: int, positives: int, false_positives: int, negatives: int, level: float = LEVEL
) -> Interval | Unavailable:
    """The interval of F1 at this set's share of polyreactive antibodies; else as balanced_accuracy_interval."""
    return _interval(f1, 0.0, true_positives, positives, false_positives, negatives, level)


def mcc_interval(
    true_positives: int, positives: int, false_positives: int, negatives: int, level: float = LEVEL
) -> Interval | Unavailable:
    """The interval of Matthews' correlation at this set's share of polyreactive antibodies, within -1 to 1.

    As balanced_accuracy_interval, and unavailable as well where all predictions are the same.
    """
    if positives > 0 and negatives > 0:
        if true_positives + false_positives == 0:
            return Unavailable(NO_POSITIVE_PREDICTIONS)
        if true_positives + false_positives == positives + negatives:
            return Unavailable(NO_NEGATIVE_PREDICTIONS)
    return _interval(mcc, -1.0, true_positives, positives, false_positives, negatives, level)


def accuracy(
    true_positives: _Floats, positives: int | _Floats, false_positives: _Floats, negatives: int | _Floats
) -> _Floats:
    """The share of predictions that are right."""
    return (true_positives + negatives - false_positives) / (positives + negatives)


def sensitivity(
    true_positives: _Floats,
    positives: int | _Floats,
    false_positives: _Floats,  # noqa: ARG001 - called as the others are
    negatives: int | _Floats,  # noqa: ARG001
) -> _Floats:
    """The share of the polyreactive that are called so."""
    return true_positives / positives


def specificity(
    true_positives: _Floats,  # noqa: ARG001 - called as the others are
    positives: int | _Floats,  # noqa: ARG001
    false_positives: _Floats,
    negatives: int | _Floats,
) -> _Floats:
    """The share of the specific that are called so."""
    return 1 - false_positives / negatives


def precision(
    true_positives: _Floats,
    positives: int | _Floats,  # noqa: ARG001 - called as the others are
    false_positives: _Floats,
    negatives: int | _Floats,  # noqa: ARG001
) -> _Floats:
    """The share of those called polyreactive that are; NaN where none is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(true_positives / (true_positives + false_positives))


def balanced_accuracy(
    true_positives: _Floats, positives: int | _Floats, false_positives: _Floats, negatives: int | _Floats
) -> _Floats:
    """The mean of sensitivity and specificity."""
    return (true_positives / positives + 1 - false_positives / negatives) / 2


def youden(
    true_positives: _Floats, positives: int | _Floats, false_positives: _Floats, negatives: int | _Floats
) -> _Floats:
    """Sensitivity + specificity - 1 (Youden 1950, Cancer 3:32)."""
    return true_positives / positives - false_positives / negatives


def f1(
    true_positives: _Floats,
    positives: int | _Floats,
    false_positives: _Floats,
    negatives: int | _Floats,  # noqa: ARG001 - called as the others are
) -> _Floats:
    """2 TP / (TP + FP + positives), the harmonic mean of sensitivity and precision."""
    return 2 * true_positives / (true_positives + false_positives + positives)


def mcc(
    true_positives: _Floats, positives: int | _Floats, false_positives: _Floats, negatives: int | _Floats
) -> _Floats:
    """(TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN)); NaN where all predictions are the same."""
    called = true_positives + false_positives
    # TP TN - FP FN = TP negatives - FP positives
    covariance = true_positives * negatives - false_positives * positives
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = covariance / np.sqrt(called * (positives + negatives - called) * positives * negatives)
    return np.clip(correlation, -1.0, 1.0)


def wilson_limits(successes: _Floats, total: float, level: float = LEVEL) -> tuple[_Floats, _Floats]:
    """(x + z^2 / 2 -+ z sqrt(x (n - x) / n + z^2 / 4)) / (n + z^2), exactly 0 and 1 where x is 0 and n."""
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    centre = successes + quantile**2 / 2
    half = quantile * np.sqrt(successes * (total - successes) / total + quantile**2 / 4)
    whole = total + quantile**2
    low, high = (centre - half) / whole, (centre + half) / whole
    return np.where(successes == 0, 0.0, low), np.where(successes == total, 1.0, high)


def mover_limits(
    statistic: Statistic,
    true_positives: _Floats,
    positives: int,
    false_positives: _Floats,
    negatives: int,
    level: float = LEVEL,
) -> tuple[_Floats, _Floats]:
    """What each share alone takes the statistic down by at its own limit, squared and added; and so upwards.

    For a sum of two shares this is method 10 of Newcombe 1998 (Stat Med 17:873), named MOVER by Zou and Donner 2008
    (Stat Med 27:1693). F1 and Matthews' correlation are no sums; there it rests on the simulated coverage.
    """
    sensitivity_low, sensitivity_high = wilson_limits(true_positives, positives, level)
    called_low, called_high = wilson_limits(false_positives, negatives, level)

    def at(true_share: _Floats | None, false_share: _Floats | None) -> _Floats:
        return statistic(
            true_positives if true_share is None else true_share * positives,
            positives,
            false_positives if false_share is None else false_share * negatives,
            negatives,
        )

    estimate = at(None, None)
    below = np.hypot(estimate - at(sensitivity_low, None), estimate - at(None, called_high))
    above = np.hypot(at(sensitivity_high, None) - estimate, at(None, called_low) - estimate)
    return estimate - below, estimate + above


def _interval(
    statistic: Statistic,
    lowest: float,
    true_positives: int,
    positives: int,
    false_positives: int,
    negatives: int,
    level: float,
) -> Interval | Unavailable:
    validate_level(level)
    _validate(true_positives, positives)
    _validate(false_positives, negatives)
    if positives == 0:
        return Unavailable(NO_POSITIVES)
    if negatives == 0:
        return Unavailable(NO_NEGATIVES)
    right, wrong = np.asarray(float(true_positives)), np.asarray(float(false_positives))
    low, high = mover_limits(statistic, right, positives, wrong, negatives, level)
    return Interval(max(lowest, float(low)), min(1.0, float(high)), level, Method.MOVER)


def _validate(successes: int, total: int) -> None:
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is not a share")
