"""Running an engine's command line: an argument list, a time-out, and output that is cut to size.

Never a shell, never a stream that stays attached to a container: a container that writes into an attached
stream nobody reads blocks the engine itself.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from polyreact.errors import EngineFailed

DEFAULT_TIMEOUT_S = 120.0
KEPT_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended. Of a longer output only the end is kept; merged output is all in `output`."""

    exit_code: int
    output: bytes
    errors: bytes

    @property
    def text(self) -> str:
        """What it printed, without the last line end."""
        return self.output.decode(errors="replace").strip()

    @property
    def error_text(self) -> str:
        """What it complained of."""
        return self.errors.decode(errors="replace").strip()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A program with its leading arguments and the whole environment it is given."""

    program: tuple[str, ...]
    environment: Mapping[str, str]

    def run(
        self,
        *arguments: str,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        merged: bool = False,
        kept_bytes: int = KEPT_BYTES,
        stdin: Path | None = None,
        folder: Path | None = None,
        stop: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> Completed:
        """Run to the end. Raises EngineFailed when the program is absent or does not end in time.

        `stop` is asked to end a program that is given up or interrupted, before it is killed.
        """
        with contextlib.ExitStack() as stack:
            source = stack.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL
            process = stack.enter_context(self.started(*arguments, merged=merged, stdin=source, folder=folder))
            if stop:
                stack.callback(_stop_running, process, stop)
            outputs = read_to_end(process, timeout_s=timeout_s, kept_bytes=kept_bytes)
            if outputs is None:
                raise EngineFailed(
                    f"`{self.program[0]} {arguments[0]}` did not end within {timeout_s:.0f} s",
                    cure="Look whether the engine still answers, then run the same command again.",
                )
        return Completed(process.returncode, *outputs)

    @contextlib.contextmanager
    def started(
        self,
        *arguments: str,
        merged: bool = False,
        sink: IO[bytes] | int = subprocess.PIPE,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        folder: Path | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The running program, in a session of its own so that Ctrl-C reaches us only; killed on leaving."""
        try:
            process = subprocess.Popen(
                [*self.program, *arguments],
                env=dict(self.environment),
                stdin=stdin,
                stdout=sink,
                stderr=subprocess.STDOUT if merged else sink,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineFailed(f"`{self.program[0]}` cannot be started: {error.strerror}") from error
        with process:
            try:
                yield process
            finally:
                kill_group(process)


def read_to_end(
    process: subprocess.Popen[bytes], *, timeout_s: float, kept_bytes: int
) -> tuple[bytes, bytes] | None:
    """Drain a process's pipes until it ends, keeping the end of each; None when the time is over first."""
    deadline = time.monotonic() + timeout_s
    kept = {"output": bytearray(), "errors": bytearray()}
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("output", process.stdout), ("errors", process.stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            # A program that never stops talking has no more time than a silent one.
            if not ready or time.monotonic() > deadline:
                return None
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK_BYTES)
                if not chunk:
                    selector.unregister(key.fileobj)
                kept[key.data] += chunk
                del kept[key.data][:-kept_bytes]
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    return bytes(kept["output"]), bytes(kept["errors"])


def _stop_running(process: subprocess.Popen[bytes], stop: Callable[[subprocess.Popen[bytes]], None]) -> None:
    if process.poll() is None:
        stop(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process started in its own session, and whatever it started there."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
