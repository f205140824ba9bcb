"""What stands below a track's table: pairs, folds, audits and runs of as many entries as a page can carry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polyreact.leaderboard import folds, wording
from polyreact.leaderboard.audit import AuditTableRow, audit_headings, build_audit_rows
from polyreact.leaderboard.board import TrackBoard
from polyreact.leaderboard.site import provenance
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import format_value
from polyreact.metrics.catalog import Metric
from polyreact.metrics.interface import MetricValue
from polyreact.results.comparison_records import PairRecord

#: So many entries, in the order of the table, have rows in the tables below it.
ENTRIES_SHOWN = 50
#: And every two of so many are compared in words.
COMPARED_SHOWN = 20

_MORE_ENTRIES = (
    "The first {shown} of {all:,} entries, in the order of the table. Every submission's page has its own rows, "
    "and leaderboard.json has all."
)
_MORE_PAIRS = (
    "Every two of the first {shown} of {all:,} entries with a score. leaderboard.json has all pairs, and for any "
    "two: polyreact compare FIRST SECOND --track {track}"
)


@dataclass(frozen=True, slots=True)
class FoldRow:
    """One metric of one entry: the mean over the folds, pooled, then fold by fold."""

    model: parts.Model
    metric: str
    figures: tuple[parts.Figure, ...]


@dataclass(frozen=True, slots=True)
class FoldSection:
    """A fold track's table of figures fold by fold."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[FoldRow, ...]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two entries compared on the same antibodies, in words."""

    first: str
    second: str
    auroc: str
    accuracy: str


@dataclass(frozen=True, slots=True)
class TrackDetails:
    """All of it. `entries_note` and `pairs_note` say what was left out, and are empty where nothing was."""

    entries_note: str
    pairs_note: str
    pairs: tuple[PairRow, ...]
    pair_heading: str
    folds: FoldSection | None
    runs: tuple[provenance.RunRow, ...]
    audit_title: str
    audit_note: str
    audit_headings: tuple[str, ...]
    audit_columns: int
    audits: tuple[AuditTableRow, ...]


def build_details(board: TrackBoard, primary: Metric) -> TrackDetails:
    """What is below the table of a track with this primary metric."""
    leading = replace(board, entries=board.entries[:ENTRIES_SHOWN])
    scored = sum(entry.cells[board.track.id].score is not None for entry in board.entries)
    headings = audit_headings(primary.short)
    entries_note = _MORE_ENTRIES.format(shown=ENTRIES_SHOWN, all=len(board.entries))
    pairs_note = _MORE_PAIRS.format(shown=COMPARED_SHOWN, all=scored, track=board.track.id)
    return TrackDetails(
        entries_note=entries_note if len(board.entries) > ENTRIES_SHOWN else "",
        pairs_note=pairs_note if scored > COMPARED_SHOWN else "",
        pairs=_pair_rows(board),
        pair_heading=wording.pair_heading(board.track),
        folds=_fold_section(leading),
        runs=provenance.build_run_rows(leading),
        audit_title=wording.AUDIT_TITLE,
        audit_note=wording.AUDIT.format(metric=primary.short),
        audit_headings=headings,
        audit_columns=len(("set", "region", "note")) + len(headings),
        audits=build_audit_rows(leading),
    )


def leading_pairs(board: TrackBoard) -> tuple[PairRecord, ...]:
    """Every two of the leading entries, in the order of the table."""
    return board.pairs.leading(COMPARED_SHOWN)


def _pair_rows(board: TrackBoard) -> tuple[PairRow, ...]:
    names = wording.unique_names(board.entries)
    return tuple(
        PairRow(
            names[pair.first],
            names[pair.second],
            wording.pair_words(pair.auroc, names[pair.first], names[pair.second]),
            wording.pair_words(pair.accuracy, names[pair.first], names[pair.second]),
        )
        for pair in leading_pairs(board)
    )


def _fold_section(board: TrackBoard) -> FoldSection | None:
    table = folds.build_fold_table(board)
    if table is None:
        return None
    rows = (FoldRow(parts.build_model(r.entry.submission), r.metric.short, _fold_figures(r)) for r in table.rows)
    return FoldSection(wording.FOLD_CAPTION, wording.fold_headings(table), tuple(rows))


def _fold_figures(row: folds.FoldRow) -> tuple[parts.Figure, ...]:
    """The mean with its interval, the others without."""
    mean, *others = map(_plain_figure, row.values)
    return (replace(mean, interval=parts.with_minus(wording.interval_words(row.mean_interval))), *others)


def _plain_figure(metric: MetricValue) -> parts.Figure:
    return parts.Figure(parts.with_minus(format_value(metric)), metric.value is not None)
