"""A sequence as physico-chemical descriptors (physics.py) of its variable domain.

What depends on regions is 0 for a sequence that cannot be numbered, and the rest is that of the whole sequence.
"""

from __future__ import annotations

import numpy as np
from numbering import number
from physics import NAMES, describe


def embed(sequences: list[str], *, is_heavy: bool) -> np.ndarray:  # noqa: ARG001  the same for both chains
    """The descriptors of each sequence, of shape (n, numbers)."""
    rows = []
    for sequence in sequences:
        domain = number(sequence)
        rows.append(describe(domain.sequence, domain.regions[1::2]))
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(NAMES))
