"""The interval of a loss that is a mean over all antibodies, such as the Brier score and the log loss."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from polyreact.statistics.interval import (
    LEVEL,
    NO_NEGATIVES,
    NO_POSITIVES,
    Interval,
    Method,
    Unavailable,
    validate_level,
)

#: With fewer in either class the variance of their losses cannot be told from the sample.
FEW = 20
FEW_OF_A_CLASS = f"it would not cover with fewer than {FEW} antibodies of a class"


def mean_interval(
    labels: npt.NDArray[np.integer],
    losses: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer] | None = None,
    level: float = LEVEL,
) -> Interval | Unavailable:
    """The mean of `losses`, -+ t standard errors, at the class sizes of this set; never below 0.

    `labels` are 0 or 1 and `losses` finite and at least 0, both of shape (n,). The class sizes are given, so the
    variance is that of a stratified mean, sum over classes of (n_c / n)^2 s_c^2 / n_c (Cochran 1977, Sampling
    Techniques, 5.3), and t has Satterthwaite's degrees of freedom. Where rows with equal `groups` belong together
    the variance is that of the groups' sums of deviations from their class means, G / (G - 1) sum u_g^2 / n^2, and
    t has G - 1 degrees. Unavailable with fewer than FEW of a class. Raises ValueError where shapes differ.
    """
    validate_level(level)
    if labels.ndim != 1 or labels.shape != losses.shape or (groups is not None and groups.shape != labels.shape):
        raise ValueError(f"there are losses of shape {losses.shape} for labels of shape {labels.shape}")
    sizes = {1: int((labels == 1).sum()), 0: int((labels == 0).sum())}
    for label, none in ((1, NO_POSITIVES), (0, NO_NEGATIVES)):
        if sizes[label] < FEW:
            return Unavailable(FEW_OF_A_CLASS if sizes[label] else none)
    mean = math.fsum(losses.tolist()) / labels.size
    deviations = losses.astype(np.float64)
    parts = []
    for label, size in sizes.items():
        members = labels == label
        own_mean = math.fsum(losses[members].tolist()) / size
        deviations[members] -= own_mean
        squares = math.fsum(np.square(deviations[members]).tolist())
        parts.append((squares / (size - 1) * size / labels.size**2, size - 1))
    variance = sum(part for part, _ in parts)
    degrees = variance**2 / spread if (spread := sum(part**2 / free for part, free in parts)) else math.inf
    if groups is not None:
        variance, degrees = _variance_by_groups(deviations, groups)
    half = 0.0 if variance == 0 else float(stdtrit(degrees, (1 + level) / 2)) * math.sqrt(variance)
    return Interval(max(0.0, mean - half), mean + half, level, Method.MEAN)


def _variance_by_groups(
    deviations: npt.NDArray[np.float64], groups: npt.NDArray[np.integer]
) -> tuple[float, float]:
    """Of the mean, and its degrees of freedom; rows are sorted before they are summed, so no order changes a
    bit.
    """
    order = np.lexsort((deviations, groups))
    starts = np.flatnonzero(np.diff(groups[order], prepend=groups[order[0]] - 1))
    sums = np.sort(np.add.reduceat(deviations[order], starts))
    count = sums.size
    return count / (count - 1) * math.fsum(np.square(sums).tolist()) / deviations.size**2, count - 1
