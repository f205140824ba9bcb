"""Numbered domains for embedders that need them, or every sequence that is none."""

from __future__ import annotations

from collections.abc import Sequence

from polyreact.errors import CannotEmbed, Finding
from polyreact.numbering import Domain, Unnumbered, number_domains


def number_all(sequences: Sequence[str], what: str = "sequence") -> tuple[Domain, ...]:
    """The variable domain of each sequence, in order. Raises CannotEmbed with every one that cannot be numbered."""
    numbered = number_domains(sequences)
    domains = tuple(domain for domain in numbered if isinstance(domain, Domain))
    if len(domains) < len(numbered):
        raise CannotEmbed(
            "there are sequences that cannot be numbered as antibody variable domains",
            findings=[
                Finding(f"row {row}", f"{what}: {domain.reason}")
                for row, domain in enumerate(numbered, start=1)
                if isinstance(domain, Unnumbered)
            ],
            consequence="Nothing was embedded.",
            cure="Leave these rows out, or choose parts=[VH] and an embedder that does without numbering.",
        )
    return domains
