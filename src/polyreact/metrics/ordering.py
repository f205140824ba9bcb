"""Metrics of the order that scores put antibodies in; only comparisons of scores enter, never differences.

Scores may therefore be as large or as small as a double can be. Counts are whole numbers until the last
division, so a value depends on neither the order of the rows nor the machine.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from polyreact.metrics.counts import NO_NEGATIVES, NO_POSITIVES
from polyreact.metrics.interface import MetricValue


def roc_auc(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> MetricValue:
    """The Mann-Whitney probability that a polyreactive antibody scores above a specific one, ties half.

    `labels` are 0 or 1 and `scores` finite, both of shape (n,). O(n log n).
    """
    positives, negatives = _count_by_score(labels, scores)
    total_positives, total_negatives = int(positives.sum()), int(negatives.sum())
    if total_positives == 0:
        return MetricValue(None, NO_POSITIVES)
    if total_negatives == 0:
        return MetricValue(None, NO_NEGATIVES)
    negatives_below = np.cumsum(negatives) - negatives
    twice_wins = int((positives * (2 * negatives_below + negatives)).sum())
    return MetricValue(twice_wins / (2 * total_positives * total_negatives))


def average_precision(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> MetricValue:
    """The step sum of precision over gains in sensitivity, one step per distinct score. O(n log n).

    `labels` are 0 or 1 and `scores` finite, both of shape (n,). Not interpolated: scikit-learn's definition.
    """
    positives, negatives = (counts[::-1] for counts in _count_by_score(labels, scores))
    total_positives = int(positives.sum())
    if total_positives == 0:
        return MetricValue(None, NO_POSITIVES)
    found = np.cumsum(positives)
    steps = positives * (found / (found + np.cumsum(negatives)))
    return MetricValue(min(1.0, math.fsum(steps.tolist()) / total_positives))


def _count_by_score(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How many of each class have each distinct score, lowest score first."""
    order = np.argsort(scores, kind="stable")
    in_order = scores[order]
    starts = np.concatenate(([0], np.flatnonzero(in_order[1:] != in_order[:-1]) + 1))
    sizes = np.diff(np.append(starts, in_order.size))
    positives = np.add.reduceat(labels[order].astype(np.int64), starts)
    return positives, sizes - positives
