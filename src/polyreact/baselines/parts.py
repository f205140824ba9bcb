"""Which part of an antibody is embedded: a whole chain as it is given, or regions of it by IMGT numbering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from polyreact.baselines.embedders.regions import number_all
from polyreact.errors import CannotEmbed, Finding
from polyreact.numbering import build_fragments
from polyreact.sequences import Antibody


class Part(StrEnum):
    """A part of an antibody, by the names of `numbering.build_fragments`."""

    VH = "VH"
    VL = "VL"
    H_CDR1 = "H-CDR1"
    H_CDR2 = "H-CDR2"
    H_CDR3 = "H-CDR3"
    H_CDRS = "H-CDRs"
    H_FWRS = "H-FWRs"
    L_CDR1 = "L-CDR1"
    L_CDR2 = "L-CDR2"
    L_CDR3 = "L-CDR3"
    L_CDRS = "L-CDRs"
    L_FWRS = "L-FWRs"

    @property
    def is_heavy(self) -> bool:
        """Whether it is a part of the heavy chain."""
        return self.value[0] == "H" or self is Part.VH

    @property
    def is_whole(self) -> bool:
        """Whether it is the chain as it was given, which need not be one that can be numbered."""
        return self in {Part.VH, Part.VL}


@dataclass(frozen=True, slots=True)
class PartSequences:
    """One part of each of a set of antibodies, in their order."""

    part: Part
    sequences: tuple[str, ...]


def cut_parts(antibodies: Sequence[Antibody], parts: Sequence[Part]) -> tuple[PartSequences, ...]:
    """The chosen parts of each antibody. Regions are joined in the order of the chain.

    Raises CannotEmbed for antibodies without the light chain that was asked for, and for those that cannot be
    numbered where regions were.
    """
    if any(not part.is_heavy for part in parts):
        _validate_light(antibodies)
    return tuple(PartSequences(part, _cut(antibodies, part)) for part in parts)


def _cut(antibodies: Sequence[Antibody], part: Part) -> tuple[str, ...]:
    chains = [antibody.sequence if part.is_heavy else antibody.light_sequence for antibody in antibodies]
    if part.is_whole:
        return tuple(chains)
    name = part.value if part.is_heavy else f"H{part.value[1:]}"  # the regions of one domain have the same names
    return tuple(build_fragments(domain)[name] for domain in number_all(chains, "VH" if part.is_heavy else "VL"))


def _validate_light(antibodies: Sequence[Antibody]) -> None:
    findings = [
        Finding(f"row {row}", f"{antibody.sequence_id} has no light chain")
        for row, antibody in enumerate(antibodies, start=1)
        if not antibody.light_sequence
    ]
    if findings:
        raise CannotEmbed(
            f"{len(findings)} of {len(antibodies)} antibodies have no light chain, and a part of it was asked for",
            findings=findings,
            consequence="Nothing was embedded.",
            cure="Choose parts of the heavy chain, such as parts=[VH], or leave these rows out.",
        )
