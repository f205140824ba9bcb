"""The journal of an evaluation: whole lines, whatever happens to its writer."""

import json
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from polyreact.errors import BadJournal, CannotWrite, RecordTooNew
from polyreact.evaluation.remote.journal import open_journal, parse_event, read_journal, render_event
from polyreact.evaluation.remote.progress import Begun, Change, Step, Unit

AT = datetime(2026, 11, 26, 19, 2, 11, 417_000, tzinfo=UTC)
UNIT = Unit("9f" * 32, "lab-model", "jain", 3, 12)
BEGUN = Begun(AT, 2, 17)
STARTED = Change(AT, Step.STARTED, UNIT, "node-7")
FAILED = Change(AT, Step.FAILED, UNIT, None, "E311")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool" / "journal.jsonl"


def write(path, *events):
    with open_journal(path) as journal:
        for event in events:
            journal.note(event)


def test_events_are_read_as_they_were_noted(path):
    write(path, BEGUN, STARTED)
    write(path, FAILED)
    assert read_journal(path).events == (BEGUN, STARTED, FAILED)
    assert read_journal(path).damaged == 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_line_is_json_in_utc_with_all_its_keys():
    here = STARTED.at.astimezone(timezone(timedelta(hours=5)))
    assert json.loads(render_event(Change(here, Step.STARTED, UNIT, "node-7"))) == {
        "version": 1,
        "at": "2026-11-26T19:02:11.417Z",
        "event": "started",
        "task": "9f" * 32,
        "submission": "lab-model",
        "track": "jain",
        "slice": 3,
        "slices": 12,
        "worker": "node-7",
        "code": None,
    }
    assert json.loads(render_event(BEGUN)) == {
        "version": 1,
        "at": "2026-11-26T19:02:11.417Z",
        "event": "begun",
        "slots": 2,
        "done_before": 17,
    }


def test_line_of_hostile_names_is_one_line_of_ascii():
    line = render_event(Change(AT, Step.STARTED, Unit("t", "a\nb\u202e", "jain"), "w\x1b[2J"))
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert b"\x1b" not in line
    assert parse_event(line.rstrip(), "").unit.submission == "a\nb\u202e"


def test_no_journal_is_none(path):
    assert read_journal(path) is None


def test_empty_journal_has_no_events(path):
    open_journal(path).close()
    assert read_journal(path).events == ()


def test_torn_last_line_is_left_for_later(path):
    write(path, BEGUN, STARTED)
    whole = path.read_bytes()
    for end in range(len(render_event(BEGUN)), len(whole)):
        path.write_bytes(whole[:end])
        assert read_journal(path).events == (BEGUN,)


def test_writer_after_a_torn_line_begins_a_new_one(path):
    write(path, BEGUN, STARTED)
    path.write_bytes(path.read_bytes()[:-5])
    write(path, FAILED)
    found = read_journal(path)
    assert (found.events, found.damaged) == ((BEGUN, FAILED), 1)


def test_full_disk_is_told_once_and_stops_nothing(path):
    said = []
    with open_journal(path, said.append) as journal:
        journal.note(BEGUN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
            journal.note(STARTED)
            journal.note(STARTED)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, kept)
        journal.note(FAILED)
    assert len(said) == 1
    assert "the evaluation goes on" in said[0]
    assert (read_journal(path).events, read_journal(path).damaged) == ((BEGUN, FAILED), 1)


def test_killed_writer_leaves_whole_lines(path):
    program = (
        "import sys\nfrom pathlib import Path\nfrom unit.evaluation.remote.test_journal import STARTED\n"
        "from polyreact.evaluation.remote.journal import open_journal\n"
        "journal = open_journal(Path(sys.argv[1]))\n"
        "journal.note(STARTED)\nprint('begun', flush=True)\n"
        "while True:\n    journal.note(STARTED)\n"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    writer = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, env=environment)
    try:
        assert writer.stdout.readline() == b"begun\n"
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    found = read_journal(path)
    assert found.damaged == 0
    assert set(found.events) == {STARTED}
    assert path.read_bytes() == render_event(STARTED) * len(found.events)


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"no json",
        b"[1]",
        b"\xff\xfe",
        render_event(STARTED).replace(b"started", b"begun"),
        render_event(STARTED).replace(b"started", b"exploded"),
        render_event(STARTED).replace(b'"slice":3', b'"slice":0'),
        render_event(STARTED).replace(b'417Z"', b'417"'),
        render_event(STARTED).replace(b'"code":null', b'"code":null,"more":1'),
        render_event(BEGUN).replace(b'"slots":2', b'"slots":0'),
    ],
)
def test_line_that_is_no_event_is_none(line):
    assert parse_event(line.rstrip(), "journal") is None


def test_journal_of_a_newer_program_is_refused(path):
    write(path, BEGUN)
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(RecordTooNew):
        read_journal(path)


def test_file_that_is_no_journal_is_refused(path, tmp_path):
    path.parent.mkdir()
    path.write_text("sequence_id,prediction,score\nA,1,0.5\n")
    with pytest.raises(BadJournal, match="none of its 2 lines is an event"):
        read_journal(path)
    with pytest.raises(BadJournal, match="cannot read"):
        read_journal(tmp_path)


def test_journal_without_end_is_not_read_to_its_end(path):
    write(path, BEGUN)
    with path.open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(BadJournal, match="has more than"):
        read_journal(path)


def test_journal_that_cannot_be_opened_is_told_before_anything_runs(tmp_path):
    with pytest.raises(CannotWrite):
        open_journal(tmp_path)
    (tmp_path / "elsewhere").touch()
    (tmp_path / "journal.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotWrite):
        open_journal(tmp_path / "journal.jsonl")
