"""What every pool offers: functions go in with what they need, futures come out.

What every pool promises, and tests/unit/execution/test_pools.py asks of each:

- the result of a function, or the exception that it raised, is its future's, a `PolyreactError` with its code;
- no worker ever runs more at once than it has processors, memory and GPUs for;
- jobs of the same needs start in the order in which they were submitted, and none is overtaken for ever;
- a job that no worker of the pool could ever run is refused when it is submitted, with NoSuchWorker;
- when a worker dies, its functions are run again by others, each at most `MOST_RERUNS` times; then its future
  raises WorkerLost. A function may therefore run twice, also at the same time, and has to bear that;
- a job that waits can be cancelled, one that runs cannot;
- a future says that it is running once its job was handed over to the workers, which is done as long as those that
  are there have room for it; while a job waits anew because its worker has died, it goes on saying so.
  `Pool.state` counts what workers run now, and everything else as waiting;
- what a function raises is an `Exception` for whoever asks its future: its SystemExit does not end the driver;
- leaving the pool cancels what waits and ends what runs: every future is done then, and those of running jobs raise
  PoolClosed. A function that is no command and runs in this process is waited for.

Nothing that has to last is kept by a pool.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeVar

from polyreact.errors import NoSuchWorker, WorkerLost
from polyreact.execution.resources import Resources

MOST_RERUNS = 3

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker that is there now: what it has, and how many functions it runs."""

    name: str
    has: Resources
    running: int


@dataclass(frozen=True, slots=True)
class PoolState:
    """The workers that are there now, and how many jobs have been submitted that do not run yet."""

    workers: tuple[WorkerState, ...]
    waiting: int


class Pool(Protocol):
    """Where functions run. A context manager: leaving it closes it, which pools take from here."""

    def submit(
        self, function: Callable[..., Result], /, *arguments: object, resources: Resources, key: str
    ) -> Future[Result]:
        """Run a function as soon as there is room; `key` is its name for people, the same for two jobs or not.

        Function, arguments and result must be what pickle takes where the pool has other processes. Raises
        NoSuchWorker where no worker of this pool can ever have so much, and PoolClosed.
        """

    def describe(self) -> str:
        """The pool in one line, for a person."""

    def state(self) -> PoolState:
        """What is there now. Raises ClusterUnreachable."""

    def close(self) -> None:
        """Cancel what waits, end what runs, and let go of the workers; once more does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def validate_need(need: Resources, kinds: Sequence[Resources]) -> None:
    """Raises NoSuchWorker unless a worker of one of these kinds can have so much."""
    if not any(need.fits(kind) for kind in kinds):
        listed = "; ".join(map(str, dict.fromkeys(kinds))) or "none"
        raise NoSuchWorker(
            f"a job needs {need}, and no worker of this pool can have so much; its workers have: {listed}",
            consequence="The job was not started.",
            cure="Name a profile with a larger worker: --on PROFILE",
        )


def as_exception(error: BaseException) -> Exception:
    """What a function raised, as a future may raise it in the driver: SystemExit and its like become WorkerLost."""
    if isinstance(error, Exception):
        return error
    return WorkerLost(
        f"a job ended its worker's thread by {type(error).__name__}",
        consequence="Nothing of the job is kept, and it is not tried again now.",
        cure="Look at what the workers wrote.",
        detail=str(error),
    )
