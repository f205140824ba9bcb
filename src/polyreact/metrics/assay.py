"""Agreement of the score with the continuous measurement that the labels were cut from."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from polyreact.metrics.interface import MetricValue

NO_ASSAY = "there are no assay values for this set"
FEWER_THAN_TWO = "fewer than two antibodies have an assay value"
ONE_SCORE = "all antibodies with an assay value have the same score"
ONE_ASSAY_VALUE = "all antibodies have the same assay value"


def spearman(scores: npt.NDArray[np.floating], assay: npt.NDArray[np.floating] | None) -> MetricValue:
    """Pearson's correlation of mean ranks, ties having the mean of their ranks. O(n log n).

    `scores` are finite and `assay` finite or, for an antibody without a value, NaN; both of shape (n,), higher for
    the more polyreactive. Antibodies without a value are left out before ranking. Ranks are doubled and centred to
    whole numbers and summed as such, so the value depends on neither the order of the rows nor the machine.
    """
    if assay is None:
        return MetricValue(None, NO_ASSAY)
    measured = ~np.isnan(assay)
    if np.count_nonzero(measured) < 2:  # noqa: PLR2004 one point has no direction
        return MetricValue(None, FEWER_THAN_TWO)
    ours, theirs = _centred_ranks(scores[measured]), _centred_ranks(assay[measured])
    for ranks, reason in ((ours, ONE_SCORE), (theirs, ONE_ASSAY_VALUE)):
        if not any(ranks):
            return MetricValue(None, reason)
    correlation = _dot(ours, theirs) / math.sqrt(_dot(ours, ours) * _dot(theirs, theirs))
    return MetricValue(max(-1.0, min(1.0, correlation)))  # the root is rounded


def _centred_ranks(values: npt.NDArray[np.floating]) -> list[int]:
    """Twice the distance of each value's mean rank from the middle rank."""
    _, places, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return (2 * np.cumsum(sizes) - sizes - values.size)[places].tolist()  # type: ignore[no-any-return]


def _dot(one: list[int], other: list[int]) -> int:
    # Of Python's whole numbers, which do not overflow: the sum grows with the cube of the rows.
    return sum(a * b for a, b in zip(one, other, strict=True))
