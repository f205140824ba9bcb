"""What whoever looks on finds of an evaluation."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polyreact.errors import BadRecord
from polyreact.evaluation.remote.journal import JOURNAL_FILE, open_journal
from polyreact.evaluation.remote.progress import Begun, Change, Step, Unit
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.status import read_status
from polyreact.owner import this_process
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.queue_store import QueueStore

NOW = datetime.now(UTC).replace(microsecond=0)
ALIVE, DEAD = "0a" * 32, "0b" * 32


@pytest.fixture
def queue(tmp_path):
    return QueueStore(tmp_path / "results" / "queue.json")


@pytest.fixture
def spool(tmp_path):
    (tmp_path / "spool" / "leases").mkdir(parents=True)
    return Spool(tmp_path / "spool")


def lease(spool, digest, *, owner, since, silent_s):
    path = spool.folder / "leases" / f"{digest}.1.json"
    path.write_text(json.dumps({"owner": owner, "host": "node-7", "since": since.isoformat()}))
    moment = datetime.now(UTC).timestamp() - silent_s
    os.utime(path, (moment, moment))


def test_status_without_anything_is_that_nothing_is_to_do(queue):
    status = read_status(queue, None, NOW)
    assert (status.queue, status.spool, status.heartbeat_age, status.is_running) == (None, None, None, False)


def test_status_tells_how_long_ago_the_evaluation_showed_that_it_lives(queue):
    job = JobRecord(submission="lab-a", track="jain", state=QueueState.RUNNING, since=NOW)
    queue.write(QueueRecord(updated_at=NOW - timedelta(seconds=12), jobs=(job,)))
    status = read_status(queue, None, NOW)
    assert (status.heartbeat_age, status.is_running) == (timedelta(seconds=12), True)
    assert read_status(queue, None, NOW - timedelta(days=1)).heartbeat_age == timedelta(), "clocks differ"


def test_status_with_a_damaged_queue_is_told_as_that(queue):
    queue.path.parent.mkdir()
    queue.path.write_text("{")
    with pytest.raises(BadRecord):
        read_status(queue, None, NOW)


def test_status_of_a_spool_tells_who_holds_what_the_longest_first(queue, spool):
    lease(spool, ALIVE, owner=str(this_process()), since=NOW - timedelta(seconds=30), silent_s=1)
    lease(spool, DEAD, owner="", since=NOW - timedelta(hours=2), silent_s=600)
    (spool.folder / "leases" / ".clock.part").touch()
    dead, alive = read_status(queue, spool).spool.held
    assert (dead.task, dead.host, dead.is_live) == (DEAD, "node-7", False)
    assert dead.silent_for >= timedelta(seconds=599)
    assert (alive.task, alive.is_live, alive.words) == (ALIVE, True, "a task that is not there any more")


def test_status_of_a_spool_that_may_only_be_read(queue, spool, monkeypatch):
    lease(spool, DEAD, owner="", since=NOW - timedelta(hours=2), silent_s=600)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    (held,) = read_status(queue, spool).spool.held
    assert (held.is_live, held.silent_for >= timedelta(seconds=599)) == (False, True)


def test_status_of_a_spool_reads_its_journal(queue, spool):
    unit = Unit(ALIVE, "lab-a", "jain")
    with open_journal(spool.folder / JOURNAL_FILE) as journal:
        journal.note(Begun(NOW, 2))
        journal.note(Change(NOW, Step.STARTED, unit, "node-7"))
    with (spool.folder / JOURNAL_FILE).open("ab") as file:
        file.write(b"{\n")
    found = read_status(queue, spool, NOW + timedelta(seconds=5)).spool
    assert (found.damaged, found.progress.total, found.progress.running[0].age_s) == (1, 1, 5.0)


def test_status_of_an_empty_spool(queue, tmp_path):
    (tmp_path / "spool").mkdir()
    found = read_status(queue, Spool(tmp_path / "spool"), NOW).spool
    assert (found.tasks, found.done, found.held, found.progress) == (0, 0, (), None)
