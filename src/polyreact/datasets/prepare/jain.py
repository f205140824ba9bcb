"""Jain et al. 2017, PNAS 114:944: 137 clinical-stage antibodies and their ELISA against six antigens.

An antigen whose ELISA value is above the threshold is a flag. No flag is specific (0), more than three are
polyreactive (1), one to three are mild and left out. The value compared is that of each antigen; the ELISA
column of sd03 is the mean of the six.

`jain`         threshold 1.5: 57 specific, 29 polyreactive, the histogram of flags published by Sakhnini et al.
               (bioRxiv 10.1101/2025.04.28.650927). Any threshold from 1.4994 to 1.5008 gives the same set.
`jain-116`     threshold 1.9, the value used by an earlier public pipeline: 94 specific, 22 polyreactive.
`jain-parity`  that pipeline's own set of 86, made from the 116: five specifics are called polyreactive by
               name, then the 30 remaining specifics with the highest PSR score are removed, AC-SINS breaking
               ties. The rule was chosen among many because one model's confusion matrix then came close to a
               published one. It gives that pipeline's file exactly, in members and labels; a test compares
               them. It is kept for comparison with figures reported on it and for nothing else.

The five names carried the reasons "PSR >0.4" (bavituximab, bimagrumab, ganitumab), "Extreme Tm" (eldelumab) and
"Clinical (61% ADA)" (infliximab): three criteria, each applied where it was wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, Preparation, PreparedRow
from polyreact.datasets.prepare.workbook import Sheet, parse_number, parse_sequence, parse_text, read_sheet
from polyreact.errors import Finding, UnexpectedContent

ELISA_FILE = "Private_Jain2017_ELISA_indiv.xlsx"
SEQUENCES_FILE = "pnas.1616408114.sd02.xlsx"
ASSAYS_FILE = "pnas.1616408114.sd03.xlsx"

_ANTIGENS = ("Cardiolipin", "KLH", "LPS", "ssDNA", "dsDNA", "Insulin")
_ELISA_COLUMNS = tuple(f"ELISA {antigen}" for antigen in _ANTIGENS)
_PSR = "Poly-Specificity Reagent (PSR) SMP Score (0-1)"
_AC_SINS = "Affinity-Capture Self-Interaction Nanoparticle Spectroscopy (AC-SINS) ∆λmax (nm) Average"

_MILD_FLAGS = range(1, 4)
_RELABELLED = ("bavituximab", "bimagrumab", "eldelumab", "ganitumab", "infliximab")
_REMOVED_SPECIFICS = 30


def prepare_jain(files: Mapping[str, Path]) -> Preparation:
    """The 86 at threshold 1.5."""
    return _prepare_by_flags(files, threshold=1.5)


def prepare_jain_116(files: Mapping[str, Path]) -> Preparation:
    """The 116 at threshold 1.9."""
    return _prepare_by_flags(files, threshold=1.9)


def prepare_jain_parity(files: Mapping[str, Path]) -> Preparation:
    """The historical 86: relabelled by name, then stripped of the specifics hardest to tell."""
    before = prepare_jain_116(files)
    assays = read_sheet(
        files[ASSAYS_FILE],
        "Results-12-assays",
        {"Name": parse_text, _PSR: parse_number, _AC_SINS: parse_number},
    )
    rank = {row.text("Name"): (-row.value(_PSR), -row.value(_AC_SINS), row.text("Name")) for row in assays.rows}
    specifics = {row.name for row in before.rows if row.label == SPECIFIC}
    _validate_names(assays, {row.name for row in before.rows} - set(rank))
    _validate_names(assays, set(_RELABELLED) - specifics)
    removed = frozenset(sorted(specifics - set(_RELABELLED), key=rank.__getitem__)[:_REMOVED_SPECIFICS])
    return Preparation(
        rows=tuple(_relabel(row) for row in before.rows if row.name not in removed),
        dropped=before.dropped
        + Counter({"among the 30 specifics with the highest PSR": len(removed), **_count_footnotes(assays)}),
        changed=before.changed + Counter({"called polyreactive by name": len(_RELABELLED)}),
    )


def _prepare_by_flags(files: Mapping[str, Path], threshold: float) -> Preparation:
    sequences = read_sheet(
        files[SEQUENCES_FILE],
        "Sequence-information",
        {"Name": parse_text, "VH": parse_sequence, "VL": parse_sequence},
    )
    elisa = read_sheet(
        files[ELISA_FILE], "Individual-ELISA", {"Name": parse_text} | dict.fromkeys(_ELISA_COLUMNS, parse_number)
    )
    flags = {
        row.text("Name"): sum(row.value(column) > threshold for column in _ELISA_COLUMNS) for row in elisa.rows
    }
    _validate_names(elisa, {row.text("Name") for row in sequences.rows} ^ set(flags))
    dropped = Counter(_count_footnotes(sequences)) + Counter(_count_footnotes(elisa))
    rows = []
    for row in sequences.rows:
        name = row.text("Name")
        if flags[name] in _MILD_FLAGS:
            dropped["1 to 3 flags (mild)"] += 1
            continue
        label = POLYREACTIVE if flags[name] else SPECIFIC
        rows.append(PreparedRow(row.text("VH"), row.text("VL"), label, name))
    return Preparation(tuple(rows), dropped)


def _relabel(row: PreparedRow) -> PreparedRow:
    if row.name not in _RELABELLED:
        return row
    return replace(row, label=POLYREACTIVE)


def _count_footnotes(sheet: Sheet) -> dict[str, int]:
    return {"footnote, not an antibody": sheet.footnotes}


def _validate_names(sheet: Sheet, unmatched: set[str]) -> None:
    if unmatched:
        raise UnexpectedContent(
            f"{sheet.file}, sheet `{sheet.name}`, does not name the antibodies expected",
            findings=[
                Finding(name, "expected among the specific antibodies and in every file")
                for name in sorted(unmatched)
            ],
            consequence="Nothing was prepared.",
        )
