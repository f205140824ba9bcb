"""What is kept of comparing all submissions of a track with each other, in memory.

The figures of pairs stand in columns, since a thousand submissions make half a million pairs. They are written as
`comparison_documents` says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
from pydantic import NonNegativeInt

from polyreact.results.records import Digest, Frozen
from polyreact.statistics.comparison import Test

#: What a pair's columns hold a code of: the place of the name here. New tests come last.
TESTS = tuple(test.value for test in Test)
#: Limits and standard errors are whole numbers of these.
MILLIONTH = 1_000_000
#: Stands for a standard error where there is none.
NO_ERROR = -1
#: Stands for how many only the first is right on where that was not kept.
NO_COUNT = -1
#: The columns of a pair: limits and standard error in millionths, p-values of six digits, tests as codes, and how
#: many antibodies the alphabetically first calls right and the second wrong.
PAIR_COLUMNS = np.dtype(
    [
        ("auroc_low", "<i4"),
        ("auroc_high", "<i4"),
        ("auroc_p_value", "<f8"),
        ("auroc_test", "i1"),
        ("auroc_standard_error", "<i4"),
        ("accuracy_low", "<i4"),
        ("accuracy_high", "<i4"),
        ("accuracy_p_value", "<f8"),
        ("accuracy_test", "i1"),
        ("only_first", "<i4"),
    ]
)

Columns = npt.NDArray[np.void]
_Places = npt.NDArray[np.int64]


class DifferenceRecord(Frozen):
    """First less second, its interval, and the p-value of no difference by `test`, not adjusted for other pairs.

    `standard_error` is that of a difference in AUROC, and None where there is none and for accuracies. Limits and
    standard errors are in millionths, p-values have six digits.
    """

    difference: float
    low: float
    high: float
    p_value: float
    test: str
    standard_error: float | None = None

    def negated(self) -> DifferenceRecord:
        """Second less first."""
        turned = {
            "difference": 0.0 - self.difference,
            "low": 0.0 - self.high,
            "high": 0.0 - self.low,
        }
        return self.model_copy(update=turned)


class AgreementRecord(Frozen):
    """How many antibodies both submissions call right, only the first, only the second, and neither."""

    both: NonNegativeInt
    only_first: NonNegativeInt
    only_second: NonNegativeInt
    neither: NonNegativeInt

    @property
    def total(self) -> int:
        """How many antibodies there are."""
        return self.both + self.only_first + self.only_second + self.neither

    def turned(self) -> AgreementRecord:
        """The same from the other side."""
        return self.model_copy(update={"only_first": self.only_second, "only_second": self.only_first})


class PairRecord(Frozen):
    """Two submissions on the same antibodies. On a fold track `auroc` is of the mean over the folds.

    `agreement` is None where comparisons were kept by schema version 1, which has no such counts.
    """

    first: str
    second: str
    auroc: DifferenceRecord
    accuracy: DifferenceRecord
    agreement: AgreementRecord | None = None

    def turned(self) -> PairRecord:
        """The same pair from the other side."""
        return PairRecord(
            first=self.second,
            second=self.first,
            auroc=self.auroc.negated(),
            accuracy=self.accuracy.negated(),
            agreement=self.agreement.turned() if self.agreement else None,
        )


class ComparedRecord(Frozen):
    """A submission, the predictions of it that were compared, its AUROC and how many antibodies it called right.

    Differences are those of these figures. On a fold track `auroc` is the mean over the folds.
    """

    submission: str
    predictions_sha256: Digest
    auroc: float
    right: int


@dataclass(frozen=True, eq=False)  # without slots: `places` is kept once it was made
class ComparisonsRecord:
    """Every two of the track's submissions on the same antibodies: `results/comparisons/<track>.json`.

    A function of the predictions named, the labels and the scoring version. `group_column` names the column of
    antibodies that were not taken for independent; empty where all were; `rows` counts the antibodies. `pairs`, of
    the type PAIR_COLUMNS, has every two of the k entries, which stand in alphabetical order, in the order of
    `itertools.combinations`: shape (k (k - 1) / 2,). Ranks are made of the p-values by whoever shows some of the
    entries: which of them count for ranks is no matter of this record.

    `is_relative` is true for a record of schema version 1, which has differences alone: the figures of its entries
    are then less those of the first, and `only_first` is NO_COUNT. Raises ValueError for pairs that are not those
    of the entries.
    """

    track: str
    dataset: str
    revision: int
    scoring_version: int
    labels_sha256: str
    interval_level: float
    group_column: str
    rows: int
    entries: tuple[ComparedRecord, ...]
    pairs: Columns
    is_relative: bool = False

    def __post_init__(self) -> None:
        expected = math.comb(len(self.entries), 2)
        if self.pairs.shape != (expected,) or self.pairs.dtype != PAIR_COLUMNS:
            raise ValueError(f"{len(self.entries)} entries make {expected} pairs, not {self.pairs.shape}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ComparisonsRecord):
            return NotImplemented
        none = np.empty(0, PAIR_COLUMNS)
        mine, theirs = (replace(record, entries=(), pairs=none).__dict__ for record in (self, other))
        return mine == theirs and self.entries == other.entries and np.array_equal(self.pairs, other.pairs)

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each submission stands among the entries."""
        return {entry.submission: place for place, entry in enumerate(self.entries)}

    def find_pair(self, first: str, second: str) -> PairRecord:
        """Two of the submissions, told from the first. Raises KeyError where they were not compared."""
        one, other = self.places[first], self.places[second]
        if one == other:
            raise KeyError(first)
        pair = self._read_pair(min(one, other), max(one, other))
        return pair if one < other else pair.turned()

    def read_pairs(self, names: Sequence[str]) -> Iterator[PairRecord]:
        """Every two of `names` in their order, each told from the one that stands first. Raises KeyError."""
        return (self.find_pair(first, second) for first, second in combinations(names, 2))

    def select(self, names: Sequence[str]) -> Columns:
        """The columns of every two of `names`, in the order of `itertools.combinations`.

        Limits and counts are as they are kept, told from the alphabetically first. Raises KeyError.
        """
        places = np.array([self.places[name] for name in names], dtype=np.int64)
        one, other = (places[ends] for ends in np.triu_indices(len(names), 1))
        return self.pairs[place_pairs(np.minimum(one, other), np.maximum(one, other), len(self.entries))]

    def restrict(self, names: Sequence[str]) -> ComparisonsRecord:
        """The same of some of the submissions, in alphabetical order. Raises KeyError."""
        entries = tuple(self.entries[self.places[name]] for name in names)
        return replace(self, entries=entries, pairs=self.select(names))

    def _read_pair(self, first: int, second: int) -> PairRecord:
        one, other = self.entries[first], self.entries[second]
        row = self.pairs[int(place_pairs(first, second, len(self.entries)))]
        error = int(row["auroc_standard_error"])
        auroc = one.auroc - other.auroc
        accuracy = (one.right - other.right) / self.rows
        return PairRecord(
            first=one.submission,
            second=other.submission,
            auroc=_read_difference(row, "auroc", auroc, None if error == NO_ERROR else error / MILLIONTH),
            accuracy=_read_difference(row, "accuracy", accuracy, None),
            agreement=self._read_agreement(int(row["only_first"]), one.right, other.right),
        )

    def _read_agreement(self, only_first: int, right_first: int, right_second: int) -> AgreementRecord | None:
        if only_first == NO_COUNT:
            return None
        both = right_first - only_first
        return AgreementRecord(
            both=both,
            only_first=only_first,
            only_second=right_second - both,
            neither=self.rows - only_first - right_second,
        )


def place_pairs(first: _Places | int, second: _Places | int, entries: int) -> _Places | int:
    """Where the pairs of these entries, `first` < `second`, stand among all pairs of so many entries."""
    return first * (2 * entries - first - 3) // 2 + second - 1


def _read_difference(row: np.void, metric: str, difference: float, error: float | None) -> DifferenceRecord:
    """Rounding takes no limit to the other side of the difference."""
    return DifferenceRecord(
        difference=difference,
        low=min(int(row[f"{metric}_low"]) / MILLIONTH, difference),
        high=max(int(row[f"{metric}_high"]) / MILLIONTH, difference),
        p_value=float(row[f"{metric}_p_value"]),
        test=TESTS[int(row[f"{metric}_test"])],
        standard_error=error,
    )
