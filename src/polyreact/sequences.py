"""What an antibody record is: an id, a VH or VHH, and a VL where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

SequenceId = NewType("SequenceId", str)

#: The twenty standard amino acids, one-letter code (IUPAC-IUB 1983).
STANDARD_AMINO_ACIDS = frozenset("ACDEFGHIKLMNPQRSTVWY")


@dataclass(frozen=True, slots=True)
class Antibody:
    """One antibody as a submission sees it.

    `sequence` is the VH or VHH in one-letter amino acids, upper case; `light_sequence` is the VL, empty
    for nanobodies.
    """

    sequence_id: SequenceId
    sequence: str
    light_sequence: str = ""


def find_nonstandard(sequence: str) -> str:
    """The characters of `sequence` that are not standard amino acids, each once, in order of appearance."""
    return "".join(dict.fromkeys(c for c in sequence if c not in STANDARD_AMINO_ACIDS))
