"""A visitor's own predictions scored beside the baselines, or every defect of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from polyreact.errors import PolyreactError
from polyreact.evaluation.measure import Intervals, Measurement
from polyreact.evaluation.own_labels import score_contents
from polyreact.evaluation.public_labels import PublicScore, score_public
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number
from polyreact.metrics.catalog import METRICS
from polyreact.metrics.interface import MetricValue
from polyreact.settings import Settings
from polyreact.space.cells import NO_FIGURE, Table, TableCell, figure
from polyreact.space.document import Leaderboard, ShownCell, ShownTrack
from polyreact.statistics.interval import LEVEL, Unavailable
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track
from polyreact.visible import visible

#: Of one uploaded file; the tables of the demonstration have 10 kB.
LIMIT_BYTES = 4 << 20
_SHOWN_FINDINGS = 1000

DEFECTS = ("Where", "What is wrong")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a visitor gave: what it is called, and its bytes, which the caller has bounded."""

    name: str
    content: bytes

    @property
    def shown_name(self) -> str:
        """Without the folder, and harmless."""
        return clean(PurePath(self.name).name)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the visitor sees: a summary in plain text, and a table of metrics or of defects."""

    is_accepted: bool
    summary: str
    table: Table


def check_on_track(
    predictions: Upload, shown: ShownTrack, board: Leaderboard, settings: Settings, *, is_probability: bool
) -> Verdict:
    """Scored on a track whose labels are public, beside the benchmark's own baselines on the same antibodies."""

    def score() -> Verdict:
        track = load_track(shown.id)  # what the document says of its own labels is no permission to score on others
        found = score_public(
            predictions.content, predictions.shown_name, track, settings, score_is_probability=is_probability
        )
        summary = f"{predictions.shown_name} meets the contract for track {shown.id}. {_counts(found.measurement)}"
        return Verdict(
            is_accepted=True,
            summary=summary,
            table=_beside_baselines(found, _find_baselines(track, shown, board), board),
        )

    return _told(score)


def check_on_own_labels(predictions: Upload, labels: Upload, *, is_probability: bool) -> Verdict:
    """Scored against labels that the visitor brings."""

    def score() -> Verdict:
        found = score_contents(
            predictions.content,
            labels.content,
            predictions.shown_name,
            labels.shown_name,
            score_is_probability=is_probability,
        )
        rows = tuple(_row(metric.key, metric.title, found.table.metrics, found.intervals) for metric in METRICS)
        return Verdict(
            is_accepted=True,
            summary=f"{predictions.shown_name} was scored against {labels.shown_name}. {_counts(found)}",
            table=Table(_headings(), rows),
        )

    return _told(score)


def describe_error(error: PolyreactError) -> Verdict:
    """A coded error: its message, and its defects as a table."""
    shown = error.findings[:_SHOWN_FINDINGS]
    more = len(error.findings) - len(shown)
    counted = f"{len(error.findings):,} defects" if len(error.findings) > 1 else ""
    lines = (
        f"{error.code}  {error.summary}",
        f"{counted}, of which the first {len(shown):,} are shown." if more else counted,
        error.consequence,
        error.cure,
    )
    return Verdict(
        is_accepted=False,
        summary="\n".join(visible(line) for text in lines if text for line in text.splitlines()),
        table=Table.of_words(
            DEFECTS, [(clean(found.where), clean(visible(found.message), PROSE_LIMIT)) for found in shown]
        ),
    )


def _told(score: Callable[[], Verdict]) -> Verdict:
    try:
        return score()
    except PolyreactError as error:
        return describe_error(error)


def _counts(found: Measurement) -> str:
    counts = found.table.confusion
    return (
        f"{counts.total:,} antibodies: {counts.negatives:,} specific, of which {counts.true_negatives:,} were "
        f"called so; {counts.positives:,} polyreactive, of which {counts.true_positives:,} were called so."
    )


def _headings(*others: str) -> tuple[str, ...]:
    return ("Metric", "Your file", f"{100 * LEVEL:.0f} % interval", *others, "Why not")


def _find_baselines(track: Track, shown: ShownTrack, board: Leaderboard) -> list[ShownCell]:
    """Those with a score on the very antibodies that the file is scored on: none where the document has others."""
    if (track.dataset, track.revision) != (shown.dataset, shown.revision):
        return []
    return [cell for cell in shown.entries if cell.metrics is not None and board.by_id[cell.submission].is_baseline]


def _beside_baselines(found: PublicScore, baselines: Sequence[ShownCell], board: Leaderboard) -> Table:
    rows = []
    for metric in METRICS:
        kept = [figure((cell.metrics or {}).get(metric.key)) for cell in baselines]
        title = f"{metric.title}, pooled" if found.fold_means else metric.title
        measured = found.measurement
        rows.append(_row(metric.key, title, measured.table.metrics, measured.intervals, kept))
        if found.fold_means:
            means = found.fold_means
            kept = [figure((cell.fold_means or {}).get(metric.key)) for cell in baselines]
            title = f"{metric.title}, mean over the folds"
            rows.append(_row(metric.key, title, means.metrics, means.intervals, kept))
    names = (board.names[cell.submission] for cell in baselines)
    return Table(_headings(*names), tuple(rows))


def _row(
    key: str,
    title: str,
    metrics: Mapping[str, MetricValue],
    intervals: Intervals,
    others: Sequence[TableCell] = (),
) -> tuple[TableCell, ...]:
    metric, interval = metrics[key], intervals.get(key)
    limits, reason = NO_FIGURE, metric.reason or NO_FIGURE
    if isinstance(interval, Unavailable):
        reason = f"no interval: {interval.reason}"
    elif interval is not None:
        limits = f"[{format_number(interval.low)}, {format_number(interval.high)}]"
    value = TableCell("n/a", "") if metric.value is None else TableCell(format_number(metric.value), metric.value)
    return (TableCell.of(title), value, TableCell.of(limits), *others, TableCell.of(reason))
