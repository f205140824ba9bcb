"""What a preparation is: raw files in, labelled antibodies out, and an account of everything left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

SPECIFIC = 0
POLYREACTIVE = 1


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """One labelled antibody. `name` is the publication's; it never stands beside the sequences.

    `annotations` are what else is known of the antibody (assay values, where it comes from, its clone), by name
    and as text. They are as hidden as the label, and every row of a set has the same ones in the same order.
    """

    sequence: str
    light_sequence: str
    label: int
    name: str
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """How many source rows were left after a step of a preparation, by subset of the source."""

    name: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Preparation:
    """The rows of a set in any order, and how many source rows were dropped or changed, by reason.

    `stages` tell a longer way step by step; most preparations have none.
    """

    rows: tuple[PreparedRow, ...]
    dropped: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    stages: tuple[Stage, ...] = ()

    @property
    def positives(self) -> int:
        """How many rows are polyreactive."""
        return sum(row.label == POLYREACTIVE for row in self.rows)

    @property
    def negatives(self) -> int:
        """How many rows are specific."""
        return sum(row.label == SPECIFIC for row in self.rows)


class Prepare(Protocol):
    """A preparation. It reads only the files it is given and always gives the same rows for them.

    Every source row ends in `rows` or is counted in `dropped`; every row whose sequence or label is not
    what the rule makes of the source is counted in `changed`. Raises UnexpectedContent for a file that is
    not what the preparation knows.
    """

    def __call__(self, files: Mapping[str, Path], /) -> Preparation:
        """Prepare the raw files, given by name."""
        ...
