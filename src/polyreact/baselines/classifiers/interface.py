"""What every fitted classifier offers, and what it takes to fit one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassifierChoice:
    """Which classifier, and its settings by the names of its library; those not given are the library's.

    With `scale` each number is brought to mean 0 and standard deviation 1 over the rows that are learned from.
    `grid` holds the values that are tried for each setting where tuning is asked for.
    """

    name: str
    settings: dict[str, object] = field(default_factory=dict)
    scale: bool = False
    grid: dict[str, tuple[object, ...]] = field(default_factory=dict)


class Fitted(Protocol):
    """A fitted classifier.

    `is_probability` says whether scores lie between 0 and 1 and are meant as probabilities of polyreactivity; the
    threshold that the classifier itself would use is then 0.5, and 0 otherwise.
    """

    @property
    def kind(self) -> str:
        """How it is kept: the name of a way to load it again."""

    @property
    def file_name(self) -> str:
        """The file that it is kept in."""

    @property
    def is_probability(self) -> bool:
        """Whether scores are probabilities."""

    def score(self, features: npt.NDArray[np.floating]) -> Floats:
        """The score of each row, of shape (n,), higher for the more polyreactive."""

    def to_bytes(self) -> bytes:
        """What is kept. The same fit gives the same bytes."""
