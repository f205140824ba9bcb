"""Figures and states as they stand in the app's tables: never a blank, and a number to sort by beside the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.results.records import MetricRecord
from polyreact.space.document import ShownCell

NO_FIGURE = wording.NO_RANK


@dataclass(frozen=True, slots=True)
class TableCell:
    """What is shown, and what the column is sorted by: a number where there is one, else the words."""

    words: str
    value: float | str

    @classmethod
    def of(cls, words: str) -> TableCell:
        """Words that sort as they read."""
        return cls(words, words.casefold())


@dataclass(frozen=True, slots=True)
class Table:
    """A table of finished cells; every row has one for each heading."""

    headings: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]

    @classmethod
    def of_words(cls, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
        """A table that has nothing to sort by but its words."""
        return cls(tuple(headings), tuple(tuple(map(TableCell.of, row)) for row in rows))


def result_words(cell: ShownCell) -> str:
    """The state of a cell in words, a failure with its code."""
    return "scored" if cell.state is CellState.SCORE else wording.state_words(cell.as_cell())


def figure(metric: MetricRecord | None, *, with_interval: bool = True) -> TableCell:
    """A value with its interval in brackets; without a value `n/a`, and a dash where there is no score at all."""
    if metric is None:
        return TableCell(NO_FIGURE, "")
    if metric.value is None:
        return TableCell("n/a", "")
    limits = wording.interval_words(metric.interval) if with_interval else ""
    return TableCell(f"{format_number(metric.value)} {limits}".rstrip(), metric.value)


def note(cell: ShownCell) -> str:
    """Why there is no score or no rank, why a metric is not available, how many runs came before."""
    absent: dict[str, list[str]] = {}
    for key, metric in (cell.metrics or {}).items():
        if metric.reason is not None and key in METRICS_BY_KEY and METRICS_BY_KEY[key].is_in_tables:
            absent.setdefault(metric.reason, []).append(METRICS_BY_KEY[key].short)
    missing = [f"{', '.join(names)} not available: {reason}" for reason, names in absent.items()]
    parts = [wording.cell_note(cell.as_cell()), *missing]
    return clean("; ".join(filter(None, parts)), PROSE_LIMIT)


def seconds(cell: ShownCell) -> TableCell:
    """How long the run took, its start left out."""
    if cell.run is None:
        return TableCell(NO_FIGURE, "")
    wall_s = cell.run.wall_s
    return TableCell(f"{wall_s:.1f} s" if wall_s < 100 else f"{wall_s:,.0f} s", wall_s)  # noqa: PLR2004 four digits
