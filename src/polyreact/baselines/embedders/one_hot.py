"""Which amino acid stands at each of IMGT's 128 positions, as zeros and ones.

Insertions (111A, 112A, ...) have no column: they would differ from set to set. X and a gap are all 0 at their
position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polyreact.baselines.embedders.interface import Vectors
from polyreact.errors import CannotEmbed, Finding
from polyreact.numbering import Unnumbered, number_residues
from polyreact.sequences import STANDARD_AMINO_ACIDS

_POSITIONS = 128


class OneHot:
    """The positions one after the other, with the 20 amino acids in alphabetical order at each."""

    name = "one-hot"
    revision = "one-hot 1"
    dimension = _POSITIONS * len(STANDARD_AMINO_ACIDS)
    longest = 2000
    is_costly = False

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The vectors. Raises CannotEmbed for a sequence that is no variable domain."""
        column = {residue: number for number, residue in enumerate(sorted(STANDARD_AMINO_ACIDS))}
        vectors = np.zeros((len(sequences), _POSITIONS, len(column)), dtype=np.float32)
        findings = []
        for row, sequence in enumerate(sequences):
            residues = number_residues(sequence)
            if isinstance(residues, Unnumbered):
                findings.append(Finding(f"row {row + 1}", residues.reason))
                continue
            filled: set[int] = set()
            for residue in residues:  # an insertion has the number of the position that it follows
                if residue.number not in filled and residue.letter in column:
                    vectors[row, residue.number - 1, column[residue.letter]] = 1
                filled.add(residue.number)
        if findings:
            raise CannotEmbed(
                "there are sequences that cannot be numbered as antibody variable domains",
                findings=findings,
                consequence="Nothing was embedded.",
                cure="Leave these rows out, or choose an embedder that does without numbering.",
            )
        return vectors.reshape(len(sequences), self.dimension)
