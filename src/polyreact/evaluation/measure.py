"""Metrics and how sure they are, of one table of predictions: numbers in, numbers out, nothing read or kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from polyreact.metrics.interface import ConfusionMatrix, MetricValue, ScoreTable
from polyreact.metrics.score import score_table
from polyreact.sequences import SequenceId
from polyreact.statistics import proportions
from polyreact.statistics.auroc import auroc_interval, interval_of
from polyreact.statistics.bootstrap import grouped_intervals
from polyreact.statistics.correlation import spearman_interval
from polyreact.statistics.covariance import Aurocs, average_aurocs, estimate_aurocs
from polyreact.statistics.interval import Interval, Unavailable
from polyreact.statistics.means import mean_interval
from polyreact.submission.predictions import Prediction
from polyreact.tracks.track import order_folds

BIASED = "its estimate is biased itself where few are polyreactive: read it beside the share of polyreactive"
NONE_KNOWN = "none is known that covers on small sets"
ONLY_AUROC = "made for the mean of AUROC only"
GROUPED = "none is made where antibodies come in groups"

_Whole = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
#: An interval for each metric that has a value, or why there is none, by the metric's key.
Intervals = Mapping[str, Interval | Unavailable]


@dataclass(frozen=True, slots=True)
class Truth:
    """What predictions are measured against, by sequence id.

    `assay` has the values of those antibodies that have one, higher for the more polyreactive. `group_of` names
    antibodies that are not independent of each other by one word. Both are None where the set has none.
    """

    labels: Mapping[SequenceId, int]
    assay: Mapping[SequenceId, float] | None = None
    group_of: Mapping[SequenceId, str] | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """All metrics of a table, and their intervals."""

    table: ScoreTable
    intervals: Intervals


@dataclass(frozen=True, slots=True)
class FoldMeans:
    """The plain mean of each metric over the folds, and the interval of those that have one."""

    metrics: Mapping[str, MetricValue]
    intervals: Intervals


def measure_predictions(
    predictions: Sequence[Prediction], truth: Truth, *, score_is_probability: bool
) -> Measurement:
    """All metrics of a table whose ids are among those of `truth`, with intervals."""
    ids = [row.sequence_id for row in predictions]
    assay = None
    if truth.assay is not None:
        assay = np.fromiter((truth.assay.get(name, np.nan) for name in ids), dtype=np.float64, count=len(ids))
    return measure(
        np.fromiter((truth.labels[name] for name in ids), dtype=np.int64, count=len(ids)),
        np.fromiter((row.prediction for row in predictions), dtype=np.int64, count=len(ids)),
        np.fromiter((row.score for row in predictions), dtype=np.float64, count=len(ids)),
        is_probability=score_is_probability,
        assay=assay,
        groups=number_groups(ids, truth),
    )


def measure(
    labels: _Whole,
    predictions: _Whole,
    scores: _Floats,
    *,
    is_probability: bool,
    assay: _Floats | None = None,
    groups: _Whole | None = None,
) -> Measurement:
    """As `score_table` for the arrays, all of shape (n,); rows with equal `groups` belong together."""
    table = score_table(labels, predictions, scores, is_probability=is_probability, assay=assay)
    made = _make_intervals(labels, predictions, scores, table, groups)
    values = table.metrics
    intervals = {key: made[key] for key in values if values[key].value is not None}
    return Measurement(table, MappingProxyType(intervals))


def measure_folds(
    predictions: Sequence[Prediction],
    truth: Truth,
    fold_of: Mapping[SequenceId, str],
    *,
    score_is_probability: bool,
) -> dict[str, Measurement]:
    """All metrics of each fold's rows, by the name of the fold in the order they are shown."""
    return {
        fold: measure_predictions(rows, truth, score_is_probability=score_is_probability)
        for fold, rows in split_by_fold(predictions, fold_of).items()
    }


def split_by_fold(
    predictions: Sequence[Prediction], fold_of: Mapping[SequenceId, str]
) -> dict[str, list[Prediction]]:
    """The rows of each fold, by its name in the order they are shown."""
    return {
        fold: [row for row in predictions if fold_of[row.sequence_id] == fold]
        for fold in order_folds(fold_of[row.sequence_id] for row in predictions)
    }


def average_folds(
    predictions: Sequence[Prediction],
    truth: Truth,
    fold_of: Mapping[SequenceId, str],
    folds: Mapping[str, Measurement],
) -> FoldMeans:
    """The mean of each metric over the folds; not available where any fold lacks it.

    The interval of the mean AUROC says how it would vary with other antibodies in the folds, the fitted models
    being what they are; that other antibodies to learn from give other models is not in it.
    """
    keys = next(iter(folds.values())).table.metrics if folds else ()
    means = {key: _mean({name: fold.table.metrics[key] for name, fold in folds.items()}) for key in keys}
    intervals: dict[str, Interval | Unavailable] = {
        key: Unavailable(ONLY_AUROC) for key, mean in means.items() if mean.value is not None
    }
    if "roc_auc" in intervals:
        aurocs = estimate_fold_aurocs([predictions], truth, fold_of)
        intervals["roc_auc"] = aurocs if isinstance(aurocs, Unavailable) else interval_of(aurocs, 0)
    return FoldMeans(means, intervals)


def estimate_fold_aurocs(
    submissions: Sequence[Sequence[Prediction]], truth: Truth, fold_of: Mapping[SequenceId, str]
) -> Aurocs | Unavailable:
    """The mean over the folds of each submission's AUROC, and how these means vary together."""
    splits = [split_by_fold(predictions, fold_of) for predictions in submissions]
    parts = []
    for fold in splits[0]:
        part = estimate_submission_aurocs([split[fold] for split in splits], truth)
        if isinstance(part, Unavailable):
            return part
        parts.append(part)
    return average_aurocs(parts)


def estimate_submission_aurocs(submissions: Sequence[Sequence[Prediction]], truth: Truth) -> Aurocs | Unavailable:
    """The AUROC of each submission, whose tables are of the same antibodies, and how they vary together."""
    ids = sorted(row.sequence_id for row in submissions[0])
    scores = np.array([_in_order(rows, ids) for rows in submissions])
    labels = np.fromiter((truth.labels[name] for name in ids), dtype=np.int64, count=len(ids))
    return estimate_aurocs(labels, scores, number_groups(ids, truth))


def measure_without_neighbours(
    predictions: Sequence[Prediction],
    truth: Truth,
    free: Collection[SequenceId],
    *,
    score_is_probability: bool,
) -> Measurement | None:
    """The measurement of the predictions whose id is in `free`; None where none is left."""
    left = [row for row in predictions if row.sequence_id in free]
    return measure_predictions(left, truth, score_is_probability=score_is_probability) if left else None


def number_groups(ids: Sequence[SequenceId], truth: Truth) -> _Whole | None:
    """The number of each antibody's group, of shape (n,); None where the set has no groups."""
    if truth.group_of is None:
        return None
    return np.unique([truth.group_of[name] for name in ids], return_inverse=True)[1].astype(np.int64)


def _in_order(predictions: Sequence[Prediction], ids: Sequence[SequenceId]) -> list[float]:
    score_of = {row.sequence_id: row.score for row in predictions}
    return [score_of[name] for name in ids]


def _make_intervals(
    labels: _Whole, predictions: _Whole, scores: _Floats, table: ScoreTable, groups: _Whole | None
) -> dict[str, Interval | Unavailable]:
    """Of every metric, also of those whose value is not available."""
    return {
        **_count_intervals(labels, predictions, table.confusion, groups),
        "roc_auc": auroc_interval(labels, scores, groups),
        "brier": _loss_interval(labels, scores, table, "brier", groups),
        "log_loss": _loss_interval(labels, scores, table, "log_loss", groups),
        "spearman": _assay_interval(table, groups),
        "average_precision": Unavailable(BIASED),
        **dict.fromkeys(
            ("specificity_at_sensitivity_90", "precision_at_positives", "precision_at_10", "ece"),
            Unavailable(NONE_KNOWN),
        ),
    }


def _count_intervals(
    labels: _Whole, predictions: _Whole, counts: ConfusionMatrix, groups: _Whole | None
) -> dict[str, Interval | Unavailable]:
    right, wrong = counts.true_positives, counts.false_positives
    shares = {
        "accuracy": (proportions.accuracy, right + counts.true_negatives, counts.total),
        "sensitivity": (proportions.sensitivity, right, counts.positives),
        "specificity": (proportions.specificity, counts.true_negatives, counts.negatives),
        "precision": (proportions.precision, right, right + wrong),
    }
    pairs: dict[str, tuple[proportions.Statistic, Callable[..., Interval | Unavailable]]] = {
        "balanced_accuracy": (proportions.balanced_accuracy, proportions.balanced_accuracy_interval),
        "youden": (proportions.youden, proportions.youden_interval),
        "f1": (proportions.f1, proportions.f1_interval),
        "mcc": (proportions.mcc, proportions.mcc_interval),
    }
    alone = {key: (statistic, proportions.wilson_interval(*of)) for key, (statistic, *of) in shares.items()}
    both = {
        key: (statistic, make(right, counts.positives, wrong, counts.negatives))
        for key, (statistic, make) in pairs.items()
    }
    if groups is None:
        return {key: interval for key, (_, interval) in (alone | both).items()}
    metrics = alone | both
    intervals = grouped_intervals(list(metrics.values()), labels, predictions, groups)
    return dict(zip(metrics, intervals, strict=True))


def _loss_interval(
    labels: _Whole, scores: _Floats, table: ScoreTable, key: str, groups: _Whole | None
) -> Interval | Unavailable:
    reason = table.metrics[key].reason
    if reason is not None:
        return Unavailable(reason)
    losses = np.square(scores - labels)
    if key == "log_loss":
        losses = -np.log(np.where(labels == 1, scores, 1 - scores))
    return mean_interval(labels, losses, groups)


def _assay_interval(table: ScoreTable, groups: _Whole | None) -> Interval | Unavailable:
    metric = table.metrics["spearman"]
    if metric.value is None or table.assay_rows is None:
        return Unavailable(metric.reason or GROUPED)
    return Unavailable(GROUPED) if groups is not None else spearman_interval(metric.value, table.assay_rows)


def _mean(values: Mapping[str, MetricValue]) -> MetricValue:
    for name, metric in values.items():
        if metric.value is None:
            return MetricValue(None, f"not available in fold {name}: {metric.reason}")
    return MetricValue(float(np.mean([metric.value for metric in values.values()])))
