"""One submission on one track: everything that is known of that score, or of the run that gave none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from polyreact.leaderboard import folds, trust, wording
from polyreact.leaderboard.audit import AuditTableRow, audit_headings, build_audit_rows
from polyreact.leaderboard.board import Board, Cell, CellState, Entry, TrackBoard
from polyreact.leaderboard.site.views import evidence, parts
from polyreact.leaderboard.site.views.curve_values import CurveValues, build_curve_values
from polyreact.leaderboard.site.views.score_tables import (
    ConfusionTable,
    MetricRow,
    build_confusion,
    build_metric_rows,
)
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_value
from polyreact.leaderboard.training import training_sentence
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.metrics.interface import MetricValue
from polyreact.results.trust_records import TrustRecord
from polyreact.tracks.track import Track


@dataclass(frozen=True, slots=True)
class TrustSection:
    """The trust checks of its image on a track."""

    track: str
    note: str
    rows: tuple[trust.TrustRow, ...]
    has_warning: bool


@dataclass(frozen=True, slots=True)
class FoldRow:
    """One metric: the mean over the folds, pooled, then fold by fold."""

    metric: str
    figures: tuple[parts.Figure, ...]


@dataclass(frozen=True, slots=True)
class FoldSection:
    """The figures fold by fold."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[FoldRow, ...]


@dataclass(frozen=True, slots=True)
class AuditSection:
    """The track's antibodies against what the submission declares; `words` say what was not compared."""

    note: str
    headings: tuple[str, ...]
    rows: tuple[AuditTableRow, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrackSection:
    """What the page has below the summary for one track. `code` is that of a failure."""

    id: str
    title: str
    standing: str
    question: str
    sentences: tuple[str, ...]
    code: str
    training: str
    curves: CurveValues | None
    confusion: ConfusionTable | None
    metrics: tuple[MetricRow, ...]
    folds: FoldSection | None
    audit: AuditSection | None
    trust: TrustSection | None
    attempts: str
    resources: tuple[evidence.Fact, ...]
    provenance: tuple[evidence.Fact, ...]
    packages: evidence.PackageList | None


def build_sections(
    board: Board, entry: Entry, checks: Mapping[str, TrustRecord], ranked: Mapping[str, int]
) -> tuple[TrackSection, ...]:
    """A section for each track on which the submission was run, in the order of the tracks.

    By track: its trust `checks`, and how many entries are `ranked`.
    """
    return tuple(
        _section(board, track_board, entry, checks.get(track_board.track.id), ranked[track_board.track.id])
        for track_board in board.tracks
        if entry.cells[track_board.track.id].run is not None
    )


def count_ranked(board: Board) -> dict[str, int]:
    """How many entries have a rank, by track."""
    return {
        track_board.track.id: sum(
            entry.cells[track_board.track.id].rank is not None for entry in track_board.entries
        )
        for track_board in board.tracks
    }


def _section(
    board: Board, track_board: TrackBoard, entry: Entry, checked: TrustRecord | None, ranked: int
) -> TrackSection:
    track, cell = track_board.track, entry.cells[track_board.track.id]
    alone = replace(track_board, entries=(entry,))
    score, run = cell.score, cell.run
    return TrackSection(
        id=track.id,
        title=clean(track.title),
        standing=wording.STANDINGS[track.standing],
        question=clean(track.question, PROSE_LIMIT),
        sentences=_sentences(track, cell, ranked),
        code=clean(cell.code or "") if cell.state is CellState.FAILED else "",
        training=training_sentence(entry, track_board),
        curves=build_curve_values(entry, cell),
        confusion=build_confusion(score.confusion, entry.submission.threshold)
        if score and score.confusion
        else None,
        metrics=build_metric_rows(cell, track.primary_metric) if score else (),
        folds=_folds(alone),
        audit=_audit(alone),
        trust=build_trust(checked) if checked and not track.is_private else None,
        attempts=evidence.attempts_words(track_board, cell) if score else "",
        resources=evidence.build_resources(run) if run and not track.is_private else (),  # time tells how many
        provenance=evidence.build_provenance(track_board, cell, run) if run else (),
        packages=evidence.build_packages(board, run, is_private=track.is_private) if run else None,
    )


def _sentences(track: Track, cell: Cell, ranked: int) -> tuple[str, ...]:
    """Its place and its primary figure, or why there is none."""
    if cell.state is not CellState.SCORE:
        return (clean(f"{wording.state_words(cell)}: {cell.reason}", PROSE_LIMIT),)
    primary = METRICS_BY_KEY[track.primary_metric]
    figure = parts.build_figure(cell, primary.key)
    interval = f" {figure.interval}" if figure.interval else ""
    reason = clean(f"{cell.reason}.", PROSE_LIMIT) if cell.reason else ""
    told = (f"{primary.short} {figure.text}{interval}.", _rank_sentence(track, cell, ranked), reason)
    return tuple(filter(None, told))


def _rank_sentence(track: Track, cell: Cell, ranked: int) -> str:
    if not track.is_ranked or cell.rank is None:
        return ""
    places = wording.rank_words(cell, track)
    words = f"Rank {places} of {ranked:,}: the places it may hold, all pairs of entries tested together."
    if cell.rank.ties_with_best and ranked > 1:
        return f"{words} It cannot be told from the best." if cell.rank.highest > 1 else words
    return words


def _folds(alone: TrackBoard) -> FoldSection | None:
    table = folds.build_fold_table(alone)
    if table is None:
        return None
    rows = tuple(FoldRow(row.metric.short, _fold_figures(row)) for row in table.rows)
    return FoldSection(wording.FOLD_CAPTION, wording.fold_headings(table), rows)


def _fold_figures(row: folds.FoldRow) -> tuple[parts.Figure, ...]:
    """The mean with its interval, the others without."""
    mean, *others = map(_plain_figure, row.values)
    return (replace(mean, interval=parts.with_minus(wording.interval_words(row.mean_interval))), *others)


def _plain_figure(metric: MetricValue) -> parts.Figure:
    return parts.Figure(parts.with_minus(format_value(metric)), metric.value is not None)


def _audit(alone: TrackBoard) -> AuditSection | None:
    rows = build_audit_rows(alone)
    if not rows:
        return None
    primary = METRICS_BY_KEY[alone.track.primary_metric].short
    compared = tuple(row for row in rows if row.figures)
    words = tuple(row.words for row in rows if not row.figures)
    return AuditSection(wording.AUDIT.format(metric=primary), audit_headings(primary), compared, words)


def build_trust(record: TrustRecord) -> TrustSection:
    """The checks of one record."""
    rows = trust.build_trust_rows(record)
    return TrustSection(record.track, trust.trust_note(record), rows, any(row.is_warning for row in rows))
