"""Functions that pools run in tests, in whatever process; what they did is read off files and the host's clock."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import ImageMissing, UnknownName
from polyreact.execution.command import PYTHON

#: A command that says where it is, and stays until the folder has a file `go`.
_WAITS = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / f"{os.getpid()}.part").write_text(str(os.getppid()))
(folder / f"{os.getpid()}.part").rename(folder / f"{os.getpid()}.pid")
while not (folder / "go").exists(): time.sleep(0.02)
print("went")
"""


@dataclass(frozen=True)
class Interval:
    """When a job ran, in seconds of the host's monotonic clock, and in which process."""

    begun: float
    ended: float
    process_id: int


def add(first: int, second: int) -> int:
    return first + second


def answer_with_process() -> int:
    return os.getpid()


def raise_coded() -> None:
    raise ImageMissing("no such image", cure="push it")


def raise_of_many_arguments() -> None:
    raise UnknownName("track", "nowhere", ["jain"])


def raise_plain() -> None:
    raise ZeroDivisionError("one by none")


def leave() -> None:
    sys.exit(3)


def sleep(seconds: float) -> Interval:
    begun = time.monotonic()
    time.sleep(seconds)
    return Interval(begun, time.monotonic(), os.getpid())


def note(path: str, number: int) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{number}\n")


def note_and_die(path: str) -> None:
    """Kill the process that runs this, once it has said that it ran."""
    note(path, os.getpid())
    os.kill(os.getpid(), signal.SIGKILL)


def waiting_command(folder: Path) -> tuple[str, ...]:
    return (PYTHON, "-c", _WAITS, str(folder))


def wait_for_commands(folder: Path, count: int, within_s: float = 60) -> dict[int, int]:
    """The commands that have begun in `folder`, by process, with the process that started each."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        begun = list(folder.glob("*.pid"))
        if len(begun) >= count:
            return {int(path.stem): int(path.read_text(encoding="utf-8")) for path in begun}
        time.sleep(0.02)
    raise AssertionError(f"of {count} commands only {len(list(folder.glob('*.pid')))} have begun")


def has_gone(process_id: int, within_s: float = 20) -> bool:
    """Whether a process has ended, or does so soon; one that nobody has asked after yet counts as ended."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            status = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8")
        except OSError:
            return True
        if status.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def most_at_once(intervals: Iterable[tuple[Interval, float]]) -> float:
    """The most that any process had at once, where each interval has an amount."""
    by_process: dict[int, list[tuple[float, float]]] = {}
    for interval, amount in intervals:
        moments = by_process.setdefault(interval.process_id, [])
        moments += [(interval.begun, amount), (interval.ended, -amount)]
    most = 0.0
    for moments in by_process.values():
        now = 0.0
        for _, change in sorted(moments):
            now += change
            most = max(most, now)
    return most
