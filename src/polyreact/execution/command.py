"""A command as a unit of work: a child that ends with its parent, in a process group that is ended as a whole.

Dask cannot end a task that runs, and a worker that is killed leaves its children running beside their repetition.
So the time of a command is bounded here, whoever asked for it is listened to while it runs, and the kernel kills
the child when the thread that started it is gone, whatever ended that.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

from polyreact.errors import PoolClosed

#: As the first word of a command: the Python that the worker itself runs on, wherever that stands.
PYTHON = "<python>"
#: Of each stream the end is kept.
KEPT_BYTES = 256 << 10
#: Between the signal that a command may clean up after and the one that it cannot withstand.
GRACE_S = 20.0
#: What the shell says of a program that cannot be started.
CANNOT_START = 127

_LOOK_AGAIN_S = 0.5
_CHUNK_BYTES = 1 << 16
#: PR_SET_PDEATHSIG is 1 and SIGKILL 9; a parent that died before that was said is noticed by its number. What the
#: environment is to hold besides the worker's own comes as stdin, since arguments can be read by everybody.
_END_WITH_PARENT = f"""
import ctypes, json, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]): os._exit({CANNOT_START})
os.environ.update(json.load(sys.stdin))
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    print(f"{{sys.argv[2]}}: {{error.strerror}}", file=sys.stderr)
    sys.stderr.flush()
    os._exit({CANNOT_START})
"""

_IsStopped = Callable[[], bool]
_asked: ContextVar[tuple[_IsStopped, float]] = ContextVar("asked", default=(lambda: False, 0.0))
_running: set[int] = set()


@dataclass(frozen=True, slots=True)
class CommandExit:
    """How a command ended; the ends of what it wrote, at most `KEPT_BYTES` of each, are shown as they came.

    `exit_code` is negative for a signal, as of `subprocess`. `timed_out` says that it was ended at its limit.
    """

    exit_code: int
    stderr_end: str
    stdout_end: str = ""
    timed_out: bool = False


@contextlib.contextmanager
def stopped_by(is_stopped: _IsStopped, *, last_word_s: float = 0.0) -> Iterator[None]:
    """Commands that this thread runs in the block are ended once `is_stopped` says so. For pools.

    That one has failed is told so much later: whatever ended it may be about to end this process as well, and then
    it is not the command that has failed.
    """
    token = _asked.set((is_stopped, last_word_s))
    try:
        yield
    finally:
        _asked.reset(token)


def count_running() -> int:
    """How many commands this process runs now."""
    return len(_running)


def run_command(
    argv: Sequence[str], environment: Mapping[str, str], time_limit_s: float, grace_s: float = GRACE_S
) -> CommandExit:
    """Run a command to its end: with the worker's own environment and `environment`, without anything on stdin.

    At `time_limit_s` its process group is sent TERM, and KILL after `grace_s`. What of the group is left when the
    command itself has ended is killed. Raises PoolClosed where the pool was closed meanwhile; the group is ended
    in the same way then.
    """
    program = [sys.executable if argv[0] == PYTHON else argv[0], *argv[1:]]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _END_WITH_PARENT, str(os.getpid()), *program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process, _ended_at_last(process):
        assert process.stdin is not None  # noqa: S101  it was asked for
        with contextlib.suppress(BrokenPipeError), process.stdin as told:
            told.write(json.dumps(dict(environment)).encode())
        return _watch(process, time_limit_s, grace_s)


def _watch(process: subprocess.Popen[bytes], time_limit_s: float, grace_s: float) -> CommandExit:
    is_stopped, last_word_s = _asked.get()
    turn_at, timed_out, was_stopped = time.monotonic() + time_limit_s, False, False
    with _Streams(process) as streams:
        while not streams.wait(min(_LOOK_AGAIN_S, max(0.0, turn_at - time.monotonic()))):
            is_late = time.monotonic() >= turn_at
            if timed_out or was_stopped:
                if is_late:
                    _signal_group(process, signal.SIGKILL)
                    turn_at = math.inf
            elif is_late or is_stopped():
                timed_out, was_stopped = is_late, not is_late
                _signal_group(process, signal.SIGTERM)
                turn_at = time.monotonic() + grace_s
        _signal_group(process, signal.SIGKILL)  # before it is waited for: until then its number is nobody else's
        streams.drain()
        exit_code = process.wait()
        if was_stopped:
            raise PoolClosed(
                "the pool was closed while a job ran", consequence="The job was ended; nothing of it is kept."
            )
        if exit_code != 0 and not timed_out:
            time.sleep(last_word_s)
        return CommandExit(exit_code, streams.end_of("stderr"), streams.end_of("stdout"), timed_out)


class _Streams:
    """What a process writes, read as it comes so that it never has to wait, and of which the end is kept."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101  both were asked for
        assert process.stderr is not None  # noqa: S101
        self._files = {"stdout": process.stdout, "stderr": process.stderr}
        self._ends = {name: bytearray() for name in self._files}
        self._process_id = process.pid

    def __enter__(self) -> Self:
        self._ended = os.pidfd_open(self._process_id)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._ended, selectors.EVENT_READ)
        for name, file in self._files.items():
            os.set_blocking(file.fileno(), False)
            self._selector.register(file, selectors.EVENT_READ, name)
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        os.close(self._ended)

    def wait(self, timeout_s: float) -> bool:
        """Read what has come, waiting for at most so long; whether the process has ended."""
        ready = self._selector.select(timeout_s)
        for key, _ in ready:
            if key.data is not None and not self._read(key.data):
                self._selector.unregister(key.fileobj)
        return any(key.data is None for key, _ in ready)

    def drain(self) -> None:
        """Read what is there still, without waiting for more and no more than is kept."""
        for name in self._files:
            for _ in range(KEPT_BYTES // _CHUNK_BYTES + 1):
                if not self._read(name):
                    break

    def end_of(self, name: str) -> str:
        """The end of a stream as text."""
        return bytes(self._ends[name]).decode(errors="replace")

    def _read(self, name: str) -> bool:
        """Whether there may be more."""
        try:
            chunk = os.read(self._files[name].fileno(), _CHUNK_BYTES)
        except BlockingIOError:
            return True
        end = self._ends[name]
        end += chunk
        del end[:-KEPT_BYTES]
        return bool(chunk)


@contextlib.contextmanager
def _ended_at_last(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """It counts as running in the block; whatever goes wrong there, the group is killed."""
    _running.add(process.pid)
    try:
        yield
    except BaseException:
        if process.returncode is None:
            _signal_group(process, signal.SIGKILL)
        raise
    finally:
        _running.discard(process.pid)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
