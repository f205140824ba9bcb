"""Which reading of a DNA chain is the antibody: published chains begin anywhere from primer to framework 1.

A chain is read from its first base where the first 150 residues of that reading hold no stop and at least 85 %
standard residues. Otherwise from the best ATG among the first 300 bases: the one whose reading costs least, and no
more than 10, an X among the first 150 residues costing 1, a stop 2, and 5 that no beginning of a framework 1 stands
among the first 120; readings under 100 residues do not count, and the first of equals wins. Without such an ATG the
reading from the first base stands. A reading is kept with 95 to 500 residues, no stop and at least 80 % standard
residues among the first 150, and ends at its first stop.

This is the rule that made the Boughter antibodies in circulation. Two rules that look as good, the longest open
reading from any ATG and the one with the fewest stops, let six more of them through and lose one.
"""

from __future__ import annotations

import re

from polyreact.datasets.prepare.dna import STOP, translate
from polyreact.numbering import UNKNOWN_RESIDUE
from polyreact.sequences import STANDARD_AMINO_ACIDS

_JUDGED_RESIDUES = 150
_STANDARD_IN_FRAME, _STANDARD_AT_LEAST = 0.85, 0.80
_KEPT_RESIDUES = range(95, 501)
_ATG_WITHIN_BASES = 300
_ATG_RESIDUES_AT_LEAST = 100
_X_COST, _STOP_COST, _NO_FRAMEWORK_COST, _COST_AT_MOST = 1, 2, 5, 10
_FRAMEWORK_WITHIN_RESIDUES = 120
_FRAMEWORK = re.compile("EV(Q|KM|LV|TV)|QV[QLRKV]|EQLV|EIV[LM]T|DI[VQT]MT|Q[SA]VLT|QIVLT")


def find_reading(bases: str) -> str | None:
    """The amino acids of a chain up to its first stop, or None where it cannot be read."""
    reading = translate(bases)
    if not _is_clean(reading, _STANDARD_IN_FRAME):
        reading = _find_best_start(bases) or reading
    if len(reading) not in _KEPT_RESIDUES or not _is_clean(reading, _STANDARD_AT_LEAST):
        return None
    return reading.partition(STOP)[0]


def _is_clean(reading: str, standard_at_least: float) -> bool:
    judged = reading[:_JUDGED_RESIDUES]
    standard = sum(residue in STANDARD_AMINO_ACIDS for residue in judged)
    return bool(judged) and STOP not in judged and standard / len(judged) >= standard_at_least


def _find_best_start(bases: str) -> str | None:
    starts = (atg.start() for atg in re.finditer("(?=ATG)", bases[: _ATG_WITHIN_BASES + 2]))
    readings = [reading for start in starts if len(reading := translate(bases[start:])) >= _ATG_RESIDUES_AT_LEAST]
    best = min(readings, key=_cost, default=None)
    return best if best is not None and _cost(best) <= _COST_AT_MOST else None


def _cost(reading: str) -> int:
    judged = reading[:_JUDGED_RESIDUES]
    has_framework = _FRAMEWORK.search(reading[:_FRAMEWORK_WITHIN_RESIDUES]) is not None
    return (
        _X_COST * judged.count(UNKNOWN_RESIDUE)
        + _STOP_COST * judged.count(STOP)
        + (0 if has_framework else _NO_FRAMEWORK_COST)
    )
