"""Near-identical variants of antibodies: one or two conservative exchanges in the framework of the VH.

Whoever has learnt something of antibodies answers for a variant much as for the original; a table of sequences does
not know it. Nothing here says that a variant binds like the original: it is likely to, and no more.

*Conservative* is an exchange that scores above zero in BLOSUM62 and leaves the charge as it is. BLOSUM62 alone
would allow E for K, and charge is what polyreactivity is best known to follow. Histidine, whose charge hangs on the
pH, is exchanged for nothing. The positions that IMGT calls conserved (23, 41, 89, 104 and 118) and the CDRs stay as
they are.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from polyreact.numbering import Chain, Residue, Unnumbered, number_residues
from polyreact.sequences import STANDARD_AMINO_ACIDS, Antibody, SequenceId
from polyreact.similarity import score_substitution

#: Variants are drawn by it and by the sequence, so that an antibody has the same variant in every set.
VARIANT_SEED = "polyreact variants 1"

#: Why an antibody has no variant.
NOT_NUMBERED = "cannot be numbered"
NOTHING_NEW = "no variant that is not in the set already"

_MOST_EXCHANGES = 2
_ATTEMPTS = 20
#: Amino acids of one charge at a neutral pH.
_CHARGES = ("DE", "KR", "".join(sorted(STANDARD_AMINO_ACIDS - set("DEHKR"))))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One residue in place of another: its index in the VH, its IMGT position, and both letters."""

    index: int
    position: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant under the id of its original, and what was exchanged."""

    antibody: Antibody
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Variants:
    """The variants of a set in its order, and how many antibodies have none, by the reason."""

    rows: tuple[Variant, ...]
    left_out: Mapping[str, int]

    @property
    def by_id(self) -> Mapping[SequenceId, Antibody]:
        """Each variant by the id that it shares with its original."""
        return {row.antibody.sequence_id: row.antibody for row in self.rows}


def build_variants(antibodies: Sequence[Antibody], known: Collection[str], seed: str = VARIANT_SEED) -> Variants:
    """One variant of each antibody, the same on every machine; none has a VH of `known`."""
    taken = frozenset(known)
    rows: list[Variant] = []
    left_out: Counter[str] = Counter()
    for antibody in antibodies:
        drawn = _draw_variant(antibody, taken, seed)
        if isinstance(drawn, Variant):
            rows.append(drawn)
        else:
            left_out[drawn] += 1
    return Variants(tuple(rows), dict(sorted(left_out.items())))


@cache
def find_partners(letter: str) -> str:
    """What may stand in the place of an amino acid, in alphabetical order; nothing for most unknown letters."""
    alike = next((letters for letters in _CHARGES if letter in letters), "")
    return "".join(other for other in alike if other != letter and score_substitution(letter, other) > 0)


def _draw_variant(antibody: Antibody, known: frozenset[str], seed: str) -> Variant | str:
    residues = number_residues(antibody.sequence, (Chain.HEAVY,))
    if isinstance(residues, Unnumbered):
        return NOT_NUMBERED
    sites = [residue for residue in residues if _is_site(residue)]
    stream = random.Random(f"{seed} {antibody.sequence}")  # noqa: S311 the same draw everywhere, no secret
    for _ in range(_ATTEMPTS):
        exchanges = _draw_exchanges(sites, stream)
        sequence = _apply(antibody.sequence, exchanges)
        if exchanges and sequence not in known:
            return Variant(replace(antibody, sequence=sequence), exchanges)
    return NOTHING_NEW


def _is_site(residue: Residue) -> bool:
    return residue.is_framework and not residue.is_conserved and bool(find_partners(residue.letter))


def _draw_exchanges(sites: Sequence[Residue], stream: random.Random) -> tuple[Exchange, ...]:
    """`random()` alone is drawn from: its stream is the same in every version of Python."""
    wanted = 1 + int(stream.random() * _MOST_EXCHANGES)
    drawn = sorted((stream.random(), place) for place in range(len(sites)))[:wanted]
    chosen = [sites[place] for place in sorted(place for _, place in drawn)]
    partners = [find_partners(residue.letter) for residue in chosen]
    return tuple(
        Exchange(residue.index, residue.number, residue.letter, among[int(stream.random() * len(among))])
        for residue, among in zip(chosen, partners, strict=True)
    )


def _apply(sequence: str, exchanges: Sequence[Exchange]) -> str:
    letters = list(sequence)
    for exchange in exchanges:
        letters[exchange.index] = exchange.after
    return "".join(letters)
