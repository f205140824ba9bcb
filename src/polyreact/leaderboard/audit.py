"""The leakage audit as finished strings: sets against sets, and a track's entries against what they declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.datasets.overlap import CUTS, Region
from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Entry, TrackBoard
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number, format_value
from polyreact.metrics.interface import MetricValue
from polyreact.results.overlap_records import OverlapRecord, SummaryRecord
from polyreact.results.records import (
    AuditedSetRecord,
    AuditRecord,
    NearestRecord,
    WithoutNeighboursRecord,
)

_CUT_WORDS = " / ".join(f"{cut:.2f}" for cut in CUTS)


@dataclass(frozen=True, slots=True)
class OverlapTableRow:
    """One set against another; a figure for every heading but the first two."""

    test: str
    reference: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverlapTable:
    """Every overlap of the board. `definitions` say what identity is: one, unless records disagree."""

    headings: tuple[str, ...]
    rows: tuple[OverlapTableRow, ...]
    definitions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditTableRow:
    """One entry in one region of one declared set, or the words of what was not compared."""

    model: str
    reference: str
    region: str
    figures: tuple[str, ...]
    words: str


def build_overlap_table(overlaps: Sequence[OverlapRecord]) -> OverlapTable:
    """A row for each overlap, in the given order."""
    figures = ("identical", "median", "highest", f"neighbours at {_CUT_WORDS}")
    headings = ("Test set", "Other set", *(f"{region} {figure}" for region in Region for figure in figures))
    rows = tuple(
        OverlapTableRow(
            test=overlap.test.key,
            reference=overlap.reference.key,
            figures=tuple(figure for region in Region for figure in _figures(overlap.summary(region))),
        )
        for overlap in overlaps
    )
    return OverlapTable(headings, rows, tuple(dict.fromkeys(overlap.identity for overlap in overlaps)))


def audit_headings(metric: str) -> tuple[str, ...]:
    """What the figures of an AuditTableRow are."""
    return (
        "Median",
        "Highest",
        *(f"Neighbour at {cut:.2f}" for cut in CUTS),
        *(f"{metric} without, {cut:.2f}" for cut in CUTS),
    )


def build_audit_rows(board: TrackBoard) -> tuple[AuditTableRow, ...]:
    """For each entry with a score: a row for each region of each declared set, then what was not compared.

    None for a private track, of which no audit is published.
    """
    if board.track.is_private:
        return ()
    rows: list[AuditTableRow] = []
    for entry in board.entries:
        if entry.cells[board.track.id].score is not None:
            rows += _entry_rows(entry, entry.find_audit(board.track.id), board.track.primary_metric)
    return tuple(rows)


def _entry_rows(entry: Entry, audit: AuditRecord | None, metric: str) -> list[AuditTableRow]:
    model = clean(entry.submission.name)
    if audit is None:
        return [AuditTableRow(model, "", "", (), wording.NOT_AUDITED_YET)]
    rows = [
        AuditTableRow(model, audited.reference, nearest.region, *_describe(audited, nearest, metric))
        for audited in audit.sets
        for nearest in audited.nearest
    ]
    if audit.not_audited:
        words = clean(f"not audited: {'; '.join(audit.not_audited)}", PROSE_LIMIT)
        rows.append(AuditTableRow(model, "", "", (), words))
    return rows


def _describe(audited: AuditedSetRecord, nearest: NearestRecord, metric: str) -> tuple[tuple[str, ...], str]:
    """The figures, and why one of them cannot be had."""
    parts = [part for part in audited.without_neighbours if part.region == nearest.region]
    values = [_value(part, metric) for part in parts]
    reasons = dict.fromkeys(value.reason for value in values if value.reason is not None)
    figures = (
        _share(nearest.median),
        _share(nearest.maximum),
        *(f"{nearest.rows - part.rows:,}" for part in parts),
        *(format_value(value) for value in values),
    )
    return figures, clean("; ".join(reasons), PROSE_LIMIT)


def _value(part: WithoutNeighboursRecord, metric: str) -> MetricValue:
    kept = part.metrics.get(metric)
    return MetricValue(kept.value, kept.reason) if kept else MetricValue(None, "made before the metric existed")


def _figures(summary: SummaryRecord) -> tuple[str, ...]:
    return (
        f"{summary.exact:,}",
        _share(summary.median),
        _share(summary.maximum),
        " / ".join(f"{neighbours.rows:,}" for neighbours in summary.neighbours),
    )


def _share(value: float | None) -> str:
    return wording.NO_RANK if value is None else format_number(value)
