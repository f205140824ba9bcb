"""How near a test set stands to another set: for each of its antibodies the nearest VH, and the nearest H-CDR3.

Computed from inputs alone. The nearest VH and the nearest H-CDR3 may belong to two different antibodies. An
antibody that cannot be numbered, or whose H-CDR3 is empty, has no H-CDR3 identity; it is counted, and its VH is
compared all the same. The VH is compared as it stands in the inputs, with a leader or a constant part if it has
one.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from polyreact.numbering import Chain, Unnumbered, number_domains
from polyreact.sequences import Antibody, SequenceId
from polyreact.similarity import find_nearest

#: Raised whenever the same sequences would give another figure; what was kept by an older version is made again.
AUDIT_VERSION = 2

#: From these identities on, two sequences count as neighbours. Clones are commonly joined at .95 or .90 of the VH.
CUTS = (0.95, 0.90, 0.80)

#: What `identity` means everywhere in the audit; stated under every table.
IDENTITY = (
    "Identity is the share of identical pairs among all columns of a global alignment (Needleman-Wunsch, BLOSUM62, "
    "gap opening 11, each further residue 1, gaps at the ends counted); of several optimal alignments the one with "
    "the most identical pairs counts, of several such the one with the fewest columns. X is identical to X only. "
    "H-CDR3 is IMGT 105-117."
)

#: Decimals kept of an identity. An alignment has fewer than 1,000 columns, so that two identities, or an identity
#: and a cut, are equal or differ by more than 1e-6: rounding moves nothing across a cut.
_DECIMALS = 6
_ROWS_AT_A_TIME = 512

#: Takes the region that is compared, the rows that are done and all rows.
OnCompared = Callable[[str, int, int], None]


class Region(StrEnum):
    """The part of an antibody that is compared."""

    VH = "VH"
    H_CDR3 = "H-CDR3"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The most alike antibody of the other set, the first where several are, and the identity from 0 to 1."""

    sequence_id: SequenceId
    identity: float


@dataclass(frozen=True, slots=True)
class OverlapRow:
    """One test antibody. A region is None where there was nothing to compare."""

    sequence_id: SequenceId
    vh: Nearest | None
    h_cdr3: Nearest | None

    def nearest(self, region: Region) -> Nearest | None:
        """The nearest one in this region."""
        return self.vh if region is Region.VH else self.h_cdr3


@dataclass(frozen=True, slots=True)
class Compared:
    """How many antibodies had the region to compare, and how many had not, on both sides."""

    rows: int
    rows_without: int
    reference_rows: int
    reference_rows_without: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The identities of one region over a test set.

    `exact` counts the test antibodies whose region stands letter by letter in the reference, `neighbours` those
    with a neighbour at or above each of CUTS. The three figures are None where nothing was compared.
    """

    compared: Compared
    exact: int
    minimum: float | None
    median: float | None
    maximum: float | None
    neighbours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """A test set against a reference set: a row for each test antibody, in the order of the set."""

    rows: tuple[OverlapRow, ...]
    vh: Summary
    h_cdr3: Summary

    def summary(self, region: Region) -> Summary:
        """The summary of this region."""
        return self.vh if region is Region.VH else self.h_cdr3


def measure_overlap(
    tests: Sequence[Antibody],
    references: Sequence[Antibody],
    on_compared: OnCompared = lambda _region, _done, _all: None,
) -> Overlap:
    """The nearest reference of every test antibody, in the VH and in the H-CDR3.

    Memory grows with the two sets, not with their product.
    """
    vh, compared_vh = _compare(
        [antibody.sequence for antibody in tests],
        [antibody.sequence for antibody in references],
        references,
        lambda done: on_compared(Region.VH, done, len(tests)),
    )
    h_cdr3, compared_h_cdr3 = _compare(
        _find_h_cdr3s(tuple(tests)),
        _find_h_cdr3s(tuple(references)),
        references,
        lambda done: on_compared(Region.H_CDR3, done, len(tests)),
    )
    rows = tuple(
        OverlapRow(antibody.sequence_id, near_vh, near_h_cdr3)
        for antibody, near_vh, near_h_cdr3 in zip(tests, vh, h_cdr3, strict=True)
    )
    return Overlap(rows, summarize(rows, Region.VH, compared_vh), summarize(rows, Region.H_CDR3, compared_h_cdr3))


def summarize(rows: Sequence[OverlapRow], region: Region, compared: Compared) -> Summary:
    """The summary of the rows; `compared` is taken as given."""
    identities = sorted(near.identity for row in rows if (near := row.nearest(region)) is not None)
    return Summary(
        compared=compared,
        exact=sum(identity == 1.0 for identity in identities),
        minimum=identities[0] if identities else None,
        median=round(statistics.median(identities), _DECIMALS) if identities else None,
        maximum=identities[-1] if identities else None,
        neighbours=tuple(sum(identity >= cut for identity in identities) for cut in CUTS),
    )


def find_without_neighbour(rows: Sequence[OverlapRow], region: Region, cut: float) -> frozenset[SequenceId]:
    """The test antibodies that are known to have no neighbour at or above `cut`.

    One without an H-CDR3 is not known to have none, and is not among them.
    """
    return frozenset(
        row.sequence_id for row in rows if (near := row.nearest(region)) is not None and near.identity < cut
    )


@lru_cache(maxsize=4)  # a large set is compared with several, and numbering it takes as long as comparing
def _find_h_cdr3s(antibodies: tuple[Antibody, ...]) -> tuple[str, ...]:
    """The H-CDR3 of each antibody, empty where it has none or cannot be numbered."""
    domains = number_domains((antibody.sequence for antibody in antibodies), chains=(Chain.HEAVY,))
    return tuple("" if isinstance(domain, Unnumbered) else domain.cdr3 for domain in domains)


def _compare(
    tests: Sequence[str],
    references: Sequence[str],
    antibodies: Sequence[Antibody],
    on_done: Callable[[int], None],
) -> tuple[list[Nearest | None], Compared]:
    """The nearest of each test, None for an empty one; a sequence that is given twice is compared once."""
    ids = [antibody.sequence_id for antibody, sequence in zip(antibodies, references, strict=True) if sequence]
    known = [sequence for sequence in references if sequence]
    nearest: dict[str, Nearest] = {}
    found: list[Nearest | None] = []
    for start in range(0, len(tests), _ROWS_AT_A_TIME):
        some = tests[start : start + _ROWS_AT_A_TIME]
        new = [sequence for sequence in dict.fromkeys(some) if sequence and known and sequence not in nearest]
        if new:
            for sequence, neighbour in zip(new, find_nearest(new, known), strict=True):
                nearest[sequence] = Nearest(ids[neighbour.index], round(neighbour.identity, _DECIMALS))
        found += [nearest.get(sequence) for sequence in some]
        on_done(len(found))
    rows = sum(bool(sequence) for sequence in tests)
    return found, Compared(rows, len(tests) - rows, len(known), len(references) - len(known))
