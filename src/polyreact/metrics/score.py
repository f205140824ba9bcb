"""All metrics of one table of predictions."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from polyreact.metrics import calibration, counts, ordering
from polyreact.metrics.catalog import METRICS
from polyreact.metrics.interface import ScoreTable


def score_table(
    labels: npt.NDArray[np.integer],
    predictions: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    *,
    is_probability: bool,
) -> ScoreTable:
    """Every metric of the catalogue, in its order, each a finite value or the reason why there is none.

    `labels` and `predictions` are 0 or 1 and `scores` finite, all of shape (n,) with n > 0; row i of each
    belongs to the same antibody. Raises ValueError where they are not: that is a mistake of the caller,
    since a submission's table was checked before it came here.
    """
    _validate_classes("labels", labels)
    _validate_classes("predictions", predictions)
    _validate_length("predictions", predictions.size, labels.size)
    finite = _validated_scores(scores, labels.size)
    confusion = counts.count_confusion(labels, predictions)
    values = {
        "accuracy": counts.accuracy(confusion),
        "balanced_accuracy": counts.balanced_accuracy(confusion),
        "sensitivity": counts.sensitivity(confusion),
        "specificity": counts.specificity(confusion),
        "precision": counts.precision(confusion),
        "f1": counts.f1(confusion),
        "mcc": counts.mcc(confusion),
        "roc_auc": ordering.roc_auc(labels, finite),
        "average_precision": ordering.average_precision(labels, finite),
        "brier": calibration.brier(labels, finite, is_probability=is_probability),
    }
    return ScoreTable(confusion, MappingProxyType({metric.key: values[metric.key] for metric in METRICS}))


def _validate_classes(name: str, values: npt.NDArray[np.integer]) -> None:
    if values.ndim != 1:
        raise ValueError(f"{name} must be of shape (n,), not {values.shape}")
    if values.size == 0:
        raise ValueError(f"{name} are empty")
    if not bool(np.all((values == 0) | (values == 1))):
        raise ValueError(f"{name} must be 0 or 1")


def _validate_length(name: str, length: int, expected: int) -> None:
    if length != expected:
        raise ValueError(f"there are {length} {name} for {expected} labels")


def _validated_scores(scores: npt.NDArray[np.floating], expected: int) -> npt.NDArray[np.float64]:
    if scores.ndim != 1:
        raise ValueError(f"scores must be of shape (n,), not {scores.shape}")
    _validate_length("scores", scores.size, expected)
    if not bool(np.all(np.isfinite(scores))):
        raise ValueError("scores must be finite")
    return scores.astype(np.float64)
