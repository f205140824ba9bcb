"""Which part of an antibody is embedded: a whole chain."""

from __future__ import annotations

COLUMNS = {"VH": "sequence", "VL": "light_sequence"}


def cut(rows: list[dict[str, str]], part: str) -> list[str]:
    """The part of each row; empty where an antibody has no such chain."""
    return [row[COLUMNS[part]] for row in rows]
