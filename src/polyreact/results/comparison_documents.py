"""Comparisons as they are written: JSON with the names of the columns once, and a short line for each pair.

A line more for each pair that is new is all that a new submission costs in git.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations, pairwise
from types import MappingProxyType, NoneType
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from polyreact.results.comparison_records import (
    MILLIONTH,
    NO_COUNT,
    NO_ERROR,
    PAIR_COLUMNS,
    TESTS,
    Columns,
    ComparedRecord,
    ComparisonsRecord,
    DifferenceRecord,
    PairRecord,
)
from polyreact.results.documents import Upgrade
from polyreact.results.records import Digest, Frozen

#: Version of the JSON written by this program. Newer ones are refused, older ones upgraded step by step.
COMPARISONS_SCHEMA_VERSION = 2

#: What may stand in a column, whichever metric it is of: from, to, and whether only whole numbers.
_RANGES = {
    "low": (-MILLIONTH, MILLIONTH, True),
    "high": (-MILLIONTH, MILLIONTH, True),
    "p_value": (0, 1, False),
    "test": (0, len(TESTS) - 1, True),
    "standard_error": (0, 2 * MILLIONTH, True),
    "only_first": (0, np.iinfo(np.int32).max, True),
}
_COLUMNS = PAIR_COLUMNS.names or ()
_COUNT = "only_first"
#: What is null in the document, by what stands for it in memory.
_ABSENT = {"auroc_standard_error": NO_ERROR, _COUNT: NO_COUNT}
#: The largest denominator that an accuracy of version 1 is looked for with; fractions with smaller ones are told
#: apart by a double.
_MOST_ROWS = 10_000_000


class _Heading(Frozen):
    track: str
    dataset: str
    revision: int
    scoring_version: int
    labels_sha256: Digest
    interval_level: float
    group_column: str


def _read_columns(numbers: object) -> Columns:
    """The pairs of a flat list, one after the other; one list has a tenth of the objects that one a pair would."""
    if not isinstance(numbers, list) or not set(map(type, numbers)) <= {int, float, NoneType}:
        raise ValueError("pairs are to be a list of numbers, null where there is no standard error or count")
    if len(numbers) % len(_COLUMNS):
        raise ValueError(f"each pair has {len(_COLUMNS)} numbers; {len(numbers)} are not those of whole pairs")
    try:
        table = np.array(numbers, dtype=np.float64).reshape(-1, len(_COLUMNS))
    except OverflowError as error:
        raise ValueError(f"a number of the pairs is out of range: {error}") from error
    if int(np.isnan(table).sum()) != numbers.count(None):
        raise ValueError("NaN is no number of a pair; a standard error or count that there is none of is null")
    pairs = np.empty(len(table), PAIR_COLUMNS)
    for values, name in zip(table.T, _COLUMNS, strict=True):
        pairs[name] = _read_column(name, values)
    return pairs


def _read_column(name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    least, most, is_whole = _RANGES[name.removeprefix("auroc_").removeprefix("accuracy_")]
    is_right = (values >= least) & (values <= most) & ((values == np.round(values)) | (not is_whole))
    if name in _ABSENT:
        is_absent = np.isnan(values)
        values, is_right = np.where(is_absent, _ABSENT[name], values), is_right | is_absent
    if not bool(is_right.all()):
        place = int(np.argmin(is_right))
        expected = f"{'a whole number' if is_whole else 'a number'} from {least} to {most}"
        raise ValueError(f"{name} of pair {place + 1} is {values[place]:g}; expected {expected}")
    return values


class ComparisonsDocument(_Heading):
    """As ComparisonsRecord. A test is the place, from 0, of its name in `tests`; `columns` are those of `pairs`,
    where the numbers of one pair follow those of the one before.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    schema_version: Literal[2] = 2
    rows: Annotated[int, Field(gt=0)]
    entries: tuple[ComparedRecord, ...]
    tests: tuple[str, ...]
    columns: tuple[str, ...]
    pairs: Annotated[np.ndarray, BeforeValidator(_read_columns)]
    is_relative: bool = False

    @model_validator(mode="after")
    def _validate(self) -> Self:
        names = [entry.submission for entry in self.entries]
        if any(first >= second for first, second in pairwise(names)):
            raise ValueError("entries are to stand once each and in alphabetical order")
        if len(self.pairs) != math.comb(len(names), 2):
            raise ValueError(f"{len(names)} entries make {math.comb(len(names), 2)} pairs, not {len(self.pairs)}")
        if self.tests != TESTS[: len(self.tests)]:
            raise ValueError(f"tests are to be {TESTS}")
        if self.columns != _COLUMNS:
            raise ValueError(f"columns are to be {_COLUMNS}")
        self._validate_counts()
        return self

    def _validate_counts(self) -> None:
        """All four counts of every pair follow from `only_first`, so none of them may be less than 0."""
        counts = self.pairs[_COUNT]
        if self.is_relative:
            is_possible = counts == NO_COUNT
            expected = "null, since the right answers of its entries are not known"
        else:
            right = np.array([entry.right for entry in self.entries], dtype=np.int64)
            first, second = (right[ends] for ends in np.triu_indices(right.size, 1))
            is_possible = (counts >= np.maximum(0, first - second)) & (
                counts <= np.minimum(first, self.rows - second)
            )
            expected = "a number that goes with the right answers of both"
        if not bool(is_possible.all()):
            place = int(np.argmin(is_possible))
            raise ValueError(f"{_COUNT} of pair {place + 1} is {counts[place]}; expected {expected}")

    def to_record(self) -> ComparisonsRecord:
        """The same in memory."""
        heading = {name: getattr(self, name) for name in (*_Heading.model_fields, "rows", "entries", "is_relative")}
        return ComparisonsRecord(**heading, pairs=self.pairs)


def render_comparisons(record: ComparisonsRecord) -> bytes:
    """The document: the heading indented, then a line for each entry and each pair."""
    heading: dict[str, object] = {"schema_version": COMPARISONS_SCHEMA_VERSION}
    heading |= {name: getattr(record, name) for name in (*_Heading.model_fields, "rows")}
    lists = {
        "entries": _in_lines(entry.model_dump_json() for entry in record.entries),
        "tests": _in_lines(map(json.dumps, TESTS)),
        "columns": _in_lines(map(json.dumps, _COLUMNS)),
        "pairs": _render_pairs(record),
    }
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in heading.items()]
    parts += [f"{json.dumps(key)}: [{lines}]" for key, lines in lists.items()]
    return ("{\n  " + ",\n  ".join(parts) + "\n}\n").encode()


def _in_lines(values: Iterable[str]) -> str:
    lines = ",\n    ".join(values)
    return f"\n    {lines}\n  " if lines else ""


def _render_pairs(record: ComparisonsRecord) -> str:
    """A line for each pair; without an indent, which would be a fifteenth of the file."""
    columns = {name: list(map(repr, record.pairs[name].tolist())) for name in _COLUMNS}
    for name, absent in _ABSENT.items():
        columns[name] = ["null" if value == repr(absent) else value for value in columns[name]]
    lines = ",\n".join(map(",".join, zip(*columns.values(), strict=True)))
    return f"\n{lines}\n  " if lines else ""


class _Version1(_Heading):
    """What was kept before: of each pair both names and the differences, not the figures that they are of, nor
    how many antibodies only one calls right.
    """

    class Entry(Frozen):
        submission: str
        predictions_sha256: Digest

    schema_version: Literal[1]
    entries: tuple[Entry, ...]
    pairs: tuple[PairRecord, ...]


def upgrade_from_1(content: dict[str, object]) -> dict[str, object]:
    """Version 2 came with columns and with the figures of each entry, which are here told less those of the first.

    Limits, p-values and standard errors keep all their digits, as do differences in accuracy: fractions of so few
    antibodies that a double has one of them only. Differences in AUROC may differ in the last bit of a double.
    Raises ValueError for what is no document of version 1.
    """
    old = _Version1.model_validate(content)
    names = [entry.submission for entry in old.entries]
    pairs = {(pair.first, pair.second): pair for pair in old.pairs}
    if list(pairs) != list(combinations(names, 2)) or len(pairs) != len(old.pairs):
        raise ValueError("the pairs are not every two of the entries in their order")
    with_first = [pairs[names[0], name] for name in names[1:]]
    aurocs = [0.0, *(0.0 - pair.auroc.difference for pair in with_first)]
    shares = [
        Fraction(0),
        *(-Fraction(pair.accuracy.difference).limit_denominator(_MOST_ROWS) for pair in with_first),
    ]
    rows = math.lcm(*(share.denominator for share in shares))
    return {name: getattr(old, name) for name in _Heading.model_fields} | {
        "rows": rows,
        "entries": [
            entry.model_dump() | {"auroc": auroc, "right": int(share * rows)}
            for entry, auroc, share in zip(old.entries, aurocs, shares, strict=False)
        ],
        "tests": TESTS,
        "columns": _COLUMNS,
        "pairs": [number for pair in old.pairs for number in _as_line(pair)],
        "is_relative": True,
    }


def _as_line(pair: PairRecord) -> tuple[object, ...]:
    error = pair.auroc.standard_error
    return (
        *_as_columns_of(pair.auroc),
        None if error is None else round(error * MILLIONTH),
        *_as_columns_of(pair.accuracy),
        None,
    )


def _as_columns_of(found: DifferenceRecord) -> tuple[object, ...]:
    limits = round(found.low * MILLIONTH), round(found.high * MILLIONTH)
    return *limits, found.p_value, TESTS.index(found.test)


UPGRADES: Mapping[int, Upgrade] = MappingProxyType({1: upgrade_from_1})
