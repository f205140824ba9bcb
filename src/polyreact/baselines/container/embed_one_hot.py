"""A sequence as zeros and ones: which of the 20 amino acids stands at each of IMGT's 128 positions.

Insertions have no column; X and gaps are all 0, and so is a sequence that cannot be numbered.
"""

from __future__ import annotations

import numpy as np
from numbering import ENDS, number

COLUMN = {letter: column for column, letter in enumerate("ACDEFGHIKLMNPQRSTVWY")}


def embed(sequences: list[str], *, is_heavy: bool) -> np.ndarray:  # noqa: ARG001  the same for both chains
    """Of shape (n, 128 x 20), position after position."""
    vectors = np.zeros((len(sequences), ENDS[-1], len(COLUMN)), dtype=np.float32)
    for row, sequence in enumerate(sequences):
        filled = set()
        for position, letter in number(sequence).residues:  # an insertion has the number that it follows
            if position not in filled and letter in COLUMN:
                vectors[row, position - 1, COLUMN[letter]] = 1
            filled.add(position)
    return vectors.reshape(len(sequences), -1)
