"""All metrics of one table of predictions."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from polyreact.metrics import calibration, counts, ordering
from polyreact.metrics.assay import spearman
from polyreact.metrics.catalog import METRICS
from polyreact.metrics.interface import ScoreTable


def score_table(
    labels: npt.NDArray[np.integer],
    predictions: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    *,
    is_probability: bool,
    assay: npt.NDArray[np.floating] | None = None,
) -> ScoreTable:
    """Every metric of the catalogue, in its order, each a finite value or the reason why there is none.

    `labels` and `predictions` are 0 or 1 and `scores` finite, all of shape (n,) with n > 0; row i of each
    belongs to the same antibody. `assay` is of that shape too, higher for the more polyreactive, and NaN where an
    antibody has no value; None where the set has none. Raises ValueError where they are not: that is a mistake of
    the caller, since a submission's table was checked before it came here.
    """
    _validate_classes("labels", labels)
    _validate_classes("predictions", predictions)
    _validate_length("predictions", predictions.size, labels.size)
    finite = _validated_scores(scores, labels.size)
    if assay is not None:
        _validate_assay(assay, labels)
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
        "youden": counts.youden(confusion),
        "specificity_at_sensitivity_90": ordering.specificity_at_sensitivity(labels, finite),
        "precision_at_positives": ordering.precision_at_positives(labels, finite),
        "precision_at_10": ordering.precision_at_short_list(labels, finite),
        "log_loss": calibration.log_loss(labels, finite, is_probability=is_probability),
        "ece": calibration.ece(labels, finite, is_probability=is_probability),
        "spearman": spearman(finite, assay),
    }
    are_probabilities = calibration.find_defect(finite, is_probability=is_probability) is None
    return ScoreTable(
        confusion,
        MappingProxyType({metric.key: values[metric.key] for metric in METRICS}),
        calibration.build_reliability(labels, finite) if are_probabilities else (),
        None if assay is None else int(np.count_nonzero(~np.isnan(assay))),
    )


def _validate_assay(assay: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]) -> None:
    if assay.shape != labels.shape:
        raise ValueError(f"assay values must be of shape {labels.shape}, not {assay.shape}")
    if bool(np.any(np.isinf(assay))):
        raise ValueError("assay values must be finite, or NaN where there is none")


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
