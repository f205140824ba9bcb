"""Which sequences can be embedded: those of the twenty standard amino acids and X, no longer than a model can take.

X stands for an unknown residue, and each embedder says what becomes of it. Anything else (B, Z, J, U, O, a stop, a
gap, lower case, a blank) is refused with its row and place: what a model makes of a letter that it was not trained
on is a guess, and whoever has the sequence knows better what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from polyreact.errors import CannotEmbed, Finding
from polyreact.numbering import UNKNOWN_RESIDUE
from polyreact.sequences import find_nonstandard

_SHOWN_CHARACTERS = 5


def validate_sequences(sequences: Sequence[str], longest: int, what: str = "sequence") -> None:
    """Raises CannotEmbed with every sequence that cannot be embedded, by its row, the first being 1."""
    findings = tuple(_find_defects(sequences, longest, what))
    if findings:
        raise CannotEmbed(
            f"{len(findings)} of {len(sequences)} sequences cannot be embedded",
            findings=findings,
            consequence="Nothing was embedded.",
            cure="Mend these rows or leave them out. Letters are the 20 standard amino acids, upper case, and X "
            "for an unknown residue.",
        )


def _find_defects(sequences: Sequence[str], longest: int, what: str) -> Iterator[Finding]:
    for row, sequence in enumerate(sequences, start=1):
        defect = _judge(sequence, longest)
        if defect:
            yield Finding(f"row {row}", f"{what} {defect}")


def _judge(sequence: str, longest: int) -> str:
    if not sequence:
        return "is empty"
    foreign = find_nonstandard(sequence).replace(UNKNOWN_RESIDUE, "")
    if foreign:
        places = ", ".join(f"{c!r} at {sequence.index(c) + 1}" for c in foreign[:_SHOWN_CHARACTERS])
        return f"holds {places}; expected the 20 standard amino acids or X"
    if not sequence.strip(UNKNOWN_RESIDUE):
        return "holds X only; expected at least one known residue"
    if len(sequence) > longest:
        return f"has {len(sequence)} residues; this embedder takes at most {longest}"
    return ""
