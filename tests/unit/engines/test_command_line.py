from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from polyreact.engines.command_line import CommandLine
from polyreact.errors import EngineFailed

PYTHON = CommandLine((sys.executable, "-c"), {"PATH": "/usr/bin"})


def test_run_ordinary_command_gives_both_streams_and_code() -> None:
    done = PYTHON.run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.exit_code, done.text, done.error_text) == (3, "out", "err")


def test_run_merged_keeps_the_order_of_streams() -> None:
    done = PYTHON.run("import os; [os.write(n, b'%d' % n) for n in (1, 2, 1)]", merged=True)
    assert (done.output, done.errors) == (b"121", b"")


def test_run_long_output_keeps_the_end() -> None:
    done = PYTHON.run("print('x' * 3_000_000 + 'end', end='')", kept_bytes=10)
    assert done.output == b"xxxxxxxend"


def test_run_past_its_time_is_ended_with_its_children() -> None:
    began = time.monotonic()
    with pytest.raises(EngineFailed, match="did not end within"):
        PYTHON.run("import os, time; os.fork(); time.sleep(60)", timeout_s=0.3)
    assert time.monotonic() - began < 5


def test_run_that_closes_its_streams_and_stays_is_ended() -> None:
    with pytest.raises(EngineFailed):
        PYTHON.run("import os, time; os.close(1); os.close(2); time.sleep(60)", timeout_s=0.3)


def test_run_absent_program_is_the_engines_failure() -> None:
    with pytest.raises(EngineFailed, match="cannot be started"):
        CommandLine(("no-such-program",), {"PATH": "/nonexistent"}).run("info")


def test_run_gets_only_the_environment_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    done = CommandLine((sys.executable, "-c"), {"GIVEN": "1"}).run("import os; print(sorted(set(os.environ)))")
    assert "SECRET" not in done.text
    assert "GIVEN" in done.text


def test_run_with_a_file_as_input_reads_it(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"hello")
    assert PYTHON.run("print(input())", stdin=tmp_path / "in").text == "hello"


def test_run_that_never_stops_talking_has_no_more_time() -> None:
    """Symptom: `RUN yes` in a Dockerfile went on for ever. Cause: the clock was looked at only in silence.

    It mattered since one submission could stop all evaluations.
    """
    began = time.monotonic()
    with pytest.raises(EngineFailed, match="did not end within"):
        PYTHON.run("while True: print('y' * 1000)", timeout_s=0.3)
    assert time.monotonic() - began < 5


def test_run_given_up_is_asked_to_stop_before_it_is_killed() -> None:
    stopped: list[int] = []
    with pytest.raises(EngineFailed):
        PYTHON.run("import time; time.sleep(60)", timeout_s=0.3, stop=lambda process: stopped.append(process.pid))
    assert len(stopped) == 1
    PYTHON.run("pass", stop=lambda process: stopped.append(process.pid))
    assert len(stopped) == 1
