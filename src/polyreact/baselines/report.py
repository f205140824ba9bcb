"""What a training run found, in numbers: each scheme of cross-validation, with the benchmark's own intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from polyreact.baselines.classifiers.interface import Labels
from polyreact.baselines.training_data import TrainingSet
from polyreact.baselines.validation import OutOfFold, Scheme
from polyreact.datasets.tables import render_csv
from polyreact.evaluation.measure import Measurement, measure
from polyreact.metrics.interface import MetricValue
from polyreact.metrics.ordering import roc_auc
from polyreact.statistics.interval import LEVEL, Interval, Unavailable
from polyreact.tracks.track import order_folds

#: Of the report for a person, in order.
SHOWN = ("accuracy", "balanced_accuracy", "roc_auc", "average_precision", "mcc")


def build_metrics(data: TrainingSet, found: Mapping[Scheme, OutOfFold]) -> dict[str, object]:
    """All figures of a run as they are kept.

    Of each scheme: `pooled`, all out-of-fold predictions as one table, at the classifier's own threshold; the same
    at the threshold that the other folds taught; and the mean and standard deviation of accuracy and AUROC over the
    folds, which is what papers give. Intervals take clones for what belongs together.
    """
    return {
        "antibodies": len(data.labels),
        "specific": int((data.labels == 0).sum()),
        "polyreactive": int(data.labels.sum()),
        "clones": len(set(data.clones)),
        "interval_level": LEVEL,
        "validation": {scheme.value: _describe(data, one) for scheme, one in found.items()},
    }


def measure_pooled(data: TrainingSet, found: OutOfFold, decisions: Labels) -> Measurement:
    """All metrics of out-of-fold predictions as one table, with intervals by clone."""
    groups = np.unique(data.clones, return_inverse=True)[1].astype(np.int64)
    return measure(data.labels, decisions, found.scores, is_probability=found.is_probability, groups=groups)


def render_predictions(data: TrainingSet, found: OutOfFold) -> bytes:
    """The out-of-fold predictions in the form that submissions have, so that `polyreact score` reads them."""
    rows = zip(data.antibodies, found.chosen, found.scores, strict=True)
    return render_csv(
        ("sequence_id", "prediction", "score"),
        [(antibody.sequence_id, str(int(decision)), repr(float(score))) for antibody, decision, score in rows],
    )


def render_folds(data: TrainingSet, found: Mapping[Scheme, OutOfFold]) -> bytes:
    """The fold of each antibody in each scheme, and its clone."""
    columns = [found[scheme].fold_of for scheme in found]
    rows = zip((antibody.sequence_id for antibody in data.antibodies), data.clones, *columns, strict=True)
    return render_csv(("sequence_id", "clone", *(scheme.value for scheme in found)), list(rows))


def _describe(data: TrainingSet, found: OutOfFold) -> dict[str, object]:
    folds = []
    named = np.asarray(found.fold_of)
    for fold in order_folds(found.fold_of):
        chosen = named == fold
        auroc = roc_auc(data.labels[chosen], found.scores[chosen])
        accuracy = float((found.natural[chosen] == data.labels[chosen]).mean())
        folds.append({"fold": fold, "antibodies": int(chosen.sum()), "accuracy": accuracy, "roc_auc": auroc.value})
    return {
        "folds": folds,
        "over_folds": {key: _spread([fold[key] for fold in folds]) for key in ("accuracy", "roc_auc")},
        "pooled": _as_data(measure_pooled(data, found, found.natural)),
        "pooled_at_chosen_threshold": _as_data(measure_pooled(data, found, found.chosen)),
    }


def _spread(values: list[object]) -> dict[str, float | None]:
    """Mean and standard deviation (with n - 1); None where any fold has no value."""
    known = [float(value) for value in values if isinstance(value, float)]
    if len(known) < len(values):
        return {"mean": None, "standard_deviation": None}
    mean = math.fsum(known) / len(known)
    return {"mean": mean, "standard_deviation": float(np.std(known, ddof=1)) if len(known) > 1 else None}


def _as_data(measured: Measurement) -> dict[str, object]:
    values = measured.table.metrics
    return {
        "confusion": asdict(measured.table.confusion),
        "metrics": {key: _with_interval(value, measured.intervals.get(key)) for key, value in values.items()},
    }


def _with_interval(value: MetricValue, interval: Interval | Unavailable | None) -> dict[str, object]:
    if isinstance(interval, Interval):
        return {"value": value.value, "low": interval.low, "high": interval.high, "method": interval.method.value}
    reason = value.reason or (interval.reason if interval else None)
    return {"value": value.value, "no_interval": reason}
