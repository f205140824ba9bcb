"""Rows of figures, rounded as they are kept, and printed."""

from __future__ import annotations

from collections.abc import Sequence

Row = dict[str, object]


def round_row(row: Row) -> Row:
    """With three decimals, which is more than the runs settle."""
    return {name: round(cell, 3) if isinstance(cell, float) else cell for name, cell in row.items()}


def render_table(rows: Sequence[Row]) -> str:
    """As Markdown."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    for row in map(round_row, rows):
        cells = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row.values())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def print_table(rows: Sequence[Row]) -> None:
    """On standard output."""
    print(render_table(rows))
