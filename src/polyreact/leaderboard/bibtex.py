"""A score as a BibTeX entry, with whatever a stranger wrote into the manifest as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from polyreact.leaderboard.text import NOTE_LIMIT, clean

#: BibTeX counts braces whatever stands before them, so that only a command may stand for one.
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "\u2212": "$-$",
} | {character: f"\\{character}" for character in "&%$#_"}
#: A name that BibTeX takes apart as it is meant: words without a comma, none of them its own `and` or `others`.
_PERSON = re.compile(r"(?!(?:.* )?(?:and|others)(?: |$))[^\W\d_][\w.'-]*(?: [^\W\d_][\w.'-]*)+", re.IGNORECASE)


def render_bibtex(key: str, fields: Sequence[tuple[str, str]], authors: Sequence[str]) -> str:
    """One `@misc` entry; values are escaped, and an author that is no plain name of a person is kept in one piece.

    `key` and the names of the fields are the caller's own.
    """
    people = " and ".join(_author(author) for author in authors)
    lines = [f"  {name} = {{{value}}}" for name, value in [("author", people), *_escaped(fields)]]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def escape_bibtex(text: str) -> str:
    """Text as LaTeX that prints these characters."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def _author(name: str) -> str:
    shown = clean(name)
    return escape_bibtex(shown) if _PERSON.fullmatch(shown) else f"{{{escape_bibtex(shown)}}}"


def _escaped(fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, escape_bibtex(clean(value, NOTE_LIMIT))) for name, value in fields]
