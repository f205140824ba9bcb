"""Every two submissions of a track on the same antibodies: numbers in, what is kept of them out; nothing is
read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from polyreact.evaluation.measure import Truth, number_groups
from polyreact.results.comparison_records import (
    MILLIONTH,
    NO_ERROR,
    PAIR_COLUMNS,
    TESTS,
    Columns,
    ComparisonsRecord,
    DifferenceRecord,
    place_pairs,
)
from polyreact.sequences import SequenceId
from polyreact.statistics.comparison import Comparison, Test, compare_accuracy, compare_pairs
from polyreact.statistics.covariance import (
    Aurocs,
    Placements,
    average_aurocs,
    count_aurocs,
    join_placements,
    place_scores,
)
from polyreact.statistics.interval import Unavailable
from polyreact.submission.predictions import Prediction
from polyreact.tracks.track import order_folds

#: Decimals of what is kept of limits and standard errors, and digits of p-values: fewer than a double has,
#: since the last bits of a quantile may differ from machine to machine.
DECIMALS = 6

#: Submissions that a new one is compared with at once: more are slower, since all of them have a covariance.
AT_ONCE = 32

_Estimate = TypeVar("_Estimate", Aurocs, Placements)
_Whole = npt.NDArray[np.int64]
#: The predictions of a submission, by its name.
ReadPredictions = Callable[[str], Sequence[Prediction]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a submission's differences are made of: its AUROC, or its mean over the folds, and its right answers."""

    auroc: float
    right: int


@dataclass(frozen=True, slots=True)
class _Antibodies:
    """What is true of n antibodies in the order of their ids, and the rows of each fold; of all where are none."""

    ids: tuple[SequenceId, ...]
    labels: _Whole
    groups: _Whole | None
    parts: tuple[_Whole, ...]
    has_folds: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """One submission's answers, prepared once for all its pairs: where it puts the antibodies of each part."""

    placed: tuple[Placements, ...]
    called: npt.NDArray[np.int8]
    is_right: npt.NDArray[np.bool_]
    figures: Figures


def compare_submissions(
    names: Sequence[str],
    read: ReadPredictions,
    truth: Truth,
    fold_of: Mapping[SequenceId, str] | None = None,
    kept: ComparisonsRecord | None = None,
) -> tuple[tuple[Figures, ...], Columns]:
    """The figures of each submission, and every two of them in the order of `itertools.combinations`.

    `names` are in alphabetical order, and `read` gives the table of each, all of the antibodies of `truth`. With
    `fold_of` it is the mean AUROC over the folds that is compared. What `kept` has of these predictions is taken
    from there; each table is read once, and none where nothing is new. A pair's figures hang on its own two tables
    alone, so it does not matter which were kept. Raises ValueError where a class has no antibody: no such set can
    be prepared.
    """
    known = kept.places if kept is not None else {}
    first, second = np.triu_indices(len(names), 1)
    pairs = np.empty(first.size, PAIR_COLUMNS)
    if kept is not None:
        is_known = np.array([name in known for name in names], dtype=bool)
        pairs[is_known[first] & is_known[second]] = kept.select([name for name in names if name in known])
    new = [place for place, name in enumerate(names) if name not in known]
    tables: list[_Table] = []
    if new:
        antibodies = _arrange(truth, fold_of)
        tables = [_prepare(read(name), antibodies) for name in names]
        before = [place for place, name in enumerate(names) if name in known]
        for place in new:
            for start in range(0, len(before), AT_ONCE):
                for ends, pair in _compare_with(place, before[start : start + AT_ONCE], tables, antibodies):
                    pairs[place_pairs(*ends, len(names))] = pair
            before.append(place)
    figures = [
        _find_figures(kept, name) if kept is not None and name in known else tables[place].figures
        for place, name in enumerate(names)
    ]
    return tuple(figures), pairs


def read_difference(record: DifferenceRecord) -> Comparison:
    """A kept difference as the statistics know it."""
    return Comparison(record.difference, record.low, record.high, record.p_value, Test(record.test))


def round_limit(value: float) -> float:
    """A limit or a standard error as it is kept; never a negative zero."""
    return round(value, DECIMALS) + 0.0


def _find_figures(kept: ComparisonsRecord, name: str) -> Figures:
    entry = kept.entries[kept.places[name]]
    return Figures(entry.auroc, entry.right)


def _arrange(truth: Truth, fold_of: Mapping[SequenceId, str] | None) -> _Antibodies:
    ids = tuple(sorted(truth.labels))
    labels = np.fromiter((truth.labels[name] for name in ids), dtype=np.int64, count=len(ids))
    parts = [np.arange(len(ids))]
    if fold_of is not None:
        folds = np.array([fold_of[name] for name in ids])
        parts = [np.flatnonzero(folds == fold) for fold in order_folds(folds.tolist())]
    return _Antibodies(ids, labels, number_groups(ids, truth), tuple(parts), fold_of is not None)


def _prepare(predictions: Sequence[Prediction], antibodies: _Antibodies) -> _Table:
    row_of = {row.sequence_id: row for row in predictions}
    rows = [row_of[name] for name in antibodies.ids]
    scores = np.array([[row.score for row in rows]])
    called = np.array([row.prediction for row in rows], dtype=np.int8)
    placed = tuple(_place(scores, antibodies, part) for part in antibodies.parts)
    is_right = called == antibodies.labels
    return _Table(placed, called, is_right, Figures(_count(placed, antibodies).values[0], int(is_right.sum())))


def _place(scores: npt.NDArray[np.float64], antibodies: _Antibodies, part: _Whole) -> Placements:
    groups = None if antibodies.groups is None else antibodies.groups[part]
    return _available(place_scores(antibodies.labels[part], scores[:, part], groups))


def _count(placed: Sequence[Placements], antibodies: _Antibodies) -> Aurocs:
    parts = [count_aurocs(part) for part in placed]
    return _available(average_aurocs(parts)) if antibodies.has_folds else parts[0]


def _available(estimate: _Estimate | Unavailable) -> _Estimate:
    if isinstance(estimate, Unavailable):
        raise ValueError(f"submissions cannot be compared: {estimate.reason}")  # noqa: TRY004 - of the values
    return estimate


def _compare_with(
    new: int, others: Sequence[int], tables: Sequence[_Table], antibodies: _Antibodies
) -> Iterator[tuple[tuple[int, int], tuple[float, ...]]]:
    """One submission with each of the others: both places, the lower first, and the pair as in PAIR_COLUMNS."""
    chosen = [new, *others]
    parts = zip(*(tables[place].placed for place in chosen), strict=True)
    aurocs = _count([join_placements(part) for part in parts], antibodies)
    ends = [(0, own) if new < chosen[own] else (own, 0) for own in range(1, len(chosen))]
    for first, second, found in compare_pairs(aurocs, ends):
        error = _find_error(aurocs, first, second)
        one, other = tables[chosen[first]], tables[chosen[second]]
        accuracy = compare_accuracy(antibodies.labels, one.called, other.called, antibodies.groups)
        yield (
            (chosen[first], chosen[second]),
            (
                *_describe_difference(found),
                NO_ERROR if error is None else _as_millionths(error),
                *_describe_difference(accuracy),
                int(np.count_nonzero(one.is_right & ~other.is_right)),
            ),
        )


def _find_error(aurocs: Aurocs, first: int, second: int) -> float | None:
    """DeLong's standard error of the difference; None where both put the antibodies into the same order."""
    if aurocs.covariance is None:
        return None
    variance = float(aurocs.covariance.of_differences[first, second])
    return math.sqrt(variance) if variance > 0 else None


def _describe_difference(found: Comparison) -> tuple[int, int, float, int]:
    p_value = float(f"{found.p_value:.{DECIMALS}g}")
    return _as_millionths(found.low), _as_millionths(found.high), p_value, TESTS.index(found.test.value)


def _as_millionths(value: float) -> int:
    return round(round_limit(value) * MILLIONTH)
