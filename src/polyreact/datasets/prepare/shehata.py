"""Shehata et al. 2019, Cell Reports 28:3300: 398 antibodies of human B cells and their PSR score.

A PSR score above 0.33, the paper's bin "high", is polyreactive (1); everything else is specific (0). Two clones
have "ND" (not determined) in place of a score and are left out.

In 24 clones the columns "VH Protein" and "VL Protein" carry `-` where the clone lacks residues of its germline.
A `-` is no residue and is removed: what is left is, in every clone, the translation of the DNA beside it.

Beside the label stand the PSR score and the kind of B cell the clone is from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, Preparation, PreparedRow
from polyreact.datasets.prepare.workbook import (
    NotAsExpected,
    parse_number,
    parse_sequence,
    parse_text,
    read_sheet,
)

CLONES_FILE = "mmc2.xlsx"

_HIGH_PSR = 0.33
_NOT_DETERMINED = "ND"
_GAP = "-"


def prepare_shehata(files: Mapping[str, Path]) -> Preparation:
    """The 398 clones with a PSR score."""
    sheet = read_sheet(
        files[CLONES_FILE],
        "Sheet1",
        {
            "Clone name": parse_text,
            "B cell subset": parse_text,
            "PSR Score": _parse_score,
            "VH Protein": _parse_aligned,
            "VL Protein": _parse_aligned,
        },
    )
    dropped = Counter({"footnote, not an antibody": sheet.footnotes})
    changed: Counter[str] = Counter()
    rows = []
    for row in sheet.rows:
        if row.cells["PSR Score"] == _NOT_DETERMINED:
            dropped["PSR not determined (ND)"] += 1
            continue
        heavy, light = row.text("VH Protein"), row.text("VL Protein")
        changed["alignment gaps removed from the VH"] += _GAP in heavy
        changed["alignment gaps removed from the VL"] += _GAP in light
        label = POLYREACTIVE if row.value("PSR Score") > _HIGH_PSR else SPECIFIC
        rows.append(
            PreparedRow(
                heavy.replace(_GAP, ""),
                light.replace(_GAP, ""),
                label,
                row.text("Clone name"),
                (("psr", repr(row.value("PSR Score"))), ("b_cell_subset", row.text("B cell subset"))),
            )
        )
    return Preparation(tuple(rows), +dropped, +changed)


def _parse_score(cell: object) -> str | float:
    if cell == _NOT_DETERMINED:
        return _NOT_DETERMINED
    try:
        return parse_number(cell)
    except NotAsExpected as error:
        raise NotAsExpected(f"{error} or `{_NOT_DETERMINED}`") from None


def _parse_aligned(cell: object) -> str:
    aligned = parse_text(cell)
    parse_sequence(aligned.replace(_GAP, ""))
    return aligned
