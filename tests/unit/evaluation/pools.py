"""A pool in this process, whose workers have an engine and a cache of their own, and can be lost."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from fakes.engine import FakeEngine
from polyreact.errors import JobLost, PolyreactError
from polyreact.evaluation.evaluate import Evaluation
from polyreact.evaluation.remote.one import run_task
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.travel import Returned, carry_out
from polyreact.execution.interface import PoolState, WorkerState
from polyreact.execution.resources import Resources
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from unit.evaluation.conftest import answers


def answers_now(data, output):
    return replace(answers(data, output), started_at=datetime.now(UTC))


@dataclass
class WorkerPool:
    """Runs what it is given in threads, as a worker's command would; `lost` names whose tasks come to nothing.

    `seen` are the orders in the order in which they came, `spoil` changes what a worker gives back.
    """

    cache: Path
    engine: FakeEngine = field(default_factory=lambda: FakeEngine(answers_now, name="podman"))
    lost: frozenset[str] = frozenset()
    spoil: object = None
    workers: tuple = (WorkerState("here", Resources(cpus=8, memory_bytes=64 << 30), 0),)
    seen: list = field(default_factory=list)
    needs: list = field(default_factory=list)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))

    def submit(self, function, order, /, *, resources, key) -> Future:
        self.seen.append(order)
        self.needs.append(resources)
        return self.threads.submit(self._work, order, key)

    def describe(self):
        return "threads of this process"

    def state(self):
        return PoolState(tuple(self.workers), 0)

    def _work(self, order, key):
        if any(name in key for name in self.lost):
            raise JobLost(f"{key} is lost")
        returned = carry_out(order, self._run)
        return self.spoil(returned) if self.spoil else returned

    def _run(self, task, folder, order):
        settings = Settings(cache=self.cache, mirror=None, engine=None)
        worker = Evaluation(self.engine, ResultsStore(folder / "none"), settings, wait=lambda _seconds: None)
        try:
            run_task(Spool(folder), task.digest, worker)
        except PolyreactError as error:
            return Returned(error.exit_status, error.code, error.summary)
        return Returned(0)
