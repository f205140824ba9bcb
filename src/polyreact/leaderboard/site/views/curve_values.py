"""What is drawn of one score: curves, distribution and reliability as values, or why one of them is not there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from polyreact.leaderboard.board import Cell, Entry
from polyreact.leaderboard.site.charts import Bin, Histogram, OperatingPoint, Series
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.results.curve_records import CurvesRecord, DistributionRecord
from polyreact.results.records import ConfusionRecord, ReliabilityBinRecord, ScoreRecord
from polyreact.statistics.interval import Interval
from polyreact.statistics.proportions import wilson_interval

BAND_NOTE = (
    "Bands: 95 % at each point, not for the whole curve at once. Each point of a curve is about ten antibodies or "
    "more; the circle at the threshold is exact and may lie beside it."
)
FOLD_NOTE = "Curves are means over the folds."
OPEN_NOTE = "The outermost bins of the scores hold what lies beyond them as well."
ALL_EQUAL = "all scores are equal, so they have no distribution to draw"
#: A threshold is a stranger's number, and a longer one would not fit beside its point.
_LARGEST_SHOWN = 1e6


@dataclass(frozen=True, slots=True)
class CurveValues:
    """The values of the charts of one score; None or empty where there is none, with `reasons` in words."""

    roc: Series | None
    precision_recall: Series | None
    prevalence: float
    distribution: Histogram | None
    reliability: tuple[Bin, ...]
    notes: tuple[str, ...]
    reasons: tuple[str, ...]


def build_curve_values(entry: Entry, cell: Cell) -> CurveValues | None:
    """The charts of a cell's score; None where nothing is kept that could be drawn, as on private tracks."""
    score, curves = cell.score, cell.curves
    if score is None or (curves is None and not score.reliability):
        return None
    name = clean(entry.submission.name)
    reliability = build_reliability_bins(score.reliability)
    if curves is None:
        return CurveValues(None, None, 0.0, None, reliability, (), ())
    precision_recall = curves.precision_recall
    notes = [BAND_NOTE, FOLD_NOTE if curves.folds_by else "", OPEN_NOTE if _is_open(curves.distribution) else ""]
    return CurveValues(
        roc=build_roc_series(entry, score, curves),
        precision_recall=_series(name, precision_recall.points, score, curves, "average_precision"),
        prevalence=precision_recall.prevalence or 0.0,
        distribution=_histogram(curves.distribution, entry.submission.threshold),
        reliability=reliability,
        notes=tuple(filter(None, notes)),
        reasons=_reasons(curves),
    )


def build_roc_series(entry: Entry, score: ScoreRecord, curves: CurvesRecord) -> Series | None:
    """The ROC curve with the point at which the submission calls antibodies polyreactive, where it is one curve."""
    name, threshold = clean(entry.submission.name), entry.submission.threshold
    point = None
    if threshold is not None and score.confusion is not None and not curves.folds_by:
        point = _operating_point(score.confusion, threshold)
    return _series(name, curves.roc.points, score, curves, "roc_auc", point)


def build_reliability_bins(kept: tuple[ReliabilityBinRecord, ...]) -> tuple[Bin, ...]:
    """The bins that hold antibodies, each share with Wilson's limits."""
    return tuple(
        Bin(
            bin_.mean_score,
            bin_.polyreactive / bin_.antibodies,
            _share_limits(bin_.polyreactive, bin_.antibodies),
            bin_.antibodies,
        )
        for bin_ in kept
        if bin_.antibodies and bin_.mean_score is not None
    )


def _reasons(curves: CurvesRecord) -> tuple[str, ...]:
    shown = (curves.roc, curves.precision_recall, curves.distribution)
    reasons = [clean(part.reason, PROSE_LIMIT) for part in shown if part.reason]
    bins = curves.distribution.bins
    if bins and bins[0].low == bins[-1].high:
        reasons.append(ALL_EQUAL)
    return tuple(dict.fromkeys(reasons))


@lru_cache(maxsize=1 << 14)
def _share_limits(count: int, of: int) -> tuple[float, float] | None:
    found = wilson_interval(count, of)
    return (found.low, found.high) if isinstance(found, Interval) else None


def _series(
    name: str,
    points: tuple[tuple[float, float, float, float], ...],
    score: ScoreRecord,
    curves: CurvesRecord,
    metric: str,
    point: OperatingPoint | None = None,
) -> Series | None:
    """On a fold track the figure is the mean over the folds, as the curve is."""
    kept = (score.fold_means if curves.folds_by else score.metrics).get(metric)
    if not points or kept is None or kept.value is None:
        return None
    limits = (kept.interval.low, kept.interval.high) if kept.interval else None
    return Series(name, points, kept.value, limits, point)


def _operating_point(confusion: ConfusionRecord, threshold: float) -> OperatingPoint | None:
    positives = confusion.true_positives + confusion.false_negatives
    negatives = confusion.true_negatives + confusion.false_positives
    if not positives or not negatives or abs(threshold) > _LARGEST_SHOWN:
        return None
    return OperatingPoint(confusion.false_positives / negatives, confusion.true_positives / positives, threshold)


def _histogram(kept: DistributionRecord, threshold: float | None) -> Histogram | None:
    """Whole antibodies: the shares that a bin has of a block are rounded so that their sums stay right."""
    if not kept.bins or kept.bins[0].low == kept.bins[-1].high:
        return None
    reached = [round(total) for total in accumulate((bin_.polyreactive for bin_ in kept.bins), initial=0.0)]
    polyreactive = tuple(after - before for before, after in pairwise(reached))
    specific = tuple(bin_.antibodies - count for bin_, count in zip(kept.bins, polyreactive, strict=True))
    edges = (*(bin_.low for bin_ in kept.bins), kept.bins[-1].high)
    return Histogram(edges, specific, polyreactive, threshold if _is_near(threshold, edges[0], edges[-1]) else None)


def _is_near(threshold: float | None, low: float, high: float) -> bool:
    """Whether the bins would still be seen with the threshold on their axis."""
    return threshold is not None and low - (high - low) <= threshold <= high + (high - low)


def _is_open(kept: DistributionRecord) -> bool:
    return bool(kept.bins) and (kept.is_open_below or kept.is_open_above)
