"""The charts of a track's page as their values: intervals, who is better than whom, and accuracy against time."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Resolution, TrackBoard
from polyreact.leaderboard.site.charts import CostPoint, Row, Verdict
from polyreact.leaderboard.site.views import runtime
from polyreact.leaderboard.site.views.track_details import COMPARED_SHOWN, leading_pairs
from polyreact.metrics.catalog import Metric
from polyreact.results.comparison_records import DifferenceRecord, PairRecord
from polyreact.statistics.comparison import SIGNIFICANCE

#: Of more entries the first ones are drawn, in the order of the table, and every baseline.
DRAWN = 50
#: As far as a picture of points can be read.
_POINTS = 200
_TIME_METRIC = "roc_auc"


@dataclass(frozen=True, slots=True)
class TrackCharts:
    """What is drawn; empty where there is too little to draw. `verdicts` are of `names`, row against column."""

    measure: str
    chance: float | None
    forest: tuple[Row, ...]
    names: tuple[str, ...]
    verdicts: tuple[tuple[Verdict | None, ...], ...]
    points: tuple[CostPoint, ...]
    note: str


def build_charts(board: TrackBoard, primary: Metric) -> TrackCharts:
    """The charts of a track; none of a private one, and none before two entries have a score."""
    scored = [entry for entry in board.entries if entry.cells[board.track.id].score is not None]
    chance = 0.5 if primary.key == _TIME_METRIC else None
    if board.track.is_private or len(scored) < 2:  # noqa: PLR2004 - nothing to compare
        return TrackCharts(primary.short, chance, (), (), (), (), "")
    names = wording.unique_names(board.entries)
    shown, verdicts = _verdicts(board)
    note = f"Drawn are the first {DRAWN} of {len(scored):,} entries with a score, and every baseline."
    return TrackCharts(
        measure=primary.short,
        chance=chance,
        forest=_forest(board, primary, names),
        names=tuple(names[submission] for submission in shown),
        verdicts=verdicts,
        points=_points(board, names),
        note=note if len(scored) > DRAWN else "",
    )


def _forest(board: TrackBoard, primary: Metric, names: dict[str, str]) -> tuple[Row, ...]:
    rows = []
    for place, entry in enumerate(board.entries):
        cell, submission = entry.cells[board.track.id], entry.submission
        metric, interval = cell.metric(primary.key), cell.interval(primary.key)
        if metric is None or metric.value is None or not (place < DRAWN or submission.is_baseline):
            continue
        limits = (interval.low, interval.high) if interval else None
        rows.append(Row(names[submission.id], metric.value, limits, submission.is_baseline))
    return tuple(rows)


def _points(board: TrackBoard, names: dict[str, str]) -> tuple[CostPoint, ...]:
    points = []
    for entry in board.entries[:_POINTS]:
        cell, submission = entry.cells[board.track.id], entry.submission
        seconds = runtime.seconds_per_thousand(board, cell)
        metric, interval = cell.metric(_TIME_METRIC), cell.interval(_TIME_METRIC)
        if seconds and metric is not None and metric.value is not None:
            limits = (interval.low, interval.high) if interval else None
            points.append(CostPoint(names[submission.id], metric.value, seconds, limits, submission.is_baseline))
    return tuple(points)


def _verdicts(board: TrackBoard) -> tuple[tuple[str, ...], tuple[tuple[Verdict | None, ...], ...]]:
    """The leading entries that were compared, and what is known of every two of them."""
    pairs = leading_pairs(board)
    found: dict[tuple[str, str], Verdict] = {}
    for pair in pairs:
        verdict = _verdict(board, pair)
        found[pair.first, pair.second] = verdict
        found[pair.second, pair.first] = _TURNED[verdict]
    compared = {name for both in found for name in both}
    order = [entry.submission.id for entry in board.entries[:COMPARED_SHOWN] if entry.submission.id in compared]
    return tuple(order), tuple(tuple(found.get((row, column)) for column in order) for row in order)


_TURNED = {
    Verdict.BETTER: Verdict.WORSE,
    Verdict.WORSE: Verdict.BETTER,
    Verdict.UNDECIDED: Verdict.UNDECIDED,
}


def _verdict(board: TrackBoard, pair: PairRecord) -> Verdict:
    difference = pair.accuracy if board.track.primary_metric == "accuracy" else pair.auroc
    if board.resolution is None or difference.difference == 0 or not _is_told_apart(difference, board.resolution):
        return Verdict.UNDECIDED
    return Verdict.BETTER if difference.difference > 0 else Verdict.WORSE


def _is_told_apart(difference: DifferenceRecord, resolution: Resolution) -> bool:
    """Whether the pair is one of those that Holm's adjustment of all pairs tells apart.

    Of m pairs it rejects the K smallest p-values, where the K-th is at most level / (m + 1 - K) and the next one is
    above level / (m - K): so exactly those up to the former.
    """
    return difference.p_value <= SIGNIFICANCE / (resolution.pairs + 1 - resolution.separable)
