"""How far a plan is: from what happened to its runs to counts, and to when it may be over. Nothing is read.

A *unit* is what is queued and run at once: a submission on a track, or one slice of it.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from polyreact.visible import visible

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
#: Of codes in one line.
_MOST_CODES = 5


class Step(StrEnum):
    """What may happen to a unit. What a pool repeats by itself, since a worker died, is no change of it."""

    QUEUED = "queued"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    PUT_OFF = "put off"


#: How a unit ended that ran to its end: its seconds say how long others may take.
_RAN = frozenset({Step.DONE, Step.FAILED})


@dataclass(frozen=True, slots=True)
class Unit:
    """What is run at once. `task` is its digest and tells it from all others; `slice_number` counts from 1."""

    task: str
    submission: str
    track: str
    slice_number: int = 1
    slices: int = 1

    def __str__(self) -> str:
        part = f", slice {self.slice_number} of {self.slices}" if self.slices > 1 else ""
        return visible(f"{self.submission} on {self.track}{part}")


@dataclass(frozen=True, slots=True)
class Begun:
    """An evaluation began. `done_before` of its plan needed no run any more; `slots` run at once.

    What earlier ones had queued is not in the plan unless it is queued again.
    """

    at: datetime
    slots: int
    done_before: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A unit came into another state. `worker` is where it runs, `code` of the error that it ended with."""

    at: datetime
    step: Step
    unit: Unit
    worker: str | None = None
    code: str | None = None


Event = Begun | Change


@dataclass(frozen=True, slots=True)
class Running:
    """A unit that is running, where, and for how long."""

    unit: Unit
    worker: str | None
    age_s: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """The seconds until all is over, None where nobody knows; and in words what that was made from."""

    seconds: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the units of a plan stand; each is in one of done, running, waiting, failed and put off.

    `running` begins with the oldest. `failed` (the submissions' own doing) and `put_off` count by code.
    """

    total: int
    done: int
    running: tuple[Running, ...]
    waiting: int
    failed: Mapping[str, int]
    put_off: Mapping[str, int]
    estimate: Estimate


@dataclass(slots=True)
class _Place:
    """Where a unit stands, and since when."""

    unit: Unit
    step: Step
    since: datetime
    worker: str | None
    code: str | None


@dataclass(slots=True)
class Tally:
    """Takes events in the order in which they happened, and tells at any time how far the plan is."""

    slots: int = 1
    done_before: int = 0
    _begun_at: datetime | None = None
    _places: dict[str, _Place] = field(default_factory=dict)
    #: Of units that ran to their end, in ascending order: by track and number of slices.
    _seconds: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """One more event; what earlier plans taught about running times is kept."""
        if isinstance(event, Begun):
            self.slots, self.done_before = max(1, event.slots), event.done_before
            self._begun_at = event.at
            self._places.clear()
            return
        self._begun_at = self._begun_at or event.at
        known = self._places.get(event.unit.task)
        if known is not None and known.step is Step.STARTED and event.step in _RAN:
            insort(self._seconds.setdefault(_kind(event.unit), []), _age(known.since, event.at))
        self._places[event.unit.task] = _Place(event.unit, event.step, event.at, event.worker, event.code)

    def find_progress(self, now: datetime, *, slots: int | None = None) -> Progress:
        """How far it is now. `slots` is how many run at once, where that is known better than at the beginning."""
        steps = Counter(place.step for place in self._places.values())
        running = [
            Running(place.unit, place.worker, _age(place.since, now))
            for place in self._places.values()
            if place.step is Step.STARTED
        ]
        running.sort(key=lambda one: -one.age_s)
        waiting = [place.unit for place in self._places.values() if place.step is Step.QUEUED]
        return Progress(
            total=self.done_before + len(self._places),
            done=self.done_before + steps[Step.DONE],
            running=tuple(running),
            waiting=len(waiting),
            failed=self._count_codes(Step.FAILED),
            put_off=self._count_codes(Step.PUT_OFF),
            estimate=self._estimate(running, waiting, max(self.slots if slots is None else slots, 1), now),
        )

    def _estimate(self, running: Sequence[Running], waiting: Sequence[Unit], slots: int, now: datetime) -> Estimate:
        """By what units took; where none was ever seen to start, since all are short, by how many ended so far."""
        if not running and not waiting:
            return Estimate(0.0, "nothing is left to run")
        if self._seconds:
            return _estimate(running, waiting, self._seconds, slots)
        ended = sum(place.step in _RAN for place in self._places.values())
        if not ended or self._begun_at is None:
            return Estimate(None, "nothing has ended")
        seconds = _age(self._begun_at, now) / ended * (len(running) + len(waiting))
        return Estimate(seconds, f"from {ended:,} ended runs, as fast as they came")

    def _count_codes(self, step: Step) -> dict[str, int]:
        codes = Counter(place.code or "no code" for place in self._places.values() if place.step is step)
        return dict(sorted(codes.items()))


def find_progress(events: Iterable[Event], now: datetime) -> Progress:
    """How far the plan is after these events."""
    tally = Tally()
    for event in events:
        tally.take(event)
    return tally.find_progress(now)


def render_progress(progress: Progress) -> str:
    """One line for a terminal."""
    parts = [f"{progress.done:,} of {progress.total:,} done"]
    if progress.running:
        oldest = progress.running[0]
        where = f" on {visible(oldest.worker)}" if oldest.worker else ""
        age = render_seconds(oldest.age_s)
        parts.append(f"{len(progress.running):,} running (longest {oldest.unit}{where}: {age})")
    parts += [f"{progress.waiting:,} waiting"] if progress.waiting else []
    parts += [f"failed: {_list_codes(progress.failed)}"] if progress.failed else []
    parts += [f"put off: {_list_codes(progress.put_off)}"] if progress.put_off else []
    return f"{', '.join(parts)}; {render_estimate(progress.estimate)}"


def render_estimate(estimate: Estimate) -> str:
    """`about 14 min left`, with what that was made from where it is known."""
    if estimate.seconds is None:
        return f"time left not known yet: {estimate.basis}"
    return f"about {render_seconds(estimate.seconds)} left" if estimate.seconds else estimate.basis


def render_seconds(seconds: float) -> str:
    """`12 s`, `3 min 20 s`, `5 h 2 min`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def _list_codes(counts: Mapping[str, int]) -> str:
    told = [f"{count:,} x {visible(code)}" for code, count in list(counts.items())[:_MOST_CODES]]
    return ", ".join([*told, f"{len(counts) - _MOST_CODES} more codes"] if len(counts) > _MOST_CODES else told)


def _kind(unit: Unit) -> tuple[str, int]:
    """Units of which one tells how long another takes; a slice is shorter than the whole."""
    return unit.track, unit.slices


def _age(since: datetime, until: datetime) -> float:
    """Seconds; none where the clock was set back in between."""
    return max(0.0, (until - since).total_seconds())


def _estimate(
    running: Sequence[Running],
    waiting: Sequence[Unit],
    seconds: Mapping[tuple[str, int], list[float]],
    slots: int,
) -> Estimate:
    """When a plan ends in which each unit takes the median of its kind and the next one the first free slot.

    Kinds of which none has ended are taken at the median of all. What has run for longer than its median is taken
    to end now: then the estimate is too short, and grows.
    """
    ended = sorted(value for values in seconds.values() for value in values)
    medians = {kind: _median(values) for kind, values in seconds.items()}
    of_all = _median(ended)
    ends = [max(0.0, medians.get(_kind(one.unit), of_all) - one.age_s) for one in running]
    slots = max(slots, len(running))
    free = [*ends, *(0.0 for _ in range(slots - len(ends)))]
    heapq.heapify(free)
    for unit in waiting:
        heapq.heapreplace(free, free[0] + medians.get(_kind(unit), of_all))
    unknown = {one.unit.track for one in running if _kind(one.unit) not in medians}
    unknown |= {unit.track for unit in waiting if _kind(unit) not in medians}
    basis = f"from {len(ended):,} ended runs, by the median of their track, {slots:,} at once"
    if unknown:
        basis += f"; of {len(unknown):,} tracks none ended yet: the median of all"
    return Estimate(max(free), basis)


def _median(values: Sequence[float]) -> float:
    """Of values in ascending order."""
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
