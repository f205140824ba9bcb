"""Metrics of hard predictions: functions of the four counts at the submission's own threshold.

Where scikit-learn substitutes 0 for a quotient by zero (with a warning, or for `mcc` without one), the value
here is not available and the reason says why; everywhere else the two agree.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from polyreact.metrics.interface import ConfusionMatrix, MetricValue

NO_POSITIVES = "no antibody in this set is polyreactive"
NO_NEGATIVES = "no antibody in this set is specific"
NO_POSITIVE_PREDICTIONS = "no antibody was predicted to be polyreactive"
NO_NEGATIVE_PREDICTIONS = "no antibody was predicted to be specific"
NO_POSITIVES_AT_ALL = "no antibody in this set is polyreactive and none was predicted to be"


def count_confusion(labels: npt.NDArray[np.integer], predictions: npt.NDArray[np.integer]) -> ConfusionMatrix:
    """The four counts of two arrays of 0 and 1, both of shape (n,)."""
    table = np.bincount(2 * labels.astype(np.int64) + predictions.astype(np.int64), minlength=4)
    true_negatives, false_positives, false_negatives, true_positives = (int(count) for count in table)
    return ConfusionMatrix(true_negatives, false_positives, false_negatives, true_positives)


def accuracy(counts: ConfusionMatrix) -> MetricValue:
    """The share of predictions that are right; `counts` may not be empty."""
    return MetricValue((counts.true_positives + counts.true_negatives) / counts.total)


def balanced_accuracy(counts: ConfusionMatrix) -> MetricValue:
    """The mean of sensitivity and specificity."""
    sensitive, specific = sensitivity(counts), specificity(counts)
    if sensitive.value is None:
        return sensitive
    if specific.value is None:
        return specific
    return MetricValue((sensitive.value + specific.value) / 2)


def sensitivity(counts: ConfusionMatrix) -> MetricValue:
    """The share of the polyreactive that were predicted to be."""
    return _share(counts.true_positives, counts.positives, NO_POSITIVES)


def specificity(counts: ConfusionMatrix) -> MetricValue:
    """The share of the specific that were predicted to be."""
    return _share(counts.true_negatives, counts.negatives, NO_NEGATIVES)


def precision(counts: ConfusionMatrix) -> MetricValue:
    """The share of the predicted polyreactive that are."""
    return _share(counts.true_positives, counts.true_positives + counts.false_positives, NO_POSITIVE_PREDICTIONS)


def f1(counts: ConfusionMatrix) -> MetricValue:
    """The harmonic mean of sensitivity and precision, 0 where the two sets exist and do not meet."""
    twice = 2 * counts.true_positives
    return _share(twice, twice + counts.false_positives + counts.false_negatives, NO_POSITIVES_AT_ALL)


def mcc(counts: ConfusionMatrix) -> MetricValue:
    """Matthews' correlation; the products are whole numbers of any size, so nothing overflows."""
    predicted_positives = counts.true_positives + counts.false_positives
    predicted_negatives = counts.true_negatives + counts.false_negatives
    margins = {
        NO_POSITIVES: counts.positives,
        NO_NEGATIVES: counts.negatives,
        NO_POSITIVE_PREDICTIONS: predicted_positives,
        NO_NEGATIVE_PREDICTIONS: predicted_negatives,
    }
    for reason, margin in margins.items():
        if margin == 0:
            return MetricValue(None, reason)
    covariance = counts.true_positives * counts.true_negatives - counts.false_positives * counts.false_negatives
    return MetricValue(_clamp(covariance / math.sqrt(math.prod(margins.values()))))


def youden(counts: ConfusionMatrix) -> MetricValue:
    """Sensitivity + specificity - 1, as one quotient of whole numbers; 0 where all are called the same."""
    if counts.positives == 0:
        return MetricValue(None, NO_POSITIVES)
    if counts.negatives == 0:
        return MetricValue(None, NO_NEGATIVES)
    excess = counts.true_positives * counts.true_negatives - counts.false_positives * counts.false_negatives
    return MetricValue(excess / (counts.positives * counts.negatives))


def _share(part: int, whole: int, reason: str) -> MetricValue:
    return MetricValue(part / whole) if whole else MetricValue(None, reason)


def _clamp(correlation: float) -> float:
    # The root is rounded, so a perfect table of awkward size could land one ulp beyond 1.
    return max(-1.0, min(1.0, correlation))
