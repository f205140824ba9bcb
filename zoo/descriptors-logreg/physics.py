"""The formulas of the physico-chemical descriptors. numpy only: images of submissions hold this file as it is.

Charges are those of Henderson and Hasselbalch with the pK values of EMBOSS (Rice et al. 2000, Trends Genet 16:276),
cysteines being bridged and the ends of the domain not free; hydropathy is that of Kyte and Doolittle 1982 (J Mol
Biol 157:105), its moment that of Eisenberg et al. 1984 (PNAS 81:140) at 100 degrees a residue. What a sequence
without a region has there is 0. X counts for the length and for nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

_PH = 7.4
_BASES: Mapping[str, float] = {"K": 10.8, "R": 12.5, "H": 6.5}
_ACIDS: Mapping[str, float] = {"D": 3.9, "E": 4.1, "Y": 10.1}
_HYDROPATHY: Mapping[str, float] = {
    "A": 1.8, "R": -4.5, "N": -3.5, "D": -3.5, "C": 2.5, "Q": -3.5, "E": -3.5, "G": -0.4, "H": -3.2, "I": 4.5,
    "L": 3.8, "K": -3.9, "M": 1.9, "F": 2.8, "P": -1.6, "S": -0.8, "T": -0.7, "W": -0.9, "Y": -1.3, "V": 4.2,
}  # fmt: skip
_EISENBERG: Mapping[str, float] = {
    "A": 0.62, "R": -2.53, "N": -0.78, "D": -0.90, "C": 0.29, "Q": -0.85, "E": -0.74, "G": 0.48, "H": -0.40,
    "I": 1.38, "L": 1.06, "K": -1.50, "M": 0.64, "F": 1.19, "P": 0.12, "S": -0.18, "T": -0.05, "W": 0.81,
    "Y": 0.26, "V": 1.08,
}  # fmt: skip
_TURN = math.radians(100)
_WINDOW = 11
_AROMATIC = "FWY"
_CDRS = ("cdr1", "cdr2", "cdr3")
_RESIDUES = "ACDEFGHIKLMNPQRSTVWY"

#: What each number of a vector is, in order.
NAMES = (
    "isoelectric_point",
    "charge",
    "hydropathy",
    "hydrophobic_moment",
    "length",
    "aromatic_share",
    "charge_symmetry",
    *(f"{cdr}_{what}" for cdr in _CDRS for what in ("length", "charge", "hydropathy", "aromatic_share")),
    *(f"share_{residue}" for residue in _RESIDUES),
    *(f"cdr_share_{residue}" for residue in _RESIDUES),
)


def measure_charge(sequence: str, ph: float = _PH) -> float:
    """The net charge at a pH, in units of the elementary charge."""
    plus = math.fsum(sequence.count(r) / (1 + 10 ** (ph - pk)) for r, pk in _BASES.items())
    minus = math.fsum(sequence.count(r) / (1 + 10 ** (pk - ph)) for r, pk in _ACIDS.items())
    return plus - minus


def find_isoelectric_point(sequence: str) -> float:
    """The pH at which the net charge is 0, to a thousandth; 0 or 14 where there is none between."""
    low, high = 0.0, 14.0
    while high - low > 1e-3:  # noqa: PLR2004  the thousandth
        middle = (low + high) / 2
        if measure_charge(sequence, middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def describe(sequence: str, cdrs: Sequence[str]) -> list[float]:
    """The descriptors of a domain, by `NAMES`; `cdrs` are its CDR1, CDR2 and CDR3, empty where it has none."""
    plus, minus = sum(map(sequence.count, "KR")), sum(map(sequence.count, "DE"))
    return [
        find_isoelectric_point(sequence),
        measure_charge(sequence),
        _mean_hydropathy(sequence),
        _highest_moment(sequence),
        float(len(sequence)),
        _share(sequence, _AROMATIC),
        float((plus - minus) ** 2) / (plus + minus) if plus + minus else 0.0,
        *(value for cdr in cdrs for value in _describe_cdr(cdr)),
        *(_share(sequence, residue) for residue in _RESIDUES),
        *(_share("".join(cdrs), residue) for residue in _RESIDUES),
    ]


def _describe_cdr(cdr: str) -> list[float]:
    return [float(len(cdr)), measure_charge(cdr), _mean_hydropathy(cdr), _share(cdr, _AROMATIC)]


def _share(sequence: str, residues: str) -> float:
    return sum(map(sequence.count, residues)) / len(sequence) if sequence else 0.0


def _mean_hydropathy(sequence: str) -> float:
    known = [_HYDROPATHY[residue] for residue in sequence if residue in _HYDROPATHY]
    return math.fsum(known) / len(known) if known else 0.0


def _highest_moment(sequence: str) -> float:
    """The largest mean hydrophobic moment of any window of eleven residues."""
    values = np.array([_EISENBERG.get(residue, 0.0) for residue in sequence])
    angles = np.arange(len(values)) * _TURN
    parts = np.stack([values * np.sin(angles), values * np.cos(angles)])
    if len(values) < _WINDOW:
        return 0.0
    sums = np.cumsum(np.pad(parts, ((0, 0), (1, 0))), axis=1)
    windows = (sums[:, _WINDOW:] - sums[:, :-_WINDOW]) / _WINDOW
    return float(np.sqrt(np.square(windows).sum(axis=0)).max())
