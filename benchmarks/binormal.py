"""Many simulated sets at once, whose truth is known, and their AUROCs with DeLong's variances.

Scores are binormal: those of specific antibodies are standard normal, those of polyreactive ones are normal with
the mean that gives the true AUROC, at a given standard deviation. With a standard deviation other than 1 the ROC
curve has another shape and not another area. The first `positives` columns of an array of scores are the
polyreactive.

Placements are found here by one sort along each set, without ties: a second implementation of `covariance`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimates:
    """Of each of `runs` sets the AUROCs of k submissions, (runs, k), and both classes' parts, (runs, k, k)."""

    values: Floats
    from_positives: Floats
    from_negatives: Floats
    positives: int
    negatives: int

    @property
    def covariance(self) -> Floats:
        """DeLong's."""
        return self.from_positives + self.from_negatives

    @property
    def variances(self) -> Floats:
        """Of each AUROC, (runs, k)."""
        return np.diagonal(self.covariance, axis1=1, axis2=2)

    @property
    def degrees(self) -> Floats:
        """Satterthwaite's, of each variance, (runs, k)."""
        own = (np.diagonal(part, axis1=1, axis2=2) for part in (self.from_positives, self.from_negatives))
        return satterthwaite(*own, self.positives, self.negatives)


def open_stream(*seed: int) -> np.random.RandomState:
    """Random numbers that are the same with every version of numpy, which those of default_rng need not be."""
    return np.random.RandomState(list(seed))


def binormal_mean(auroc: float, deviation: float = 1.0) -> float:
    """The mean of the polyreactive that gives this AUROC: z(A) sqrt(1 + SD^2)."""
    return NormalDist().inv_cdf(auroc) * math.hypot(1, deviation)


def draw_scores(
    stream: np.random.RandomState,
    shape: tuple[int, int, int],
    truth: Floats,
    spreads: Floats,
    correlation: float,
) -> Floats:
    """Scores of shape (runs, k, positives + negatives), for `shape` (runs, positives, negatives).

    `truth` and `spreads`, of shape (k,), are the AUROCs and the standard deviations of the polyreactive; any two
    submissions have the same correlation within a class.
    """
    runs, positives, negatives = shape
    shared = stream.standard_normal((runs, 1, positives + negatives))
    scores = stream.standard_normal((runs, truth.size, positives + negatives))
    scores *= math.sqrt(1 - correlation)
    scores += math.sqrt(correlation) * shared
    means = np.array([binormal_mean(auroc, spread) for auroc, spread in zip(truth, spreads, strict=True)])
    scores[:, :, :positives] *= spreads[:, np.newaxis]
    scores[:, :, :positives] += means[:, np.newaxis]
    return scores


def estimate(scores: Floats, positives: int) -> Estimates:
    """The AUROCs of `scores`, of shape (runs, k, n), no two of a row alike."""
    negatives = scores.shape[2] - positives
    order = np.argsort(scores, axis=2)
    is_positive = order < positives
    beaten = np.cumsum(~is_positive, axis=2, dtype=np.int32)
    beating = positives - np.cumsum(is_positive, axis=2, dtype=np.int32)
    placements = np.empty(scores.shape)
    np.put_along_axis(placements, order, np.where(is_positive, beaten, beating), axis=2)
    above, below = placements[:, :, :positives] / negatives, placements[:, :, positives:] / positives
    values = above.mean(axis=2)
    return Estimates(values, _spread(above), _spread(below), positives, negatives)


def satterthwaite(above: Floats, below: Floats, positives: int, negatives: int) -> Floats:
    """Degrees of freedom of the sum of two variances; infinite where both are 0."""
    spread = np.square(above) / (positives - 1) + np.square(below) / (negatives - 1)
    degrees = np.full(above.shape, np.inf)
    np.divide(np.square(above + below), spread, out=degrees, where=spread > 0)
    return degrees


def _spread(placements: Floats) -> Floats:
    """The covariance of the means over the last axis."""
    size = placements.shape[2]
    deviations = placements - placements.mean(axis=2, keepdims=True)
    return np.asarray(deviations @ deviations.transpose(0, 2, 1) / (size * (size - 1)))
