"""What a catalogue says of a source beside its files and rules: where it was published, and its datasheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

_Text = Annotated[str, StringConstraints(min_length=1)]
_Author = Annotated[str, StringConstraints(pattern=r"^[^,]+, [^,]+$")]
_SpdxId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+-]+$")]
_NAMED_IN_CITATION = 3


@dataclass(frozen=True, slots=True)
class Publication:
    """The article of a source. `authors` are `Family, G. I.`; `and_others` says that more of them are not listed.

    `pages` are first and last, `944-949`, or the number of the article, `e61393`.
    """

    authors: Annotated[tuple[_Author, ...], Field(min_length=1)]
    title: _Text
    journal: _Text
    volume: _Text
    pages: _Text
    year: int
    and_others: bool = False

    @property
    def citation(self) -> str:
        """One line: `Jain T, Sun T, Durand S, et al. Title. Journal 114:944-949 (2017)`."""
        named = [_shorten(author) for author in self.authors[:_NAMED_IN_CITATION]]
        if self.and_others or len(self.authors) > _NAMED_IN_CITATION:
            named.append("et al")
        return f"{', '.join(named)}. {self.title}. {self.journal} {self.volume}:{self.pages} ({self.year})"


@dataclass(frozen=True, slots=True)
class Datasheet:
    """What somebody should know before using a source: each text is plain prose, each list item a sentence or more.

    `licence_ids` are SPDX names, none where no licence is stated; `licence` says in words what is under which,
    `redistribution` who may pass what on. `history` is told only where the sets themselves have one.
    """

    summary: _Text
    construction: Annotated[tuple[_Text, ...], Field(min_length=1)]
    licence: _Text
    redistribution: _Text
    licence_ids: tuple[_SpdxId, ...] = ()
    known_issues: tuple[_Text, ...] = ()
    history: tuple[_Text, ...] = ()


def _shorten(author: str) -> str:
    """`Nett JH` for `Nett, J. H.`."""
    family, _, initials = author.partition(", ")
    return f"{family} {initials.replace('.', '').replace(' ', '')}"
