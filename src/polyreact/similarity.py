"""How alike two sequences are, the nearest one of a set, and clusters of near ones.

*Identity* is the share of identical pairs among the columns of a global alignment (Needleman and Wunsch 1970, J Mol
Biol 48:443) with BLOSUM62, 11 for opening a gap and 1 for each further residue, gaps at the ends counted as any
other. Of several optimal alignments the one with the most identical pairs counts, and of several such the one with
the fewest columns. X is a residue like the others, identical to X only.

Aligning every pair would take hours on a large set. An alignment of two sequences has no more identical pairs
than their longest common subsequence (LCS) has letters, no fewer columns than the longer one, and no fewer columns
without such a pair than their Levenshtein distance (D) has edits. So LCS / max(length), and LCS / (LCS + D), which
is closer and slower, bound the identity from above. The first is computed for all pairs, the second for those that
the first leaves in doubt, and what is in doubt still is aligned. The result is the same as if every pair had been.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from Bio.Align import PairwiseAligner, substitution_matrices
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Levenshtein

_GAP_OPEN, _GAP_EXTEND = 11, 1
#: Added to the score of an identical pair, so that it decides between optimal alignments and nothing else: exact in
#: binary, and even 500 of them are less than one unit of BLOSUM62.
_PREFER_IDENTICAL = 2.0**-10
#: Added to the score of every pair, to decide what is then still open, for more pairs are fewer columns: 500 of
#: them are less than the above, and one is more than the 1e-6 by which Biopython tells scores apart.
_PREFER_PAIRS = 2.0**-19
_LONGEST = 500
_ROWS_AT_A_TIME = 256
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The most alike reference: its index and the identity, from 0 to 1."""

    index: int
    identity: float


def measure_identity(first: str, second: str) -> float:
    """The identity of two sequences, from 0 to 1; 0 where one is empty. The same whichever comes first.

    Raises ValueError for a sequence of more than 500 letters.
    """
    if max(len(first), len(second)) > _LONGEST:
        message = f"a sequence has more than {_LONGEST} letters: {max(len(first), len(second))}"
        raise ValueError(message)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    alignment = _aligner().align(*sorted((first, second)))[0]  # type: ignore[no-untyped-call]
    return float(alignment.counts().identities) / float(alignment.length)


@cache
def score_substitution(first: str, second: str) -> int:
    """The BLOSUM62 score of one amino acid in place of another; above zero where nature makes the exchange often.

    Henikoff and Henikoff 1992, PNAS 89:10915. Raises IndexError for a letter that the matrix does not have.
    """
    return int(_blosum62()[first, second])  # a whole number, kept as a float


def find_nearest(queries: Sequence[str], references: Sequence[str], *, workers: int = -1) -> tuple[Neighbour, ...]:
    """For each query the reference with the highest identity, the first of them where several have it.

    `workers` is the number of threads, -1 for one per core. Raises ValueError where there is no reference.
    """
    if not references:
        message = "there is nothing to compare with"
        raise ValueError(message)
    return tuple(
        _nearest_of(query, references, bounds)
        for query, bounds in zip(queries, _bound_identities(queries, references, workers), strict=True)
    )


def cluster_sequences(sequences: Sequence[str], threshold: float, *, workers: int = -1) -> tuple[int, ...]:
    """The number of each sequence's cluster, by single linkage: two of at least `threshold` are never apart.

    Clusters are numbered from 0 in the order in which they first appear.
    """
    parents = list(range(len(sequences)))

    def find_root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for index, bounds in enumerate(_bound_identities(sequences, sequences, workers)):
        for other in np.flatnonzero(bounds[:index] >= threshold):
            mine, others = find_root(index), find_root(int(other))
            if mine != others and measure_identity(sequences[index], sequences[int(other)]) >= threshold:
                parents[max(mine, others)] = min(mine, others)
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(find_root(index), len(numbers)) for index in range(len(sequences)))


def _nearest_of(query: str, references: Sequence[str], bounds: NDArray[np.float64]) -> Neighbour:
    best = Neighbour(0, -1.0)
    for index in np.argsort(-bounds, kind="stable"):
        if bounds[index] < best.identity:
            break
        if _bound_identity(query, references[index]) < best.identity:
            continue
        found = Neighbour(int(index), measure_identity(query, references[index]))
        best = max(best, found, key=lambda neighbour: (neighbour.identity, -neighbour.index))
    return best


def _bound_identity(first: str, second: str) -> float:
    common = LCSseq.similarity(first, second)
    return common / (common + Levenshtein.distance(first, second)) + _ROUNDING if common else 0.0


def _bound_identities(
    queries: Sequence[str], references: Sequence[str], workers: int
) -> Iterator[NDArray[np.float64]]:
    """For each query an upper bound of its identity with every reference, a few hundred queries at a time."""
    for start in range(0, len(queries), _ROWS_AT_A_TIME):
        rows = process.cdist(
            queries[start : start + _ROWS_AT_A_TIME],
            references,
            scorer=LCSseq.normalized_similarity,
            dtype=np.float64,
            workers=workers,
        )
        yield from rows + _ROUNDING


@cache
def _blosum62() -> substitution_matrices.Array:
    return substitution_matrices.load("BLOSUM62")  # type: ignore[no-any-return, no-untyped-call]


@cache
def _aligner() -> PairwiseAligner:
    matrix = substitution_matrices.load("BLOSUM62")  # type: ignore[no-untyped-call]
    matrix += _PREFER_PAIRS
    for letter in matrix.alphabet:
        matrix[letter, letter] += _PREFER_IDENTICAL
    return PairwiseAligner(  # type: ignore[no-untyped-call]
        mode="global", substitution_matrix=matrix, open_gap_score=-_GAP_OPEN, extend_gap_score=-_GAP_EXTEND
    )
