"""Scores and comparisons of submissions that nobody made: plausible, and consistent with each other.

A submission has a skill d: scores of the polyreactive are normal about d, those of the others about 0, so its
AUROC is Phi(d / sqrt 2). Counts follow from a threshold, standard errors from Hanley and McNeil, and those of
differences from one correlation. No antibody is drawn, and no interval here is one of the benchmark's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr, ndtri

from polyreact.datasets.catalog import Dataset
from polyreact.datasets.overlap import CUTS, Region
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.metrics import counts
from polyreact.metrics.catalog import METRICS
from polyreact.metrics.interface import ConfusionMatrix
from polyreact.metrics.resolution import standard_error
from polyreact.results.comparison_records import (
    MILLIONTH,
    NO_ERROR,
    PAIR_COLUMNS,
    TESTS,
    ComparedRecord,
    ComparisonsRecord,
)
from polyreact.results.records import (
    AuditedSetRecord,
    AuditRecord,
    ConfusionRecord,
    FoldScoreRecord,
    IntervalRecord,
    MetricRecord,
    NearestRecord,
    Record,
    ReliabilityBinRecord,
    ScoreRecord,
    WithoutNeighboursRecord,
)
from polyreact.statistics.comparison import SIGNIFICANCE, Test
from polyreact.tracks.track import Track

Z = float(ndtri(0.975))
CORRELATION = 0.6
FOLDS = ("HIV", "influenza", "mouse")
PARTS = 10
METHOD = "normal, of a large board made up"
NO_INTERVAL = "none is known that covers on small sets"
NO_PROBABILITY = "the submission does not declare its score a probability"
_WITHOUT_INTERVAL = {
    "average_precision",
    "specificity_at_sensitivity_90",
    "precision_at_positives",
    "precision_at_10",
    "ece",
}
_OF_PROBABILITIES = {"brier", "log_loss", "ece"}
_OF_COUNTS = ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "precision", "f1", "mcc", "youden")


def draw_score(
    random: np.random.Generator,
    skill: float,
    track: Track,
    dataset: Dataset,
    predictions_sha256: str,
    audit: AuditRecord | None,
    *,
    is_probability: bool,
) -> ScoreRecord:
    """A score with every metric, its interval or why it has none, and the folds of a fold track."""
    sizes = dataset.positives, dataset.negatives
    confusion, metrics = draw_metrics(random, skill, sizes, dataset, is_probability=is_probability)
    folds: dict[str, FoldScoreRecord] = {}
    means: dict[str, MetricRecord] = {}
    if track.has_folds:
        for name in FOLDS:
            size = max(2, sizes[0] // len(FOLDS)), max(2, sizes[1] // len(FOLDS))
            _, own = draw_metrics(random, skill, size, dataset, is_probability=is_probability)
            folds[name] = FoldScoreRecord(positives=size[0], negatives=size[1], metrics=own)
        means = {key: _average(key, folds) for key in metrics}
    return ScoreRecord(
        scoring_version=SCORING_VERSION,
        polyreact="0.1.0",
        predictions_sha256=predictions_sha256,
        labels_sha256=dataset.labels_sha256,
        score_is_probability=is_probability,
        confusion=ConfusionRecord(
            true_negatives=confusion.true_negatives,
            false_positives=confusion.false_positives,
            false_negatives=confusion.false_negatives,
            true_positives=confusion.true_positives,
        ),
        metrics=metrics,
        audit=audit,
        folds=folds,
        fold_means=means,
        reliability=_draw_reliability(sizes) if is_probability else (),
        assay_rows=sum(sizes) if dataset.assay_column else None,
        interval_level=0.95,
    )


def draw_metrics(
    random: np.random.Generator, skill: float, sizes: tuple[int, int], dataset: Dataset, *, is_probability: bool
) -> tuple[ConfusionMatrix, dict[str, MetricRecord]]:
    """Counts at a threshold of its own, and all metrics of the catalogue."""
    positives, negatives = sizes
    threshold = skill / 2 + random.normal(0, 0.4)
    right = int(random.binomial(positives, ndtr(skill - threshold)))
    wrong = int(random.binomial(negatives, ndtr(-threshold)))
    confusion = ConfusionMatrix(negatives - wrong, wrong, positives - right, right)
    error = standard_error(float(ndtr(skill / math.sqrt(2))), positives, negatives)
    auroc = min(1.0, max(0.0, float(ndtr(skill / math.sqrt(2))) + random.normal(0, error)))
    values: dict[str, float | None] = {key: getattr(counts, key)(confusion).value for key in _OF_COUNTS}
    values["roc_auc"] = round(2 * positives * negatives * auroc) / (2 * positives * negatives)
    for metric in METRICS:
        if metric.key not in values:
            values[metric.key] = float(np.clip(random.normal(auroc / 2, 0.1), 0.001, 0.999))
    half = {"roc_auc": Z * error}
    spread = Z * 0.5 / math.sqrt(positives + negatives)
    return confusion, {
        metric.key: _describe(metric.key, values[metric.key], half.get(metric.key, spread), dataset, is_probability)
        for metric in METRICS
    }


def draw_audit(
    random: np.random.Generator, declared: tuple[str, ...], metrics: Mapping[str, MetricRecord]
) -> AuditRecord:
    """An audit against one revision of each declared set, with all metrics in every part."""
    sets = []
    for name in declared:
        nearest = [
            NearestRecord(region=region.value, rows=86, median=round(random.uniform(0.4, 0.8), 6), maximum=1.0)
            for region in Region
        ]
        parts = [
            WithoutNeighboursRecord(region=region.value, cut=cut, rows=80, positives=25, metrics=dict(metrics))
            for region in Region
            for cut in CUTS
        ]
        sets.append(
            AuditedSetRecord(
                reference=f"{name}-r1",
                overlap_sha256=random.bytes(32).hex(),
                nearest=tuple(nearest),
                without_neighbours=tuple(parts),
            )
        )
    return AuditRecord(declared=declared, sets=tuple(sets), not_audited=())


def compare(track: Track, dataset: Dataset, records: list[Record]) -> ComparisonsRecord:
    """Every two of a track's scored records, in alphabetical order."""
    scored = [(record.submission.id, record.score) for record in records if record.score is not None]
    aurocs = np.array([_find_auroc(score) for _, score in scored])
    right = np.array([_find_right(score) for _, score in scored], dtype=np.int64)
    rows = dataset.positives + dataset.negatives
    errors = np.array([standard_error(auroc, dataset.positives, dataset.negatives) for auroc in aurocs.tolist()])
    first, second = np.triu_indices(len(scored), 1)
    pairs = np.empty(first.size, PAIR_COLUMNS)
    variance = errors[first] ** 2 + errors[second] ** 2 - 2 * CORRELATION * errors[first] * errors[second]
    error = np.sqrt(np.maximum(variance, 1e-12))  # there is none at an AUROC of 1
    difference = aurocs[first] - aurocs[second]
    _fill(pairs, "auroc", difference, error, TESTS.index(Test.DELONG))
    is_same = difference == 0
    pairs["auroc_standard_error"] = np.where(is_same, NO_ERROR, np.round(error * MILLIONTH))
    pairs["auroc_test"][is_same] = TESTS.index(Test.SAME_ORDER)
    gap = (right[first] - right[second]) / rows
    _fill(pairs, "accuracy", gap, np.full(first.size, 0.6 / math.sqrt(rows)), TESTS.index(Test.MCNEMAR))
    pairs["only_first"] = _draw_only_first(right[first], right[second], rows)
    return ComparisonsRecord(
        track=track.id,
        dataset=dataset.id,
        revision=dataset.revision,
        scoring_version=SCORING_VERSION,
        labels_sha256=dataset.labels_sha256,
        interval_level=0.95,
        group_column=dataset.group_column,
        rows=rows,
        entries=tuple(
            ComparedRecord(
                submission=name, predictions_sha256=score.predictions_sha256, auroc=auroc, right=int(own_right)
            )
            for (name, score), auroc, own_right in zip(scored, aurocs.tolist(), right, strict=True)
        ),
        pairs=pairs,
    )


def _fill(pairs: np.ndarray, metric: str, difference: np.ndarray, error: np.ndarray, test: int) -> None:
    """Limits, and the p-value that says the same of 0."""
    p_values = np.where(difference == 0, 1.0, 2 * ndtr(-np.abs(difference) / error))
    low, high = difference - Z * error, difference + Z * error
    is_told = p_values <= SIGNIFICANCE
    low = np.where(is_told & (difference > 0), np.maximum(low, 0), np.where(is_told, low, np.minimum(low, 0)))
    high = np.where(is_told & (difference < 0), np.minimum(high, 0), np.where(is_told, high, np.maximum(high, 0)))
    pairs[f"{metric}_low"] = np.round(np.maximum(low, -1) * MILLIONTH)
    pairs[f"{metric}_high"] = np.round(np.minimum(high, 1) * MILLIONTH)
    pairs[f"{metric}_p_value"] = [float(f"{p_value:.6g}") for p_value in p_values.tolist()]
    pairs[f"{metric}_test"] = test


def _draw_only_first(first: np.ndarray, second: np.ndarray, rows: int) -> np.ndarray:
    """As many as only the first is right on, between the fewest that can be and as many as if by chance."""
    fewest = np.maximum(0, first - second)
    by_chance = first * (rows - second) / rows
    return np.round(fewest + (1 - CORRELATION) * (by_chance - fewest)).astype(np.int64)


def _find_auroc(score: ScoreRecord) -> float:
    found = (score.fold_means or score.metrics)["roc_auc"].value
    assert found is not None
    return found


def _find_right(score: ScoreRecord) -> int:
    assert score.confusion is not None
    return score.confusion.true_positives + score.confusion.true_negatives


def _describe(key: str, value: float | None, half: float, dataset: Dataset, is_probability: bool) -> MetricRecord:
    if key in _OF_PROBABILITIES and not is_probability:
        return MetricRecord(value=None, reason=NO_PROBABILITY)
    if key == "spearman" and not dataset.assay_column:
        return MetricRecord(value=None, reason="there are no assay values for this set")
    if value is None:
        return MetricRecord(value=None, reason=counts.NO_POSITIVE_PREDICTIONS)
    if key in _WITHOUT_INTERVAL:
        return MetricRecord(value=value, no_interval=NO_INTERVAL)
    low, high = max(value - half, -1.0 if key in {"mcc", "youden", "spearman"} else 0.0), min(value + half, 1.0)
    interval = IntervalRecord(low=min(round(low, 6), value), high=max(round(high, 6), value), method=METHOD)
    return MetricRecord(value=value, interval=interval)


def _average(key: str, folds: Mapping[str, FoldScoreRecord]) -> MetricRecord:
    values = [fold.metrics[key].value for fold in folds.values()]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return MetricRecord(value=None, reason=f"not available in fold {FOLDS[0]}")
    mean = math.fsum(known) / len(known)
    if key != "roc_auc":
        return MetricRecord(value=mean, no_interval="made for the mean of AUROC only")
    limits = IntervalRecord(
        low=min(mean, round(mean - 0.05, 6)), high=max(mean, round(mean + 0.05, 6)), method=METHOD
    )
    return MetricRecord(value=mean, interval=limits)


def _draw_reliability(sizes: tuple[int, int]) -> tuple[ReliabilityBinRecord, ...]:
    own = [sum(sizes) // PARTS + (part < sum(sizes) % PARTS) for part in range(PARTS)]
    return tuple(
        ReliabilityBinRecord(
            above=part / PARTS,
            up_to=(part + 1) / PARTS,
            antibodies=rows,
            polyreactive=rows * part // PARTS,
            mean_score=(part + 0.5) / PARTS if rows else None,
        )
        for part, rows in enumerate(own)
    )
