"""Which of the waiting jobs start next within a budget: first come, first served among those that fit.

The oldest job that does not fit reserves: younger ones start only where it could still start if nothing but they
ran. So a large job is passed by small ones that do not matter to it, and waits no longer for them.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from polyreact.execution.resources import Resources, cap_resources, sum_resources


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A function that was submitted, by number in the order of coming."""

    number: int
    future: Future[Any]
    need: Resources
    work: Any


class WaitingLine:
    """Jobs that wait and jobs that run within `budget`. Not for two threads at once: its owner holds a lock.

    The budget is that of one worker, which is there, until `set_workers` says which ones are.
    """

    def __init__(self, budget: Resources) -> None:
        self._most = self._budget = budget
        self._workers: tuple[Resources, ...] = (budget,)
        self._numbers = itertools.count()
        self._waiting: dict[Resources, deque[Job]] = {}  # by need: if the first does not fit, none of them does
        self._running: dict[int, Job] = {}

    @property
    def waiting(self) -> int:
        """How many jobs wait; a cancelled one counts until its turn comes."""
        return sum(map(len, self._waiting.values()))

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that have been started and have not ended, the oldest first."""
        return tuple(self._running[number] for number in sorted(self._running))

    @property
    def needs(self) -> tuple[Resources, ...]:
        """What the jobs that wait need; a cancelled one counts until its turn comes."""
        return tuple(need for need, jobs in self._waiting.items() for _ in jobs)

    def set_workers(self, workers: Sequence[Resources]) -> None:
        """From now on there is room on these alone, and never more than the first budget.

        A job that none of them could run neither starts nor reserves, and what runs without one takes nothing.
        """
        self._workers = tuple(dict.fromkeys(workers))
        self._budget = cap_resources(sum_resources(workers), self._most)

    def add(self, future: Future[Any], need: Resources, work: Any) -> None:
        """A job comes last."""
        job = Job(next(self._numbers), future, need, work)
        self._waiting.setdefault(need, deque()).append(job)

    def end(self, job: Job) -> None:
        """A job that was started has ended, and what it had is free."""
        del self._running[job.number]

    def start(self) -> tuple[Job, ...]:
        """The jobs that may run now; their futures are running, and what they need is taken."""
        started: list[Job] = []
        while (job := self._find_next()) is not None:
            self._waiting[job.need].popleft()
            if job.future.set_running_or_notify_cancel():
                self._running[job.number] = job
                started.append(job)
        return tuple(started)

    def drop(self) -> tuple[Job, ...]:
        """Take out everything that waits."""
        dropped = sorted(itertools.chain(*self._waiting.values()), key=lambda job: job.number)
        self._waiting.clear()
        return tuple(dropped)

    def _find_next(self) -> Job | None:
        taken = sum_resources(job.need for job in self._running.values() if self._has_worker_for(job.need))
        reserving: Job | None = None
        for job in self._heads():
            if not job.need.fits_beside(taken, self._budget):
                reserving = reserving or job
            elif reserving is None or self._leaves_room(job, reserving):
                return job
        return None

    def _heads(self) -> Iterator[Job]:
        """The oldest job of each need, the oldest first."""
        for need, jobs in list(self._waiting.items()):
            while jobs and jobs[0].future.cancelled():
                jobs.popleft().future.set_running_or_notify_cancel()  # tells those that wait for it
            if not jobs:
                del self._waiting[need]
        heads = (jobs[0] for need, jobs in self._waiting.items() if self._has_worker_for(need))
        yield from sorted(heads, key=lambda job: job.number)

    def _leaves_room(self, job: Job, reserving: Job) -> bool:
        """Whether the reserving job could start beside this one and all younger ones once the older have ended."""
        younger = (
            other.need
            for other in self._running.values()
            if other.number > reserving.number and self._has_worker_for(other.need)
        )
        return reserving.need.fits_beside(sum_resources((job.need, *younger)), self._budget)

    def _has_worker_for(self, need: Resources) -> bool:
        return any(need.fits(worker) for worker in self._workers)
