"""Metrics of scores read as probabilities; made only for a submission that declares them to be."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from polyreact.metrics.interface import MetricValue

NOT_A_PROBABILITY = "the submission does not declare its score a probability"
OUTSIDE_UNIT_INTERVAL = "the score is declared a probability and lies outside 0 to 1 for some antibodies"


def brier(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], *, is_probability: bool
) -> MetricValue:
    """The mean squared distance of score and label; `labels` are 0 or 1, both arrays of shape (n,).

    The sum is exactly rounded, so it does not depend on the order of the rows.
    """
    if not is_probability:
        return MetricValue(None, NOT_A_PROBABILITY)
    if bool(np.any((scores < 0) | (scores > 1))):
        return MetricValue(None, OUTSIDE_UNIT_INTERVAL)
    return MetricValue(math.fsum(np.square(scores - labels).tolist()) / labels.size)
