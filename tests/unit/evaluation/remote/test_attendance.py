"""When it is said that nobody works: after ten seconds, then every five minutes, and anew after somebody came."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from polyreact.errors import ClusterUnreachable
from polyreact.evaluation.remote.attendance import Attendance
from polyreact.execution.interface import PoolState, WorkerState
from polyreact.execution.resources import Resources

SOMEBODY = (WorkerState("one", Resources(cpus=1, memory_bytes=1), 0),)


@dataclass
class Pool:
    workers: tuple[WorkerState, ...] = ()
    asked: int = 0
    error: Exception | None = None

    def state(self) -> PoolState:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return PoolState(self.workers, 3)

    def describe(self) -> str:
        return "the pool of a test"


@dataclass
class Looked:
    """What an attendance says while a clock is moved by hand."""

    pool: Pool = field(default_factory=Pool)
    at: datetime = datetime(2026, 11, 26, tzinfo=UTC)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.attendance = Attendance(self.pool, self.said.append, lambda: self.at)

    def after(self, seconds: float) -> list[str]:
        """What is new when it is looked again so much later."""
        before = len(self.said)
        self.at += timedelta(seconds=seconds)
        self.attendance.look(3)
        return self.said[before:]


@pytest.fixture
def looked() -> Looked:
    return Looked()


def test_pool_is_asked_every_ten_seconds_and_not_at_once(looked: Looked) -> None:
    assert looked.after(9) == []
    assert looked.pool.asked == 0
    assert looked.after(1) != []
    assert looked.after(9) == []
    assert looked.pool.asked == 1


def test_it_is_said_of_how_many_of_which_pool_and_since_when_every_five_minutes(looked: Looked) -> None:
    assert looked.after(10) == [
        "3 tasks wait, and there is no worker for them, for 0 s by now; the pool: the pool of a test"
    ]
    assert looked.after(299) == []
    (line,) = looked.after(10)
    assert "for 309 s by now" in line


def test_somebody_who_came_begins_it_anew(looked: Looked) -> None:
    looked.after(10)
    looked.pool.workers = SOMEBODY
    assert looked.after(10) == []
    looked.pool.workers = ()
    (line,) = looked.after(10)
    assert "for 0 s by now" in line


def test_pool_that_does_not_answer_is_told_with_its_code(looked: Looked) -> None:
    looked.pool.error = ClusterUnreachable("the scheduler went away")
    (text,) = looked.after(10)
    assert ClusterUnreachable.code in text
