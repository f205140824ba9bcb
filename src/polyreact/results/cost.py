"""What the runs cost that the records tell of: sums over records, by submission or by track; nothing else is read.

A record is of the last run of a submission on a track: earlier runs, trials, trust checks and runs that the
platform failed at have none and are in no sum. Seconds are those of the submission, without container starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from polyreact.results.records import OutcomeKind, Record

#: What a sum over everything is called.
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Cost:
    """The sum over the runs of one submission or one track.

    `cpu_s` is of the runs whose engine told it; `without_cpu` counts the others, whose time is not 0 but unknown,
    and `wall_s_without_cpu` is how long those took. `peak_memory_bytes` is the highest of any run, None where no
    engine told it. `failed` counts the runs that ended with the submission's fault; they cost as well. `gpu_s` is
    wall seconds times the GPUs that the run was given.
    """

    name: str
    runs: int = 0
    failed: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    without_cpu: int = 0
    wall_s_without_cpu: float = 0.0
    gpu_s: float = 0.0
    peak_memory_bytes: int | None = None


def by_submission(record: Record) -> str:
    """Whose run it was."""
    return record.submission.id


def by_track(record: Record) -> str:
    """What it was asked."""
    return record.track


def sum_costs(records: Iterable[Record], name_of: Callable[[Record], str]) -> tuple[Cost, ...]:
    """The sums by name in alphabetical order."""
    costs: dict[str, Cost] = {}
    for record in records:
        name = name_of(record)
        costs[name] = _add(costs.get(name, Cost(name)), record)
    return tuple(costs[name] for name in sorted(costs))


def sum_all(records: Iterable[Record]) -> Cost:
    """The sum over all records."""
    return next(iter(sum_costs(records, lambda _: TOTAL)), Cost(TOTAL))


def _add(cost: Cost, record: Record) -> Cost:
    run = record.run
    peaks = [peak for peak in (cost.peak_memory_bytes, run.peak_memory_bytes) if peak is not None]
    is_unknown = run.cpu_s is None
    return replace(
        cost,
        runs=cost.runs + 1,
        failed=cost.failed + (run.outcome.kind is OutcomeKind.SUBMISSION_FAULT),
        wall_s=cost.wall_s + run.wall_s,
        cpu_s=cost.cpu_s + (run.cpu_s or 0.0),
        without_cpu=cost.without_cpu + is_unknown,
        wall_s_without_cpu=cost.wall_s_without_cpu + (run.wall_s if is_unknown else 0.0),
        gpu_s=cost.gpu_s + run.wall_s * gpus_of(record),
        peak_memory_bytes=max(peaks, default=None),
    )


def gpus_of(record: Record) -> int:
    """How many GPUs the run was given; none where its limits have no word for them, since nobody could give any."""
    return int(getattr(record.run.limits, "gpus", 0))
