import os
import subprocess
import sys
import threading
import time

import pytest

from fakes import jobs
from polyreact.errors import PoolClosed
from polyreact.execution.command import (
    CANNOT_START,
    KEPT_BYTES,
    PYTHON,
    CommandExit,
    count_running,
    run_command,
    stopped_by,
)

LONG_S = 60
#: Starts a child of its own that ignores TERM, says where that is, and ignores TERM itself.
_STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
folder = pathlib.Path(sys.argv[1])
(folder / f"{os.getpid()}.part").write_text("0")
(folder / f"{os.getpid()}.part").rename(folder / f"{os.getpid()}.pid")
time.sleep(100)
"""
_TIDY = """
import signal, sys, time
def leave(*_): print("tidied up"); sys.exit(5)
signal.signal(signal.SIGTERM, leave)
print("begun", flush=True); time.sleep(100)
"""
#: The command ends and leaves a process behind that holds its streams open.
_LEAVES_ONE = """
import os, pathlib, sys, time
if os.fork() == 0:
    pathlib.Path(sys.argv[1], f"{os.getpid()}.pid").write_text("0")
    time.sleep(100)
while not list(pathlib.Path(sys.argv[1]).glob("*.pid")): time.sleep(0.02)
"""
_PARENT = """
import pathlib, sys
from fakes import jobs
from polyreact.execution.command import run_command
run_command(jobs.waiting_command(pathlib.Path(sys.argv[1])), {}, 100)
"""


def run(program, *arguments, environment=None, limit_s=LONG_S, grace_s=20.0):
    return run_command((PYTHON, "-c", program, *map(str, arguments)), environment or {}, limit_s, grace_s)


def test_command_tells_how_it_ended():
    ended = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert ended == CommandExit(3, "err\n", "out\n", timed_out=False)
    assert run("import os; os.kill(os.getpid(), 9)").exit_code == -9
    assert count_running() == 0


def test_command_has_the_workers_environment_and_what_is_added_and_no_input(monkeypatch):
    monkeypatch.setenv("OF_THE_WORKER", "here")
    program = "import os, sys; print(os.environ['OF_THE_WORKER'], os.environ['ADDED'], repr(sys.stdin.read()))"
    assert run(program, environment={"ADDED": "ü\n"}).stdout_end == "here ü\n ''\n"


def test_what_is_added_to_the_environment_is_in_no_list_of_processes():
    program = "import os; print(open('/proc/self/cmdline').read(), open(f'/proc/{os.getppid()}/cmdline').read())"
    assert "very-secret" not in run(program, environment={"ADDED": "very-secret"}).stdout_end


def test_program_that_is_not_there_is_an_exit_status():
    ended = run_command(("no-such-program-anywhere",), {}, LONG_S)
    assert ended.exit_code == CANNOT_START
    assert ended.stderr_end == "no-such-program-anywhere: No such file or directory\n"


def test_of_much_output_the_end_is_kept():
    ended = run("import sys; sys.stdout.write('a' * 3_000_000 + 'end'); sys.stderr.write('b' * 3_000_000)")
    assert ended.exit_code == 0
    assert len(ended.stdout_end) == KEPT_BYTES
    assert ended.stdout_end.endswith("aend")
    assert ended.stderr_end == "b" * KEPT_BYTES


def test_time_limit_lets_a_command_tidy_up():
    ended = run(_TIDY, limit_s=1.5)
    assert ended == CommandExit(5, "", "begun\ntidied up\n", timed_out=True)


def test_time_limit_ends_the_whole_group_whatever_it_ignores(tmp_path):
    ended = run(_STUBBORN, tmp_path, limit_s=2, grace_s=0.3)
    assert (ended.exit_code, ended.timed_out) == (-9, True)
    group = jobs.wait_for_commands(tmp_path, 2, within_s=0.1)
    assert all(jobs.has_gone(process, within_s=2) for process in group)


def test_what_a_command_leaves_is_killed_and_not_waited_for(tmp_path):
    begun = time.monotonic()
    assert run(_LEAVES_ONE, tmp_path).exit_code == 0
    assert time.monotonic() - begun < LONG_S
    (left,) = jobs.wait_for_commands(tmp_path, 1, within_s=0.1)
    assert jobs.has_gone(left, within_s=2)


def test_child_dies_with_its_killed_parent(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", _PARENT, str(tmp_path)], env=environment) as parent:
        (child,) = jobs.wait_for_commands(tmp_path, 1)
        parent.kill()
    assert jobs.has_gone(child)


def test_command_is_ended_once_its_pool_says_so(tmp_path):
    stop = threading.Event()

    def stop_once_begun():
        jobs.wait_for_commands(tmp_path, 1)
        assert count_running() == 1
        stop.set()

    thread = threading.Thread(target=stop_once_begun)
    thread.start()
    with stopped_by(stop.is_set), pytest.raises(PoolClosed):
        run_command(jobs.waiting_command(tmp_path), {}, LONG_S)
    thread.join()
    (child,) = jobs.wait_for_commands(tmp_path, 1)
    assert jobs.has_gone(child, within_s=0.1)
    assert count_running() == 0
