"""A large track in slices: which rows each has, what names it, and how what they gave becomes one run. Pure.

Why rows stand in the dataset's order and are shuffled only inside, and what a slice gives away to a submission:
docs/explanation/decisions/0031-slices.md.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from polyreact.errors import Defects, Finding
from polyreact.images import parse_image_reference
from polyreact.results.records import OutcomeKind, Record, RunRecord, SliceRunRecord
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction

#: A slice that is shorter than this spends too much of its time on starting a container and loading a model.
SHORTEST_SLICE_S = 600.0

#: How many rows a slice has where nothing is known of a submission's speed. The slowest reference model (AntiBERTy
#: on two CPUs, .053 s a row on harvey-test) takes the shortest time of a slice for 11,000; who is quicker loses a
#: few starts of a container by it, and whoever is slower is cut finer once a run of it is kept.
ROWS_OF_UNKNOWN_SPEED = 10_000

#: In no more slices than this is a job cut.
MOST_SLICES = 100

_SHOWN_IDS = 5

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Slice:
    """A contiguous part of a track's rows: `number` of `of`, counted from 1. Raises ValueError for any other."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            message = f"there is no slice {self.number} of {self.of}"
            raise ValueError(message)

    def __str__(self) -> str:
        return f"slice {self.number} of {self.of}"


def list_slices(of: int) -> tuple[Slice, ...]:
    """All slices of a job that is cut in so many."""
    return tuple(Slice(number, of) for number in range(1, of + 1))


def count_rows(rows: int, part: Slice) -> int:
    """How many of `rows` a slice has: the same for all but for one row. Raises ValueError for an empty one."""
    first, end = _range(rows, part)
    return end - first


def cut_rows(rows: Sequence[Row], part: Slice) -> Sequence[Row]:
    """The rows of a slice, in their order; all slices one after the other are the whole.

    Raises ValueError where there are fewer rows than slices.
    """
    first, end = _range(len(rows), part)
    return rows[first:end]


def _range(rows: int, part: Slice) -> tuple[int, int]:
    if part.of > rows:
        message = f"{rows} rows cannot be cut in {part.of} slices"
        raise ValueError(message)
    return rows * (part.number - 1) // part.of, rows * part.number // part.of


def count_slices(
    rows: int, seconds_per_row: float | None, *, most: int, at_least_s: float = SHORTEST_SLICE_S
) -> int:
    """In how many slices to run so many rows: as many as take `at_least_s` seconds each, `most` at most.

    With `seconds_per_row` None, of a submission of unknown speed, a slice has ROWS_OF_UNKNOWN_SPEED rows or more,
    so that sets of fewer than twice as many are never cut for it. 1 is one run of the whole.
    """
    if seconds_per_row is None:
        wanted = rows // ROWS_OF_UNKNOWN_SPEED
    else:
        wanted = int(rows * min(seconds_per_row / at_least_s, 1.0))
    return max(1, min(wanted, most, rows))


def find_speed(records: Iterable[Record], image: str) -> float | None:
    """Seconds a row, by the kept run with the most rows of the image with this digest; None where there is none.

    The time of a run has its start in it, which makes few rows look slow: so the largest set counts. Fold tracks do
    not, since their time is that of fitting. The digest is the one that a job's image is pinned by, so that nothing
    has to be pulled to know it.
    """
    known = [
        (run.predictions.rows, run.wall_s)
        for run in (record.run for record in records)
        if run.predictions is not None and run.predictions.rows and not run.folds and _digest_of(run) == image
    ]
    if not known:
        return None
    rows, wall_s = max(known)
    return wall_s / rows


def _digest_of(run: RunRecord) -> str | None:
    reference = parse_image_reference(run.image.reference)
    return None if isinstance(reference, str) else reference.digest


def describe_slices(of: int, rows: int) -> str:
    """For a person: `in 12 slices of 2,083 or 2,084 antibodies`, or `in one piece`."""
    if of == 1:
        return "in one piece"
    sizes = sorted({count_rows(rows, part) for part in list_slices(of)})
    return f"in {of} slices of {' or '.join(f'{size:,}' for size in sizes)} antibodies"


def merge_predictions(
    tables: Iterable[Sequence[Prediction]], expected: Collection[SequenceId]
) -> tuple[Prediction, ...] | Defects:
    """One table of the slices' tables, under the dataset's own ids and sorted by them as that of a whole run.

    The defects are the ids that are given twice, that are not of the set, and that have no row.
    """
    rows: dict[SequenceId, Prediction] = {}
    twice: list[SequenceId] = []
    for table in tables:
        for row in table:
            if row.sequence_id in rows:
                twice.append(row.sequence_id)
            rows[row.sequence_id] = row
    known = frozenset(expected)
    problems = (
        ("given more than once", twice),
        ("not of this set", [name for name in rows if name not in known]),
        ("without a row", [name for name in known if name not in rows]),
    )
    findings = tuple(_describe_ids(problem, names) for problem, names in problems if names)
    if findings:
        return Defects(findings)
    return tuple(rows[name] for name in sorted(rows))


def _describe_ids(problem: str, names: Sequence[SequenceId]) -> Finding:
    shown = sorted(set(names))
    more = ", ..." if len(shown) > _SHOWN_IDS else ""
    ids = "1 id is" if len(shown) == 1 else f"{len(shown)} ids are"
    return Finding("predictions", f"{ids} {problem}: {', '.join(shown[:_SHOWN_IDS])}{more}")


def merge_runs(runs: Sequence[RunRecord]) -> RunRecord:
    """One run of those of a job's slices, each of which has one entry in `slices`; in any order.

    It is valid if every slice is, and then all of them must be here. Where one failed, the first by number says
    how, and those that are here are told. What is not measured of each slice is that of the first, and
    `predictions` are the caller's to fill in. Raises ValueError for runs that are not slices of one job, and for
    valid ones that are not all of them.
    """
    ordered = _order(runs)
    parts = tuple(run.slices[0] for run in ordered)
    first, last = ordered[0], ordered[-1]
    failed = next((run for run in ordered if run.outcome.kind is not OutcomeKind.VALID), None)
    if failed is None and len(parts) != parts[0].of:
        message = f"{len(parts)} of {parts[0].of} slices are no whole run"
        raise ValueError(message)
    outcome = first.outcome
    if failed is not None:
        told = f"{_slice_of(failed)}: {failed.outcome.message}"
        outcome = failed.outcome.model_copy(update={"message": told})
    listed = next((run.image for run in ordered if run.image.packages is not None), first.image)
    return first.model_copy(
        update={
            "image": listed if failed is None else first.image.model_copy(update={"packages": None}),
            "outcome": outcome,
            "exit_code": (failed or last).exit_code,
            "predictions": None,
            "slices": parts,
            **sum_up(parts),
        }
    )


def sum_up(parts: Sequence[SliceRunRecord]) -> dict[str, object]:
    """The fields of a run that follow from those of its slices: seconds are summed, memory is the highest.

    A figure that was not measured of every slice is none. The seed is that of the first slice.
    """
    cpu_s = [part.cpu_s for part in parts if part.cpu_s is not None]
    memory = [part.peak_memory_bytes for part in parts if part.peak_memory_bytes is not None]
    return {
        "shuffle_seed": parts[0].shuffle_seed,
        "started_at": min(part.started_at for part in parts),
        "wall_s": round(math.fsum(part.wall_s for part in parts), 3),
        "cpu_s": round(math.fsum(cpu_s), 3) if len(cpu_s) == len(parts) else None,
        "peak_memory_bytes": max(memory) if len(memory) == len(parts) else None,
    }


def is_within_wall_time(run: RunRecord) -> bool:
    """Whether a merged run took no longer than a whole one may.

    Slices start as many containers, for which a submission is not to blame: one whose slices together took longer
    is run in one piece, and that run counts.
    """
    return run.wall_s <= run.limits.wall_time_s


def _order(runs: Sequence[RunRecord]) -> list[RunRecord]:
    if not runs or any(len(run.slices) != 1 for run in runs):
        message = "each run to be merged is of one slice"
        raise ValueError(message)
    ordered = sorted(runs, key=lambda run: run.slices[0].number)
    same = {(run.job, run.image.reference, run.policy_sha256, run.inputs_sha256, run.slices[0].of) for run in runs}
    if len(same) != 1 or len({run.slices[0].number for run in runs}) != len(runs):
        message = "runs to be merged are of the same job, and of each slice there is one"
        raise ValueError(message)
    return ordered


def _slice_of(run: RunRecord) -> Slice:
    part = run.slices[0]
    return Slice(part.number, part.of)
