"""Jain et al. 2017, PNAS 114:944: 137 clinical-stage antibodies and their ELISA against six antigens.

An antigen whose ELISA value is above the threshold is a flag. No flag is specific (0), more than three are
polyreactive (1), one to three are mild and left out. The value compared is that of each antigen; the ELISA
column of sd03 is the mean of the six.

Beside the label stand the flags at the set's own threshold, the six ELISA values and their mean, PSR and AC-SINS.
The values of each antigen were shared for research: they stay in the cache and may not be passed on.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, Preparation, PreparedRow
from polyreact.datasets.prepare.workbook import (
    Sheet,
    SheetRow,
    parse_number,
    parse_sequence,
    parse_text,
    read_sheet,
)
from polyreact.errors import Finding, UnexpectedContent

ELISA_FILE = "Private_Jain2017_ELISA_indiv.xlsx"
SEQUENCES_FILE = "pnas.1616408114.sd02.xlsx"
ASSAYS_FILE = "pnas.1616408114.sd03.xlsx"

_ANTIGENS = ("Cardiolipin", "KLH", "LPS", "ssDNA", "dsDNA", "Insulin")
_ELISA_COLUMNS = {antigen: f"ELISA {antigen}" for antigen in _ANTIGENS}
_PSR = "Poly-Specificity Reagent (PSR) SMP Score (0-1)"
_AC_SINS = "Affinity-Capture Self-Interaction Nanoparticle Spectroscopy (AC-SINS) ∆λmax (nm) Average"

_MILD_FLAGS = range(1, 4)
_RELABELLED = ("bavituximab", "bimagrumab", "eldelumab", "ganitumab", "infliximab")
_REMOVED_SPECIFICS = 30


@dataclass(frozen=True, slots=True)
class ClinicalAntibody:
    """One of the 137: `elisa` by antigen in the order of the panel, PSR from 0 to 1, AC-SINS in nm."""

    name: str
    heavy: str
    light: str
    elisa: Mapping[str, float]
    psr: float
    ac_sins: float

    def count_flags(self, threshold: float) -> int:
        """How many antigens have an ELISA value above `threshold`."""
        return sum(value > threshold for value in self.elisa.values())


def prepare_jain(files: Mapping[str, Path]) -> Preparation:
    """The 86 at threshold 1.5."""
    return _prepare_by_flags(*_read_antibodies(files), threshold=1.5)


def prepare_jain_116(files: Mapping[str, Path]) -> Preparation:
    """The 116 at threshold 1.9."""
    return _prepare_by_flags(*_read_antibodies(files), threshold=1.9)


def prepare_jain_parity(files: Mapping[str, Path]) -> Preparation:
    """The historical 86: relabelled by name, then stripped of the specifics hardest to tell."""
    antibodies, footnotes = _read_antibodies(files)
    before = _prepare_by_flags(antibodies, footnotes, threshold=1.9)
    specifics = {row.name for row in before.rows if row.label == SPECIFIC}
    _validate_names(ELISA_FILE, set(_RELABELLED) - specifics)
    rank = {antibody.name: (-antibody.psr, -antibody.ac_sins, antibody.name) for antibody in antibodies}
    removed = frozenset(sorted(specifics - set(_RELABELLED), key=rank.__getitem__)[:_REMOVED_SPECIFICS])
    return Preparation(
        rows=tuple(_relabel(row) for row in before.rows if row.name not in removed),
        dropped=before.dropped + Counter({"among the 30 specifics with the highest PSR": len(removed)}),
        changed=before.changed + Counter({"called polyreactive by name": len(_RELABELLED)}),
    )


def _read_antibodies(files: Mapping[str, Path]) -> tuple[tuple[ClinicalAntibody, ...], int]:
    """Every antibody, which all three files must name, and how many footnotes stood below them."""
    sequences = read_sheet(
        files[SEQUENCES_FILE],
        "Sequence-information",
        {"Name": parse_text, "VH": parse_sequence, "VL": parse_sequence},
    )
    elisa = read_sheet(
        files[ELISA_FILE],
        "Individual-ELISA",
        {"Name": parse_text} | dict.fromkeys(_ELISA_COLUMNS.values(), parse_number),
    )
    assays = read_sheet(
        files[ASSAYS_FILE],
        "Results-12-assays",
        {"Name": parse_text, _PSR: parse_number, _AC_SINS: parse_number},
    )
    elisa_of, assays_of = _by_name(elisa), _by_name(assays)
    for sheet, named in ((elisa, elisa_of), (assays, assays_of)):
        _validate_names(sheet.file, set(_by_name(sequences)) ^ set(named))
    antibodies = tuple(
        ClinicalAntibody(
            name=row.text("Name"),
            heavy=row.text("VH"),
            light=row.text("VL"),
            elisa={antigen: elisa_of[row.text("Name")].value(column) for antigen, column in _ELISA_COLUMNS.items()},
            psr=assays_of[row.text("Name")].value(_PSR),
            ac_sins=assays_of[row.text("Name")].value(_AC_SINS),
        )
        for row in sequences.rows
    )
    return antibodies, sequences.footnotes + elisa.footnotes + assays.footnotes


def _by_name(sheet: Sheet) -> dict[str, SheetRow]:
    return {row.text("Name"): row for row in sheet.rows}


def _prepare_by_flags(antibodies: Sequence[ClinicalAntibody], footnotes: int, threshold: float) -> Preparation:
    dropped = Counter({"footnote, not an antibody": footnotes})
    rows = []
    for antibody in antibodies:
        flags = antibody.count_flags(threshold)
        if flags in _MILD_FLAGS:
            dropped["1 to 3 flags (mild)"] += 1
            continue
        rows.append(_build_row(antibody, flags))
    return Preparation(tuple(rows), +dropped)


def _build_row(antibody: ClinicalAntibody, flags: int) -> PreparedRow:
    values = {
        **{f"elisa_{antigen.lower()}": value for antigen, value in antibody.elisa.items()},
        "elisa": fmean(antibody.elisa.values()),
        "psr": antibody.psr,
        "ac_sins": antibody.ac_sins,
    }
    return PreparedRow(
        antibody.heavy,
        antibody.light,
        POLYREACTIVE if flags else SPECIFIC,
        antibody.name,
        (("flags", str(flags)), *((name, repr(value)) for name, value in values.items())),
    )


def _relabel(row: PreparedRow) -> PreparedRow:
    if row.name not in _RELABELLED:
        return row
    return replace(row, label=POLYREACTIVE)


def _validate_names(file: str, unmatched: set[str]) -> None:
    if unmatched:
        raise UnexpectedContent(
            f"{file} does not name the antibodies expected",
            findings=[
                Finding(name, "expected among the specific antibodies and in every file")
                for name in sorted(unmatched)
            ],
            consequence="Nothing was prepared.",
        )
