"""Physico-chemical descriptors of a variable domain: what can be said of a sequence without learning from others.

The formulas stand in `physics`; regions are IMGT's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polyreact.baselines.embedders.interface import Vectors
from polyreact.baselines.embedders.physics import NAMES, describe, find_isoelectric_point, measure_charge
from polyreact.baselines.embedders.regions import number_all

_LONGEST = 2000


class Descriptors:
    """The descriptors as an embedder; its dimension is that of `NAMES`."""

    name = "descriptors"
    revision = "descriptors 1"
    dimension = len(NAMES)
    longest = _LONGEST
    is_costly = False

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The descriptors of each sequence. Raises CannotEmbed for one that is no variable domain."""
        rows = [describe(domain.sequence, domain.cdrs) for domain in number_all(sequences)]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)


class PhysicalProperty:
    """One of the descriptors alone, without numbering: `isoelectric_point` or `charge`."""

    dimension = 1
    longest = _LONGEST
    is_costly = False

    def __init__(self, name: str) -> None:
        self.name = name.replace("_", "-")
        self.revision = f"{self.name} 1"
        self._measure = {"isoelectric_point": find_isoelectric_point, "charge": measure_charge}[name]

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """Of shape (n, 1)."""
        return np.array([[self._measure(sequence)] for sequence in sequences], dtype=np.float32).reshape(-1, 1)
