"""What the driver tells of its plan."""

from datetime import UTC, datetime, timedelta

import pytest

from polyreact.errors import EngineFailed, RunTimedOut
from polyreact.evaluation.remote.journal import open_journal, read_journal
from polyreact.evaluation.remote.progress import Begun, Change, Step, Unit
from polyreact.evaluation.remote.teller import Teller, count_slots
from polyreact.execution.interface import WorkerState
from polyreact.execution.resources import Resources

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
GIB = 1 << 30
ONE, TWO, THREE = (Unit(f"{number:064x}", f"lab-{number}", "jain") for number in (1, 2, 3))


class Clock:
    def __init__(self):
        self.seconds = 0

    def __call__(self):
        return START + timedelta(seconds=self.seconds)


def test_every_change_is_a_line_of_the_journal_and_all_of_it_one_on_the_terminal(tmp_path):
    shown, clock = [], Clock()
    with open_journal(tmp_path / "journal.jsonl") as journal:
        teller = Teller(journal, shown.append, clock)
        teller.begin([ONE, TWO, THREE], slots=2, done_before=7)
        teller.start(ONE, "node-7")
        clock.seconds = 60
        teller.end(ONE)
        teller.start(TWO, "node-7")
        teller.queue(TWO)
        teller.start(TWO, "node-8")
        teller.end(TWO, RunTimedOut("too long"))
        teller.end(THREE, EngineFailed("no engine"))
        teller.show()
        events = read_journal(journal.path).events

    later = START + timedelta(seconds=60)
    assert events == (
        Begun(START, 2, 7),
        *(Change(START, Step.QUEUED, unit) for unit in (ONE, TWO, THREE)),
        Change(START, Step.STARTED, ONE, "node-7"),
        Change(later, Step.DONE, ONE),
        Change(later, Step.STARTED, TWO, "node-7"),
        Change(later, Step.QUEUED, TWO),
        Change(later, Step.STARTED, TWO, "node-8"),
        Change(later, Step.FAILED, TWO, None, RunTimedOut.code),
        Change(later, Step.PUT_OFF, THREE, None, EngineFailed.code),
    )
    failed, put_off = f"failed: 1 x {RunTimedOut.code}", f"put off: 1 x {EngineFailed.code}"
    assert shown == [f"8 of 10 done, {failed}, {put_off}; nothing is left to run"]


def test_line_of_the_terminal_is_made_once_a_second_however_often_it_is_asked_for(tmp_path):
    shown, clock = [], Clock()
    with open_journal(tmp_path / "journal.jsonl") as journal:
        teller = Teller(journal, shown.append, clock)
        teller.begin([ONE, TWO], slots=1, done_before=0)
        for second in (0, 0.3, 0.9, 1, 1.5, 2, 2.2):
            clock.seconds = second
            teller.show()
    assert len(shown) == 3


@pytest.mark.parametrize(
    ("need", "slots"),
    [
        (Resources(cpus=2, memory_bytes=GIB), 6),
        (Resources(cpus=0.5, memory_bytes=4 * GIB), 5),
        (Resources(cpus=1, memory_bytes=GIB, gpus=1), 1),
        (Resources(cpus=64, memory_bytes=GIB), 1),
    ],
)
def test_slots_are_what_workers_have_room_for(need, slots):
    workers = [
        WorkerState("a", Resources(cpus=4, memory_bytes=16 * GIB), 0),
        WorkerState("b", Resources(cpus=9, memory_bytes=4 * GIB, gpus=1), 0),
    ]
    assert count_slots(workers, need) == slots


def test_slots_of_a_pool_whose_workers_are_still_to_come_are_one():
    assert count_slots([], Resources(cpus=1, memory_bytes=GIB)) == 1
