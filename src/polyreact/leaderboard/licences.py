"""What a licence lets a reader do with a model: four classes, by the SPDX names that a manifest may hold.

The class is read off the name and is no legal advice: the licence itself decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType


class Licence(StrEnum):
    """From the freest to the least clear; the words stand in tables and filters."""

    ANY_USE = "any use"
    SHARE_ALIKE = "share alike"
    NOT_COMMERCIAL = "not commercial"
    OWN_TERMS = "own terms"


MEANINGS: Mapping[Licence, str] = MappingProxyType(
    {
        Licence.ANY_USE: "a permissive licence, as MIT, Apache-2.0 or CC-BY: also in a company, with credit",
        Licence.SHARE_ALIKE: "a copyleft licence, as GPL, MPL or CC-BY-SA: also in a company; who passes on what "
        "is made with it does so under the same terms",
        Licence.NOT_COMMERCIAL: "the licence excludes commercial use, as CC-BY-NC",
        Licence.OWN_TERMS: "terms of its own, or none that are known here: ask the authors before use",
    }
)

_ORDER = tuple(Licence)
_TOKEN = re.compile(r"[()]|[^\s()]+")
_NOT_COMMERCIAL = re.compile(r"-NC(-|$)|NONCOMMERCIAL")
_ANY_USE = re.compile(
    r"MIT|MIT-0|ISC|ZLIB|UNLICENSE|CC0-1\.0|0BSD|BSD-.+|APACHE-.+|CC-BY-\d\.\d|BSL-1\.0|PSF-2\.0|PYTHON-2\.0|AFL-.+"
    r"|NCSA|X11|POSTGRESQL|CDLA-PERMISSIVE-.+|ODC-BY-1\.0|PDDL-1\.0|BLUEOAK-1\.0\.0|ECL-2\.0|UPL-1\.0|W3C"
)
_SHARE_ALIKE = re.compile(
    r"[AL]?GPL-.+|MPL-.+|EPL-.+|EUPL-.+|CC-BY-SA-\d\.\d|ODBL-1\.0|CDLA-SHARING-.+|OSL-.+|CDDL-.+|CECILL-.+"
)


def classify_licence(expression: str) -> Licence:
    """The class of an SPDX expression: of alternatives (OR) the freest, of joint terms (AND) the strictest.

    An exception (WITH) only frees, and is not looked at. What cannot be read counts as terms of its own.
    """
    tokens = _TOKEN.findall(expression.upper())
    try:
        found, rest = _either(iter([*tokens, ""]))
    except (StopIteration, RecursionError):
        return Licence.OWN_TERMS
    return Licence.OWN_TERMS if rest else found


def _either(tokens: Iterator[str]) -> tuple[Licence, str]:
    """Alternatives, and the token behind them."""
    found, after = _all(tokens)
    while after == "OR":
        other, after = _all(tokens)
        found = min(found, other, key=_ORDER.index)
    return found, after


def _all(tokens: Iterator[str]) -> tuple[Licence, str]:
    """Joint terms, and the token behind them."""
    found, after = _one(tokens)
    while after == "AND":
        other, after = _one(tokens)
        found = max(found, other, key=_ORDER.index)
    return found, after


def _one(tokens: Iterator[str]) -> tuple[Licence, str]:
    """One licence with its exception, or an expression in brackets, and the token behind it."""
    token = next(tokens)
    if token == "(":  # noqa: S105  # a bracket
        found, closing = _either(tokens)
        return (found if closing == ")" else Licence.OWN_TERMS), next(tokens)
    after = next(tokens)
    if after == "WITH":
        next(tokens)
        after = next(tokens)
    return _class_of(token), after


def _class_of(name: str) -> Licence:
    name = name.removesuffix("+")
    if _NOT_COMMERCIAL.search(name):
        return Licence.NOT_COMMERCIAL
    if _ANY_USE.fullmatch(name):
        return Licence.ANY_USE
    return Licence.SHARE_ALIKE if _SHARE_ALIKE.fullmatch(name) else Licence.OWN_TERMS
