"""IMGT numbering: which residues of a variable domain are frameworks and which are CDRs.

A wrapper of immunum, and the only module that knows it. Positions are those of IMGT (Lefranc et al. 2003, Dev
Comp Immunol 27:55): FR1 1-26, CDR1 27-38, FR2 39-55, CDR2 56-65, FR3 66-104, CDR3 105-117, FR4 118-128.

What is promised:

- Regions are slices of the given sequence and follow each other without a gap, insertions (111A, 112A, ...)
  included: joined, they are the domain. Should the library number fewer residues than the domain has, the
  sequence is not numbered at all.
- A CDR3 of up to 40 residues is found whole. Longer ones, as cattle have, the library may take for the end of the
  domain; no published set here has one.
- What stands before or after the domain (leader, constant region, linker) is in no region.
- A sequence is upper-case, of the twenty standard amino acids and X, an unknown residue. Any other character is
  refused, with its place. Of several domains in one sequence, the best match is numbered.
- X inside a domain is a residue as any other. A run of X at the beginning tells an aligner nothing, and a long
  one defeats it. It is set aside, the rest is numbered, and as many X as IMGT has positions in front of the
  rest go back into FR1.
- A region may be empty: a domain that was sequenced from its FR2 on has no CDR1. A domain without any residue
  is not numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from types import MappingProxyType

from immunum import Annotator

from polyreact.errors import CannotNumber
from polyreact.sequences import STANDARD_AMINO_ACIDS

UNKNOWN_RESIDUE = "X"

#: Where nearly every variable domain has the same: the first cysteine, the tryptophan of FR2, the hydrophobic
#: residue and the second cysteine of FR3, the tryptophan or phenylalanine of the J region (Lefranc et al. 2003).
CONSERVED_POSITIONS = frozenset({23, 41, 89, 104, 118})

#: The last IMGT position of each region, in order.
_REGION_ENDS = (26, 38, 55, 65, 104, 117, 128)
#: The places of FR1, FR2, FR3 and FR4 among them.
_FRAMEWORKS = frozenset({0, 2, 4, 6})
#: Insertions are lettered; where there are more than 26, the library goes on with what follows Z in ASCII.
_POSITION = re.compile(r"([0-9]+)[^0-9]*")
_UNREADABLE = re.compile(f"[^{''.join(sorted(STANDARD_AMINO_ACIDS))}{UNKNOWN_RESIDUE}]")


class Chain(StrEnum):
    """The kind of a variable domain."""

    HEAVY = "H"
    KAPPA = "K"
    LAMBDA = "L"

    @property
    def is_heavy(self) -> bool:
        """A VH or VHH; otherwise a VL."""
        return self is Chain.HEAVY


@dataclass(frozen=True, slots=True)
class Domain:
    """A numbered variable domain. `start` is the index of its first residue in the sequence that was given."""

    chain: Chain
    start: int
    fr1: str
    cdr1: str
    fr2: str
    cdr2: str
    fr3: str
    cdr3: str
    fr4: str

    @property
    def regions(self) -> tuple[str, ...]:
        """FR1, CDR1, FR2, CDR2, FR3, CDR3, FR4."""
        return self.fr1, self.cdr1, self.fr2, self.cdr2, self.fr3, self.cdr3, self.fr4

    @property
    def cdrs(self) -> tuple[str, str, str]:
        """CDR1, CDR2, CDR3."""
        return self.cdr1, self.cdr2, self.cdr3

    @property
    def frameworks(self) -> tuple[str, str, str, str]:
        """FR1, FR2, FR3, FR4."""
        return self.fr1, self.fr2, self.fr3, self.fr4

    @property
    def sequence(self) -> str:
        """All residues of the domain."""
        return "".join(self.regions)


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """Stands for a sequence that cannot be numbered; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Residue:
    """One numbered residue: its index in the sequence that was given, its letter, and its IMGT position.

    `number` is the position without the letter of an insertion: 111 for 111A.
    """

    index: int
    letter: str
    number: int
    is_framework: bool

    @property
    def is_conserved(self) -> bool:
        """Whether it, or what it is inserted behind, stands where nearly every variable domain has the same."""
        return self.number in CONSERVED_POSITIONS


def number_domain(sequence: str) -> Domain:
    """The variable domain in `sequence`. Raises CannotNumber."""
    numbered = _number(sequence)
    if isinstance(numbered, Unnumbered):
        raise CannotNumber(
            f"the sequence cannot be numbered as an antibody variable domain: {numbered.reason}",
            cure="Give a VH, VHH or VL in one-letter amino acids, upper case; X stands for an unknown residue.",
        )
    return numbered


def number_domains(
    sequences: Iterable[str], chains: tuple[Chain, ...] = tuple(Chain)
) -> tuple[Domain | Unnumbered, ...]:
    """The variable domain of each sequence, in order; a sequence that is given twice is numbered once.

    Only domains of the kinds `chains` are looked for. Where all sequences are known to be of one kind, naming it
    changes nothing but the time, which is less than half: each kind is another alignment.
    """
    numbered: dict[str, Domain | Unnumbered] = {}
    given = tuple(sequences)
    for sequence in given:
        if sequence not in numbered:
            numbered[sequence] = _number(sequence, chains)
    return tuple(numbered[sequence] for sequence in given)


def number_residues(sequence: str, chains: tuple[Chain, ...] = tuple(Chain)) -> tuple[Residue, ...] | Unnumbered:
    """The residues of the variable domain in `sequence`, in order, each with its position; as number_domains else.

    Unknown residues at the beginning, which are given back to FR1 without having been aligned, are left out.
    """
    aligned = _align(sequence, chains)
    if isinstance(aligned, Unnumbered):
        return aligned
    residues = []
    for index, position in enumerate(aligned.positions, start=aligned.unknown + aligned.start):
        region, number = _region_and_number(position)
        residues.append(Residue(index, sequence[index], number, region in _FRAMEWORKS))
    return tuple(residues)


def build_fragments(heavy: Domain, light: Domain | None = None) -> Mapping[str, str]:
    """The parts of an antibody that models are trained on, by the names in use for them.

    Parts are joined in the order of the chain, heavy before light. A nanobody (`light` is None) has those of
    its one domain only.
    """
    fragments = _name_fragments("H", heavy)
    if light is not None:
        fragments |= _name_fragments("L", light)
        fragments |= {
            "VH+VL": heavy.sequence + light.sequence,
            "All-CDRs": "".join(heavy.cdrs + light.cdrs),
            "All-FWRs": "".join(heavy.frameworks + light.frameworks),
        }
    return MappingProxyType(fragments)


def _name_fragments(letter: str, domain: Domain) -> dict[str, str]:
    cdrs = {f"{letter}-CDR{number}": cdr for number, cdr in enumerate(domain.cdrs, start=1)}
    return {
        f"V{letter}": domain.sequence,
        **cdrs,
        f"{letter}-CDRs": "".join(domain.cdrs),
        f"{letter}-FWRs": "".join(domain.frameworks),
    }


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A domain as the library found it behind `unknown` residues: where it begins there, and its positions."""

    chain: Chain
    unknown: int
    start: int
    positions: tuple[str, ...]


def _number(sequence: str, chains: tuple[Chain, ...] = tuple(Chain)) -> Domain | Unnumbered:
    aligned = _align(sequence, chains)
    return aligned if isinstance(aligned, Unnumbered) else _cut(sequence, aligned)


def _align(sequence: str, chains: tuple[Chain, ...]) -> _Aligned | Unnumbered:
    unreadable = _UNREADABLE.search(sequence)
    if unreadable:
        return Unnumbered(f"residue {unreadable.start() + 1} is {unreadable[0]!r}, which is no amino acid")
    known = sequence.lstrip(UNKNOWN_RESIDUE)
    result = _annotator(chains).number(known)
    if result.numbering is None or result.query_start is None or result.query_end is None or result.chain is None:
        return Unnumbered(result.error or "no reason given")
    if not result.numbering:
        return Unnumbered("no residue of it was aligned")
    if len(result.numbering) != result.query_end - result.query_start + 1:
        return Unnumbered("positions were given to some residues of the domain only")
    unknown = len(sequence) - len(known)
    return _Aligned(Chain(result.chain), unknown, result.query_start, tuple(result.numbering))


def _cut(sequence: str, aligned: _Aligned) -> Domain:
    """Cut `sequence` at the borders of the regions; its first `unknown` residues were not numbered."""
    numbers = [_region_and_number(position) for position in aligned.positions]
    first = numbers[0][1]
    lengths = [0] * len(_REGION_ENDS)
    for region, _ in numbers:
        lengths[region] += 1
    begin = aligned.unknown + aligned.start
    if aligned.start == 0:  # the domain begins where the unknown residues end
        given_back = min(aligned.unknown, first - 1)
        begin -= given_back
        lengths[0] += given_back
    ends = [begin]
    for length in lengths:
        ends.append(ends[-1] + length)
    regions = [sequence[left:right] for left, right in pairwise(ends)]
    return Domain(aligned.chain, begin, *regions)


@cache
def _region_and_number(position: str) -> tuple[int, int]:
    matched = _POSITION.fullmatch(position)
    if matched is None:
        raise ValueError(f"{position!r} is no IMGT position")
    number = int(matched[1])
    return next(region for region, end in enumerate(_REGION_ENDS) if number <= end), number


@cache
def _annotator(chains: tuple[Chain, ...]) -> Annotator:
    return Annotator([chain.value for chain in chains], "IMGT")
