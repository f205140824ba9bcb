"""Metrics of the order that scores put antibodies in; only comparisons of scores enter, never differences.

Scores may therefore be as large or as small as a double can be. Counts are whole numbers until the last
division, so a value depends on neither the order of the rows nor the machine.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from polyreact.metrics.counts import NO_NEGATIVES, NO_POSITIVES
from polyreact.metrics.interface import MetricValue

#: The sensitivity at which specificity is told.
SENSITIVITY = Fraction(9, 10)
#: How many antibodies a short list has.
SHORT_LIST = 10

FEWER_THAN_SHORT_LIST = f"this set has fewer than {SHORT_LIST} antibodies"


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


def specificity_at_sensitivity(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], sensitivity: Fraction = SENSITIVITY
) -> MetricValue:
    """The highest specificity of all thresholds that find at least `sensitivity` of the polyreactive. O(n log n).

    `labels` are 0 or 1 and `scores` finite, both of shape (n,). A threshold calls every antibody of one score the
    same, and nothing is interpolated between two: that would be a classifier nobody has. So scores that are all
    equal have 0, the specificity of calling everything polyreactive. With 9 polyreactive or fewer, .90 means all.
    """
    positives, negatives = (counts[::-1] for counts in _count_by_score(labels, scores))
    total_positives, total_negatives = int(positives.sum()), int(negatives.sum())
    if total_positives == 0:
        return MetricValue(None, NO_POSITIVES)
    if total_negatives == 0:
        return MetricValue(None, NO_NEGATIVES)
    needed = math.ceil(sensitivity * total_positives)
    last = int(np.searchsorted(np.cumsum(positives), needed))
    return MetricValue(int(negatives[last + 1 :].sum()) / total_negatives)


def precision_at_positives(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> MetricValue:
    """The share of polyreactive among the k highest scores, where k is how many are polyreactive (R-precision).

    There it equals the sensitivity, and 1 can be reached in every set. Ties as in `precision_at_short_list`.
    """
    return _precision_at(labels, scores, int(labels.sum()))


def precision_at_short_list(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]) -> MetricValue:
    """The share of polyreactive among the SHORT_LIST highest scores. O(n log n).

    `labels` are 0 or 1 and `scores` finite, both of shape (n,). Where the list ends among equal scores, the
    value is the mean over all orders of these, in closed form (McSherry and Najork 2008, ECIR, LNCS 4956:414): the
    places left are filled with their own share of polyreactive. Where fewer than SHORT_LIST are polyreactive, 1 is
    out of reach.
    """
    if labels.size < SHORT_LIST:
        return MetricValue(None, FEWER_THAN_SHORT_LIST)
    return _precision_at(labels, scores, SHORT_LIST)


def _precision_at(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], listed: int) -> MetricValue:
    positives, negatives = (counts[::-1] for counts in _count_by_score(labels, scores))
    if not positives.any():
        return MetricValue(None, NO_POSITIVES)
    sizes = positives + negatives
    reached = np.cumsum(sizes)
    cut = int(np.searchsorted(reached, listed))  # the score at which the list ends
    tied, tied_positives = int(sizes[cut]), int(positives[cut])
    places = listed - int(reached[cut] - sizes[cut])
    return MetricValue((int(positives[:cut].sum()) * tied + places * tied_positives) / (listed * tied))


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
