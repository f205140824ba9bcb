"""The figures of a fold track fold by fold: one small table, the same in every published form."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard.board import Cell, CellState, Entry, TrackBoard
from polyreact.metrics.catalog import METRICS_BY_KEY, Metric
from polyreact.metrics.interface import MetricValue
from polyreact.results.records import IntervalRecord, MetricRecord, ScoreRecord
from polyreact.tracks.track import Track

#: Shown beside the primary metric: published figures of held-out families are accuracies.
_BESIDE = "accuracy"
_ABSENT = MetricValue(None, "this record was scored before the figure existed")


@dataclass(frozen=True, slots=True)
class FoldHeading:
    """A fold and how many antibodies are in it."""

    name: str
    positives: int
    negatives: int


@dataclass(frozen=True, slots=True)
class FoldRow:
    """One metric of one entry: the mean over the folds, of all rows pooled, and in each fold.

    `mean_interval` is that of the mean, where it has one; the track's own table has that of the pooled rows.
    """

    entry: Entry
    metric: Metric
    mean: MetricValue
    pooled: MetricValue
    folds: tuple[MetricValue, ...]
    mean_interval: IntervalRecord | None = None

    @property
    def values(self) -> tuple[MetricValue, ...]:
        """All of them in the order they are shown: what sums up first, since folds may be many."""
        return (self.mean, self.pooled, *self.folds)


@dataclass(frozen=True, slots=True)
class FoldTable:
    """The folds in the order they are shown, and the rows of every entry with a score."""

    folds: tuple[FoldHeading, ...]
    rows: tuple[FoldRow, ...]


def build_fold_table(board: TrackBoard) -> FoldTable | None:
    """The table of a fold track, two rows an entry; None for other tracks, and while nobody has a score."""
    cells = [(entry, entry.cells[board.track.id]) for entry in board.entries]
    scores = [cell.score for _, cell in cells if cell.score is not None and cell.score.folds]
    if not board.track.has_folds or not scores:
        return None
    folds = tuple(FoldHeading(name, fold.positives, fold.negatives) for name, fold in scores[0].folds.items())
    return FoldTable(
        folds,
        tuple(
            _build_row(entry, cell, metric, folds)
            for entry, cell in cells
            if cell.state is CellState.SCORE
            for metric in _metrics_shown(board.track)
        ),
    )


def _metrics_shown(track: Track) -> tuple[Metric, ...]:
    return tuple(METRICS_BY_KEY[key] for key in dict.fromkeys((track.primary_metric, _BESIDE)))


def _build_row(entry: Entry, cell: Cell, metric: Metric, folds: tuple[FoldHeading, ...]) -> FoldRow:
    score = cell.score
    mean = score.fold_means.get(metric.key) if score else None
    return FoldRow(
        entry=entry,
        metric=metric,
        mean=_as_value(mean),
        pooled=cell.metric(metric.key) or _ABSENT,
        folds=tuple(_find_fold_value(score, fold.name, metric.key) for fold in folds),
        mean_interval=mean.interval if mean else None,
    )


def _find_fold_value(score: ScoreRecord | None, fold: str, key: str) -> MetricValue:
    if score is None or fold not in score.folds:
        return _ABSENT
    return _as_value(score.folds[fold].metrics.get(key))


def _as_value(kept: MetricRecord | None) -> MetricValue:
    return _ABSENT if kept is None else MetricValue(kept.value, kept.reason)
