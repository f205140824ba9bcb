"""`polyreact evaluate status`."""

import io
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest

from polyreact.cli.evaluate_status import watch_status
from polyreact.evaluation.remote.journal import JOURNAL_FILE, open_journal
from polyreact.evaluation.remote.progress import Begun, Change, Step, Unit
from polyreact.evaluation.remote.status import Status
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.queue_store import QueueStore

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def ago(**time):
    """The program looks at the clock, so times are told from now."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**time)


def job(submission, state, since, **told):
    return JobRecord(submission=submission, track="jain", state=state, since=since, **told)


@pytest.fixture
def write_queue(tmp_path):
    def write_queue(*jobs, updated_at=None):
        queue = QueueRecord(updated_at=updated_at or ago(), jobs=jobs)
        QueueStore(tmp_path / "results" / "queue.json").write(queue)

    return write_queue


@pytest.fixture
def spool(tmp_path):
    """A plan of four: one done, one running on a machine that died an hour ago, one failed, one waiting."""
    folder = tmp_path / "spool"
    one, two, three, four = (Unit(f"{number:064x}", f"lab-{number}", "jain") for number in range(1, 5))
    with open_journal(folder / JOURNAL_FILE) as journal:
        journal.note(Begun(ago(hours=2), 2))
        for unit in (one, two, three, four):
            journal.note(Change(ago(hours=2), Step.QUEUED, unit))
        journal.note(Change(ago(hours=2), Step.STARTED, one, "node-7"))
        journal.note(Change(ago(minutes=100), Step.DONE, one, "node-7"))
        journal.note(Change(ago(minutes=90), Step.STARTED, two, "node-7"))
        journal.note(Change(ago(minutes=90), Step.FAILED, three, "node-8", "E311"))
    (folder / "leases").mkdir()
    lease = folder / "leases" / f"{two.task}.1.json"
    lease.write_text(json.dumps({"owner": "", "host": "node-7", "since": ago(minutes=90).isoformat()}))
    os.utime(lease, (ago(hours=1).timestamp(),) * 2)
    return folder


def lines(ended):
    return [" ".join(line.split()) for line in ended.out.splitlines()]


def test_status_where_nothing_is_says_so(polyreact):
    ended = polyreact("evaluate", "status")
    assert (ended.status, ended.out) == (0, "nothing is to do: there is no queue beside the records\n")


def test_status_of_a_living_evaluation(polyreact, write_queue):
    write_queue(
        job("lab-a", QueueState.RUNNING, ago(minutes=5)),
        job("lab-b", QueueState.WAITING, ago(minutes=9)),
        job("lab-c", QueueState.PUT_OFF, ago(minutes=1), code="E404", not_before=ago(hours=-2, minutes=-2)),
    )
    heartbeat, counts, heading, running, put_off = lines(polyreact("evaluate", "status"))
    assert re.fullmatch(r"an evaluation is running, alive \d+ s ago", heartbeat)
    assert counts == "to do: 1 waiting, 1 running, 1 put off"
    assert heading == "submission track state for code"
    assert re.fullmatch(r"lab-a jain running 5 min \d+ s", running)
    assert re.fullmatch(r"lab-c jain put off, again in 2 h \d min 1 min \d+ s E404", put_off)


def test_status_of_a_killed_evaluation_asks_whether_it_was(polyreact, write_queue):
    write_queue(job("lab-a", QueueState.RUNNING, ago(hours=1)), updated_at=ago(minutes=10))
    assert lines(polyreact("evaluate", "status"))[0].startswith("no heartbeat for 10 min ")


def test_status_of_what_only_waits_says_that_nothing_is_running(polyreact, write_queue):
    write_queue(job("lab-a", QueueState.WAITING, ago(days=3)), updated_at=ago(days=3))
    first, second = lines(polyreact("evaluate", "status"))
    assert (first[:18], second) == ("nothing is running", "to do: 1 waiting")


def test_status_of_a_spool_tells_machines_and_plan(polyreact, spool):
    told = lines(polyreact("evaluate", "status", "--spool", spool))
    assert "spool: 0 tasks, 0 of them done and not collected yet" in told
    (held,) = [line for line in told if "node-7 1 h 30 min none for 1 h 0 min: its holder is dead" in line]
    assert held.startswith("a task that is not there any more")
    (plan,) = [line for line in told if line.startswith("plan: ")]
    assert plan == (
        "plan: 1 of 4 done, 1 running (longest lab-2 on jain on node-7: 1 h 30 min), 1 waiting, "
        "failed: 1 x E311; about 20 min 0 s left"
    )
    assert "(from 1 ended runs, by the median of their track, 2 at once)" in told


def test_status_tells_a_script(polyreact, write_queue, spool):
    write_queue(job("lab-2", QueueState.RUNNING, ago(minutes=90)), updated_at=ago(seconds=30))
    data = polyreact("evaluate", "status", "--spool", spool, "--json").data
    assert 30 <= data["heartbeat_age_s"] < 90
    assert (data["is_running"], data["jobs"][0]["submission"]) == (True, "lab-2")
    assert (data["spool"]["held"][0]["host"], data["spool"]["held"][0]["is_live"]) == ("node-7", False)
    progress = data["spool"]["progress"]
    assert (progress["total"], progress["done"], progress["failed"], progress["left_s"]) == (
        4,
        1,
        {"E311": 1},
        1200.0,
    )
    assert progress["running"][0]["worker"] == "node-7"


def test_status_of_what_cannot_be_read_ends_with_6(polyreact, spool):
    (spool / JOURNAL_FILE).write_text("no journal\n")
    ended = polyreact("evaluate", "status", "--spool", spool)
    assert (ended.status, "E610" in ended.err) == (6, True)


def test_status_of_a_spool_that_is_not_there_ends_with_2(polyreact):
    ended = polyreact("evaluate", "status", "--spool", "nowhere")
    assert (ended.status, "E102" in ended.err) == (2, True)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_watching_without_a_terminal_is_refused(polyreact, more):
    ended = polyreact("evaluate", "status", "--watch", *more)
    assert (ended.status, "E103" in ended.err) == (2, True)


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_watching_draws_what_is_new_until_it_is_interrupted(monkeypatch):
    screen, read, waits = Screen(), [], []
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")

    def look():
        read.append(1)
        state = QueueState.RUNNING if len(read) == 1 else QueueState.REFUSED
        return Status(NOW, QueueRecord(updated_at=NOW, jobs=(job("lab-a", state, NOW),)), None)

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt

    watch_status(look, wait)
    assert waits == [2.0, 2.0]
    drawn = screen.getvalue()
    assert drawn.index("an evaluation is running, alive 0 s ago") < drawn.index("nothing is running")
    assert drawn.index("jain   running") < drawn.index("jain   refused")
