"""Tiny Excel files made on the spot, in the form of the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from polyreact.datasets.prepare import jain, shehata

ELISA_HEADING = ["Name", *(f"ELISA {a}" for a in ("Cardiolipin", "KLH", "LPS", "ssDNA", "dsDNA", "Insulin"))]
ASSAYS_HEADING = [
    "Name",
    "Poly-Specificity Reagent (PSR) SMP Score (0-1)",
    "Affinity-Capture Self-Interaction Nanoparticle Spectroscopy (AC-SINS) ∆λmax (nm) Average",
]
CLONES_HEADING = ["Clone name", "B cell subset", "PSR Score", "VH Protein", "VL Protein"]


def write_xlsx(path: Path, sheet: str, rows: Sequence[Sequence[object]]) -> Path:
    workbook = Workbook()
    worksheet = workbook.active
    worksheet.title = sheet
    for row in rows:
        worksheet.append(list(row))
    workbook.save(path)
    workbook.close()
    return path


def write_jain(
    folder: Path,
    elisa: dict[str, Sequence[object]],
    assays: dict[str, Sequence[object]] | None = None,
    sequences: dict[str, Sequence[object]] | None = None,
) -> dict[str, Path]:
    """The three files; a sequence, PSR and AC-SINS are made up for every name that has none."""
    made_up = {name: (make_up_sequence(index), "DIQMTQ") for index, name in enumerate(elisa)}
    made_up_assays: dict[str, Sequence[object]] = dict.fromkeys(elisa, (0.25, 1.5))
    tables = {
        jain.ELISA_FILE: ("Individual-ELISA", ELISA_HEADING, elisa),
        jain.SEQUENCES_FILE: ("Sequence-information", ["Name", "VH", "VL"], made_up | (sequences or {})),
        jain.ASSAYS_FILE: ("Results-12-assays", ASSAYS_HEADING, made_up_assays | (assays or {})),
    }
    return {
        name: write_xlsx(folder / name, sheet, [heading, *([key, *cells] for key, cells in table.items())])
        for name, (sheet, heading, table) in tables.items()
    }


def write_shehata(
    folder: Path, *rows: Sequence[object], heading: Sequence[str] = CLONES_HEADING
) -> dict[str, Path]:
    return {shehata.CLONES_FILE: write_xlsx(folder / shehata.CLONES_FILE, "Sheet1", [heading, *rows])}


def make_up_sequence(index: int) -> str:
    letters = "ACDEFGHIKLMNPQRSTVWY"
    return f"EVQL{letters[index // 20]}{letters[index % 20]}"
