"""The regions of a variable domain by IMGT's numbering (Lefranc et al. 2003, Dev Comp Immunol 27:55), by immunum.

A run of X at the beginning tells an aligner nothing: it is set aside, the rest is numbered, and as many X as there
are positions in front of the rest go back into FR1. A sequence that cannot be numbered has no regions.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from immunum import Annotator

#: The last position of FR1, CDR1, FR2, CDR2, FR3, CDR3 and FR4.
ENDS = (26, 38, 55, 65, 104, 117, 128)
ANNOTATOR = Annotator(["H", "K", "L"], "IMGT")


class Domain(NamedTuple):
    """A domain and its regions, in order; `residues` are its letters with their positions, leading X left out."""

    sequence: str
    regions: tuple[str, ...]
    residues: tuple[tuple[int, str], ...]


@cache
def number(sequence: str) -> Domain:
    """The domain in a sequence; one that cannot be numbered is all there is, and its regions are empty."""
    known = sequence.lstrip("X")
    found = ANNOTATOR.number(known) if known else None
    if found is None or not found.numbering or len(found.numbering) != found.query_end - found.query_start + 1:
        return Domain(sequence, ("",) * len(ENDS), ())
    numbers = [int(re.match(r"\d+", position)[0]) for position in found.numbering]
    lengths = [0] * len(ENDS)
    for position in numbers:
        lengths[next(region for region, end in enumerate(ENDS) if position <= end)] += 1
    unknown = len(sequence) - len(known)
    begin = first = unknown + found.query_start
    if found.query_start == 0:
        given_back = min(unknown, numbers[0] - 1)
        begin -= given_back
        lengths[0] += given_back
    regions, end = [], begin
    for length in lengths:
        regions.append(sequence[end : end + length])
        end += length
    letters = sequence[first : first + len(numbers)]
    return Domain(sequence[begin:end], tuple(regions), tuple(zip(numbers, letters, strict=True)))
