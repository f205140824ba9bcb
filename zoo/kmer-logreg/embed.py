"""A sequence as the share of each k-mer of the 20 standard amino acids; a k-mer with X counts for nothing."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np

K = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))["embedder"]["k"]
PLACE = {"".join(letters): place for place, letters in enumerate(product("ACDEFGHIKLMNPQRSTVWY", repeat=K))}


def embed(sequences: list[str], *, is_heavy: bool) -> np.ndarray:  # noqa: ARG001  the same for both chains
    """The shares, the k-mers in alphabetical order, of shape (n, 20^k)."""
    vectors = np.zeros((len(sequences), len(PLACE)), dtype=np.float32)
    for row, sequence in enumerate(sequences):
        for start in range(len(sequence) - K + 1):
            place = PLACE.get(sequence[start : start + K])
            if place is not None:
                vectors[row, place] += 1
        total = vectors[row].sum()
        if total > 0:
            vectors[row] /= total
    return vectors
