"""Which part of an antibody is embedded: a whole chain, or regions of it by IMGT numbering."""

from __future__ import annotations

from numbering import number

COLUMNS = {"VH": "sequence", "VL": "light_sequence"}


def cut(rows: list[dict[str, str]], part: str) -> list[str]:
    """The part of each row; empty where an antibody has no such chain or its chain cannot be numbered."""
    if part in COLUMNS:
        return [row[COLUMNS[part]] for row in rows]
    chain = COLUMNS["VH" if part[0] == "H" else "VL"]
    return [choose(number(row[chain]).regions, part.partition("-")[2]) for row in rows]


def choose(regions: tuple[str, ...], name: str) -> str:
    """One CDR, all of them, or all frameworks, of FR1, CDR1, FR2, CDR2, FR3, CDR3 and FR4."""
    if name == "CDRs":
        return "".join(regions[1::2])
    if name == "FWRs":
        return "".join(regions[0::2])
    return regions[2 * int(name[-1]) - 1]
