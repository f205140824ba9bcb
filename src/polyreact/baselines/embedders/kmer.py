"""The share of each k-mer in a sequence: composition where k is 1, and short motifs beyond."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from polyreact.baselines.embedders.interface import Vectors
from polyreact.sequences import STANDARD_AMINO_ACIDS


class KmerShares:
    """Of every k-mer of the 20 standard amino acids, how often it stands among those of the sequence, from 0 to 1.

    A k-mer with X counts for nothing, and a sequence without any other is all 0.
    """

    name = "kmer"
    longest = 2000
    is_costly = False

    def __init__(self, k: int) -> None:
        self._k = k
        kmers = product(sorted(STANDARD_AMINO_ACIDS), repeat=k)
        self._place = {"".join(letters): place for place, letters in enumerate(kmers)}
        self.dimension = len(self._place)
        self.revision = f"kmer 1, k {k}"

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The shares, the k-mers in alphabetical order."""
        vectors = np.zeros((len(sequences), self.dimension), dtype=np.float32)
        for row, sequence in enumerate(sequences):
            for start in range(len(sequence) - self._k + 1):
                place = self._place.get(sequence[start : start + self._k])
                if place is not None:
                    vectors[row, place] += 1
            total = vectors[row].sum()
            if total > 0:
                vectors[row] /= total
        return vectors
