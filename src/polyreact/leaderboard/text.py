"""Manifest text made harmless, and numbers made text; the same for every published form.

A manifest is written by a stranger. Nothing of it may forge a row, hide a character, turn the direction of
what stands beside it, or lead anywhere but to an https address that the reader can see.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from polyreact.metrics.interface import MetricValue

NAME_LIMIT = 80
PROSE_LIMIT = 400
NOTE_LIMIT = 4_000
URL_LIMIT = 500
DECIMALS = 3
#: The same name stands in many places of a site; so many texts are cleaned only once.
_REMEMBERED = 1 << 14

_REPLACEMENT = "\ufffd"
_ELLIPSIS = "\u2026"
# Joiners belong to emoji and to several scripts, and are invisible alone: dropped rather than marked.
_JOINERS = frozenset("\u200c\u200d")
_MAX_COMBINING = 3
_URL_SAFE = "/:?#@!$&'*+,;=%-._~"
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Link:
    """An https address that holds no character with a meaning in HTML or Markdown, and its host."""

    url: str
    host: str


@lru_cache(maxsize=_REMEMBERED)
def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """One line of visible characters, at most `limit` of them and an ellipsis where it was cut.

    White space of any kind becomes one space. Control, bidirectional, private and unassigned characters
    become U+FFFD, so that a reader sees that something stood there; runs of combining marks end at three.
    """
    start = text[: 4 * limit]
    if start.isascii() and start.isprintable():  # as most text is: nothing in it but what is seen
        return cut(" ".join(start.split()), limit, more=len(text) > 4 * limit)
    shown: list[str] = []
    combining = 0
    for character in start:
        category = unicodedata.category(character)
        if character in _JOINERS:
            continue
        if character.isspace() or category in {"Zl", "Zp"}:
            shown.append(" ")
        elif category.startswith("C"):
            shown.append(_REPLACEMENT)
        elif category.startswith("M"):
            combining += 1
            if combining <= _MAX_COMBINING:
                shown.append(character)
            continue
        else:
            shown.append(character)
        combining = 0
    line = " ".join("".join(shown).split())
    return cut(line, limit, more=len(text) > 4 * limit)


def cut(text: str, limit: int, *, more: bool = False) -> str:
    """`text`, or its beginning and an ellipsis, at most `limit` characters; `more` says that more was left out."""
    if len(text) <= limit and not more:
        return text
    return text[: limit - 1].rstrip() + _ELLIPSIS


def find_link(url: str | None) -> Link | None:
    """The link that may be made of a manifest's address: https, a plain host, nobody's password; or None."""
    if url is None or len(url) > URL_LIMIT or not url.isprintable() or not url.isascii():
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        has_user = parts.username is not None or parts.password is not None
    except ValueError:
        return None
    if parts.scheme != "https" or has_user or not _HOST.fullmatch(host):
        return None
    return Link(quote(url, safe=_URL_SAFE), host)


def format_value(metric: MetricValue | None) -> str:
    """Three decimals, or `n/a`; the reason stands in the note beside it."""
    if metric is None or metric.value is None:
        return "n/a"
    return format_number(metric.value)


def format_number(value: float, decimals: int = DECIMALS) -> str:
    """Three decimals, or as many as are asked for; never a negative zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text
