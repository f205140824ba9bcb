"""What every embedder offers: a vector for each sequence, the same whatever else is asked for at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

#: Of shape (sequences, dimension).
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an embedding is: sequences done of all that were not kept already, and seconds since it began."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Sequences a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining_s(self) -> float | None:
        """Seconds to go at this rate; None while nothing is done."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None

    def __str__(self) -> str:
        left = "" if self.remaining_s is None else f", {self.remaining_s:.0f} s to go"
        return f"embedded {self.done:,} of {self.total:,} sequences, {self.rate:,.0f}/s{left}"


OnProgress = Callable[[Progress], None]


class Embedder(Protocol):
    """Turns sequences of one kind of chain into vectors.

    `revision` names all that a vector depends on besides the sequence: weights, pooling, number format. Two
    embedders with the same revision give the same vectors, so kept ones are found by it. `longest` is the number
    of residues that a sequence may have.
    """

    @property
    def name(self) -> str:
        """As it is called in a configuration."""

    @property
    def revision(self) -> str:
        """All that a vector depends on besides the sequence, in one line."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def longest(self) -> int:
        """The most residues that a sequence may have."""

    @property
    def is_costly(self) -> bool:
        """Whether vectors take so long that they are worth keeping."""

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The vector of each sequence, in order. The sequences are valid (`sequences.validate_sequences`).

        One sequence changed changes its own row only; neither the order of the others nor their length matters.
        """
