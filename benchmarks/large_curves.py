"""Curves and distributions of scores that nobody made, from the two normals that `large_scores` takes them for."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from polyreact.datasets.catalog import Dataset
from polyreact.results.curve_records import (
    CurvesRecord,
    DistributionRecord,
    PrecisionRecallPoint,
    PrecisionRecallRecord,
    RocPoint,
    RocRecord,
    ScoreBin,
)
from polyreact.results.records import Record, ScoreRecord
from polyreact.statistics.curves import STEPS
from polyreact.statistics.distribution import BINS
from polyreact.tracks.track import Track

DECIMALS = 4
HALF_BAND = 0.08
_RATES = np.arange(STEPS + 1) / STEPS
_EDGES = np.arange(BINS + 1) / BINS


def draw_curves(record: Record, track: Track, dataset: Dataset) -> CurvesRecord | None:
    """As many points and bins as the benchmark's own curves have, by the AUROC of the score; None without one."""
    score = record.score
    if score is None:
        return None
    auroc = (score.fold_means or score.metrics)["roc_auc"].value
    assert auroc is not None
    skill = float(np.sqrt(2) * ndtri(min(0.999, max(0.001, auroc))))
    sizes = dataset.positives, dataset.negatives
    return CurvesRecord(
        track=track.id,
        dataset=track.dataset,
        revision=track.revision,
        submission=record.submission.id,
        scoring_version=score.scoring_version,
        predictions_sha256=score.predictions_sha256,
        labels_sha256=score.labels_sha256,
        score_is_probability=score.score_is_probability,
        interval_level=0.95,
        group_column=dataset.group_column,
        folds_by=track.folds_by or "",
        roc=RocRecord(points=tuple(RocPoint(*point) for point in _with_band(_RATES, _find_sensitivity(skill)))),
        precision_recall=_draw_precision_recall(skill, sizes),
        distribution=_draw_distribution(score, skill, sizes),
    )


def _find_sensitivity(skill: float) -> np.ndarray:
    """At each false positive rate: that of a threshold which so many of the others exceed."""
    return ndtr(skill + ndtri(_RATES))


def _draw_precision_recall(skill: float, sizes: tuple[int, int]) -> PrecisionRecallRecord:
    recall = _RATES[1:]
    prevalence = sizes[0] / sum(sizes)
    found = prevalence * recall
    precision = found / (found + (1 - prevalence) * ndtr(ndtri(recall) - skill))
    points = tuple(PrecisionRecallPoint(*point) for point in _with_band(recall, precision))
    return PrecisionRecallRecord(prevalence=round(prevalence, DECIMALS), points=points)


def _draw_distribution(score: ScoreRecord, skill: float, sizes: tuple[int, int]) -> DistributionRecord:
    low, high = (0.0, 1.0) if score.score_is_probability else (-3.0, 3.0 + skill)
    edges = low + (high - low) * _EDGES
    scores = ndtri(_EDGES) if score.score_is_probability else edges
    polyreactive = sizes[0] * np.diff(ndtr(scores - skill))
    antibodies = np.ceil(polyreactive + sizes[1] * np.diff(ndtr(scores)))
    bins = zip(edges[:-1].tolist(), edges[1:].tolist(), antibodies.tolist(), polyreactive.tolist(), strict=True)
    return DistributionRecord(
        bins=tuple(ScoreBin(start, stop, int(count), round(own, 1)) for start, stop, count, own in bins)
    )


def _with_band(at: np.ndarray, values: np.ndarray) -> list[list[float]]:
    columns = np.array([at, values, np.maximum(values - HALF_BAND, 0), np.minimum(values + HALF_BAND, 1)])
    points: list[list[float]] = np.round(columns.T, DECIMALS).tolist()
    return points
