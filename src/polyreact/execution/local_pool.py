"""A pool of threads on this machine, within a budget of processors, memory and GPUs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from polyreact.errors import PoolClosed
from polyreact.execution.command import stopped_by
from polyreact.execution.interface import Pool, PoolState, WorkerState, as_exception, validate_need
from polyreact.execution.resources import Resources
from polyreact.execution.waiting import Job, WaitingLine

Result = TypeVar("Result")
_NAME = "this machine"


class LocalPool(Pool):
    """Runs each function in a thread of its own; never more at once than `budget` has room for."""

    def __init__(self, budget: Resources) -> None:
        self._budget = budget
        self._line = WaitingLine(budget)
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._is_closed = threading.Event()

    def submit(
        self, function: Callable[..., Result], /, *arguments: object, resources: Resources, key: str
    ) -> Future[Result]:
        """Run a function here once there is room for it. Raises NoSuchWorker and PoolClosed."""
        validate_need(resources, (self._budget,))
        future: Future[Result] = Future()
        with self._lock:
            if self._is_closed.is_set():
                raise PoolClosed("a job was given to a pool that is closed", consequence="It was not started.")
            self._line.add(future, resources, (key, function, arguments))
        future.add_done_callback(self._after)
        self._start()
        return future

    def describe(self) -> str:
        """The budget."""
        return f"threads on this machine: {self._budget}"

    def state(self) -> PoolState:
        """One worker, this machine."""
        with self._lock:
            running, waiting = len(self._line.running), self._line.waiting
        return PoolState((WorkerState(_NAME, self._budget, running),), waiting)

    def close(self) -> None:
        """Cancel what waits, end running commands, and wait for other functions to end."""
        with self._lock:
            self._is_closed.set()
            dropped, threads = self._line.drop(), tuple(self._threads)
        for job in dropped:
            if job.future.cancel():
                job.future.set_running_or_notify_cancel()
        for thread in threads:
            thread.join()

    def _start(self) -> None:
        with self._lock:
            if self._is_closed.is_set():
                return
            for job in self._line.start():
                thread = threading.Thread(target=self._run, args=(job,), name=str(job.work[0]), daemon=True)
                self._threads.add(thread)
                thread.start()

    def _run(self, job: Job) -> None:
        _, function, arguments = job.work
        try:
            with stopped_by(self._is_closed.is_set):
                result = function(*arguments)
        except BaseException as error:  # noqa: BLE001  whatever it is, it is the future's
            self._end(job)
            job.future.set_exception(as_exception(error))
        else:
            self._end(job)
            job.future.set_result(result)

    def _end(self, job: Job) -> None:
        """Give back what it had, and let others start, before anybody hears that it has ended."""
        with self._lock:
            self._line.end(job)
            self._threads.discard(threading.current_thread())
        self._start()

    def _after(self, future: Future[Any]) -> None:
        if future.cancelled():  # it may have been what others had to wait for
            self._start()
