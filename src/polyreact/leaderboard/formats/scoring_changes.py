"""docs/reference/scoring-changes.md: what each scoring version changed, from the kept history alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from polyreact.leaderboard.formats.markdown import escape
from polyreact.leaderboard.scoring_history import (
    HEADINGS,
    INTRODUCTION,
    ChangedFigureRow,
    ScoringVersionSection,
    build_scoring_history,
)
from polyreact.leaderboard.text import NOTE_LIMIT, PROSE_LIMIT
from polyreact.results.scoring_history import ScoringHistoryRecord
from polyreact.results.scoring_versions import SCORING_VERSIONS

_GENERATED = (
    "Written by `polyreact score --all` from the documents in `results/scoring`; a test holds the two together. "
    "Figures are shown with three decimals, or as many as it takes to see the difference; the documents have all."
)
_ALIGNMENT = ("---", "---", "---", "---", "--:", "--:", "--:", "---")


def render_scoring_changes(
    documents: Sequence[ScoringHistoryRecord], versions: Mapping[int, str] = SCORING_VERSIONS
) -> str:
    """The whole page; the same documents always give the same bytes. Raises RecordTooNew."""
    sections = build_scoring_history(documents, versions)
    return "\n\n".join(["# Scoring changes", INTRODUCTION, _GENERATED, *map(_render_section, sections)]) + "\n"


def _render_section(section: ScoringVersionSection) -> str:
    parts = [f"## Version {section.version}", escape(section.summary, NOTE_LIMIT), section.words]
    if section.new_metrics:
        parts.append(f"New metrics: {escape(section.new_metrics, PROSE_LIMIT)}.")
    if section.rows:
        parts.append(_table(section.rows))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return escape(text, PROSE_LIMIT)


def _table(rows: Iterable[ChangedFigureRow]) -> str:
    cells = (map(_cell, row.cells) for row in rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in (HEADINGS, _ALIGNMENT, *cells))
