"""Tells what happens to the runs of a plan: to its journal, and to whoever looks at the terminal of the driver."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from polyreact.errors import PolyreactError, SubmissionError
from polyreact.evaluation.remote.journal import Journal
from polyreact.evaluation.remote.progress import Begun, Change, Event, Step, Tally, Unit, render_progress
from polyreact.execution.interface import WorkerState
from polyreact.execution.resources import Resources

#: How often the line of the terminal is made: it looks at all units, of which there may be thousands.
_SHOWN_EVERY = timedelta(seconds=1)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Teller:
    """One plan. Every change is a line of the journal at once; `show` says where all of it stands."""

    journal: Journal
    on_show: Callable[[str], None] = lambda _line: None
    now: Callable[[], datetime] = _now
    _tally: Tally = field(default_factory=Tally)
    _shown_at: datetime | None = None

    def begin(self, units: Iterable[Unit], *, slots: int, done_before: int) -> None:
        """The plan: `units` wait, and `done_before` of it are done already."""
        self._tell(Begun(self.now(), max(1, slots), done_before))
        for unit in units:
            self.queue(unit)

    def queue(self, unit: Unit) -> None:
        """It is to be run, and waits."""
        self._change(Step.QUEUED, unit)

    def start(self, unit: Unit, worker: str | None = None) -> None:
        """It is running from now on, on this worker where that is known."""
        self._change(Step.STARTED, unit, worker)

    def end(self, unit: Unit, error: PolyreactError | None = None, worker: str | None = None) -> None:
        """It is over, on this worker: done, failed by the submission's own doing, or put off by anything else."""
        if error is None:
            self._change(Step.DONE, unit, worker)
        else:
            step = Step.FAILED if isinstance(error, SubmissionError) else Step.PUT_OFF
            self._change(step, unit, worker, error.code)

    def show(self, slots: int | None = None) -> None:
        """Where the plan stands, in a line that the next one replaces; at most once a second."""
        now = self.now()
        if self._shown_at is None or abs(now - self._shown_at) >= _SHOWN_EVERY:
            self._shown_at = now
            self.on_show(render_progress(self._tally.find_progress(now, slots=slots)))

    def _change(self, step: Step, unit: Unit, worker: str | None = None, code: str | None = None) -> None:
        self._tell(Change(self.now(), step, unit, worker, code))

    def _tell(self, event: Event) -> None:
        self._tally.take(event)
        self.journal.note(event)


def count_slots(workers: Iterable[WorkerState], need: Resources) -> int:
    """How many jobs of one need run at once on these workers; at least one, since some worker will come."""
    return max(1, sum(_count(worker.has, need) for worker in workers))


def _count(has: Resources, need: Resources) -> int:
    parts = [(has.cpus, need.cpus), (has.memory_bytes, need.memory_bytes), (has.gpus, need.gpus)]
    return min((math.floor(there / asked) for there, asked in parts if asked > 0), default=1)
