"""An embedder that costs nothing and can be told to run out of memory or to die."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class FakeEmbedder:
    """A vector is the length of the sequence and the places of its first letters in the alphabet."""

    name = "fake"
    longest = 600
    is_costly = True

    def __init__(self, dimension: int = 4, revision: str = "fake 1", dies_after: int | None = None) -> None:
        self.dimension = dimension
        self.revision = revision
        self.asked: list[str] = []
        self._dies_after = dies_after

    def embed(self, sequences: Sequence[str]) -> np.ndarray:
        self.asked += sequences
        if self._dies_after is not None and len(self.asked) > self._dies_after:
            raise KeyboardInterrupt
        rows = [
            [len(s), *(ord(c) - 64 for c in s[: self.dimension - 1].ljust(self.dimension - 1, "@"))]
            for s in sequences
        ]
        return np.array(rows, dtype=np.float32)
