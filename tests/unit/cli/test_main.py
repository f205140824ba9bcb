"""Exit statuses and where messages go: data on stdout, messages on stderr, never a bare traceback."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from polyreact import __version__
from polyreact.cli.main import COMMANDS
from polyreact.errors import (
    BadRecord,
    CannotWrite,
    EngineFailed,
    FetchFailed,
    Finding,
    InvalidManifest,
    UnknownName,
)
from unit.cli import failing_command


@pytest.fixture
def failing(monkeypatch, polyreact):
    """Run a command that raises this."""
    monkeypatch.setitem(COMMANDS, "fail", ("unit.cli.failing_command", "Fails."))

    def run(failure, *options):
        monkeypatch.setattr(failing_command, "failure", failure)
        return polyreact("fail", *options)

    return run


def test_help_is_data_and_success(polyreact):
    ended = polyreact("--help")
    assert (ended.status, ended.err) == (0, "")
    assert all(name in ended.out for name in COMMANDS)
    assert polyreact("-h").out == ended.out


def test_version_is_told(polyreact):
    assert polyreact("--version").out == f"polyreact, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("track", "nonsense"), ("score",), ("track", "--nonsense"), ("score", "--labels")]
)
def test_command_line_that_is_wrong_ends_with_2_and_says_why_on_stderr(polyreact, arguments):
    """Symptom: click's own errors had no code, and no JSON with `--json`, which errors.md promises.

    Cause: they passed by the one place that renders errors. It mattered to scripts that read the JSON.
    """
    ended = polyreact(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("E103  ")
    assert "--help' for help." in ended.err
    assert polyreact(*arguments[:1], "--json", *arguments[1:]).data["error"]["code"] == "E103"


@pytest.mark.parametrize("arguments", [(), ("track",)])
def test_group_without_a_command_tells_its_commands(polyreact, arguments):
    ended = polyreact(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("Usage: ")
    assert "Commands:" in ended.err


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (UnknownName("track", "x", ["jain"]), 2),
        (CannotWrite("cannot write"), 2),
        (InvalidManifest("bad"), 3),
        (EngineFailed("bad"), 4),
        (FetchFailed("bad"), 5),
        (BadRecord("bad"), 6),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_error_ends_with_the_status_of_its_family(failing, failure, status):
    ended = failing(failure)
    assert (ended.status, ended.out) == (status, "")
    assert ended.err == failure.render() + "\n"


def test_error_for_a_script_is_json_on_stdout_as_well(failing):
    failure = InvalidManifest("bad", findings=[Finding("line 1:1", "wrong")], cure="mend it")
    ended = failing(failure, "--json")
    assert ended.status == 3
    assert ended.data == {"error": failure.to_json()}
    assert ended.err == failure.render() + "\n"


def test_detail_is_told_apart_from_the_public_message(failing):
    ended = failing(EngineFailed("the engine failed", detail="exit status 125"), "--json")
    assert ended.err.endswith("\n\nFor the operator: exit status 125\n")
    assert "125" not in ended.out


def test_bug_ends_with_70_and_leaves_a_file_with_the_traceback(failing, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = failing(ZeroDivisionError("nothing to divide by"), "--json")
    assert (ended.status, ended.out) == (70, "")
    assert ended.err.startswith("E700  this is a bug in polyreact: ZeroDivisionError: nothing to divide by\n")
    assert "Traceback" not in ended.err
    (report,) = tmp_path.glob("polyreact-bug-*.txt")
    assert str(report) in ended.err
    text = report.read_text()
    assert "['fail', '--json']" in text
    assert "failing_command.py" in text
    assert __version__ in text


def test_interruption_ends_with_130(failing):
    ended = failing(KeyboardInterrupt())
    assert (ended.status, ended.out) == (130, "")
    assert "interrupted" in ended.err


def test_module_is_the_program():
    command = [sys.executable, "-m", "polyreact", "track", "show", "nowhere"]
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("E101  there is no track called `nowhere`")


def test_reader_that_goes_away_is_no_bug():
    program = Path(sys.executable).parent / "polyreact"
    command = [program, "track", "list", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert said == ""
    assert process.returncode not in {0, 70}


def test_setting_that_is_wrong_is_told(polyreact, monkeypatch):
    monkeypatch.setenv("POLYREACT_MIRROR", "/nowhere/at/all")
    ended = polyreact("dataset", "fetch", "demo")
    assert ended.status == 2
    assert ended.err.startswith("E201  POLYREACT_MIRROR is `/nowhere/at/all`")


def test_every_listed_command_can_be_imported(polyreact):
    for name in COMMANDS:
        assert polyreact(name, "--help").status == 0


def test_error_in_json_can_be_read_by_a_script_even_without_findings(polyreact):
    assert json.loads(polyreact("track", "show", "x", "--json").out)["error"]["code"] == "E101"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_to_a_full_disk_is_told_and_is_no_bug():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "polyreact", "track", "list", "--json"]
        finished = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert finished.returncode == 2
    assert finished.stderr.startswith("E202")


def run_in_shell(line):
    """The exit status of the program with these arguments and redirections."""
    program = f"{sys.executable} -m polyreact"
    finished = subprocess.run(["bash", "-c", f"{program} {line}"], check=False, capture_output=True, text=True)
    return finished.returncode


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("track show x 2>&-", 2),
        ("track show x --json >&- 2>&-", 2),
        ("submission check absent 2>&-", 2),
        ("track list >&-", 0),
        ("dataset fetch demo 0<&- 2>&-", 0),
        ("track show x 2> >(true)", 2),
        ("track show x --json > >(true)", 2),
        ("track show x --json > /dev/full", 2),
    ],
)
def test_exit_status_does_not_depend_on_who_reads(line, status):
    """Symptom: 70 with stderr closed, 1 with its reader gone. Cause: telling an error was let fail in its place.

    It mattered to scripts and services, which close what they do not read and go by the status.
    """
    assert run_in_shell(line) == status


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_disk_that_takes_no_more_is_told_with_its_path_and_is_no_bug(failing, number):
    """Symptom: "no room where the output goes" for every full disk, no JSON, and E700 for a used-up quota.

    Cause: one number was looked for and the path thrown away. It mattered since there was nothing to act on.
    """
    ended = failing(OSError(number, os.strerror(number), "/data/cache"), "--json")
    assert ended.status == 2
    assert ended.data["error"]["code"] == "E202"
    assert ended.data["error"]["summary"] == f"cannot write /data/cache: {os.strerror(number)}"
