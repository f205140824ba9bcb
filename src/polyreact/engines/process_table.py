"""Processes as the kernel shows them: what a process started, and they in turn, and what command lines name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

_PARENT_FIELD, _SESSION_FIELD = 1, 3


def find_descendants_elsewhere(process_id: int, proc: Path = Path("/proc")) -> tuple[int, ...]:
    """The ids of a process's descendants that left its session, as every container does; none without /proc."""
    parents, sessions = {}, {}
    for status in proc.glob("[0-9]*/stat"):
        try:
            # The command's name stands in brackets and may hold anything, so count from the last one.
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # gone between listing and looking
        number = int(status.parent.name)
        parents[number], sessions[number] = int(fields[_PARENT_FIELD]), int(fields[_SESSION_FIELD])
    family: set[int] = set()
    found = {process_id}
    while found:
        family |= found
        found = {number for number, parent in parents.items() if parent in family} - family
    return tuple(sorted(number for number in family if sessions.get(number) != sessions.get(process_id)))


def find_in_command_lines(words: Iterable[str], proc: Path = Path("/proc")) -> set[str]:
    """Those of `words` that stand in the command line of a process that lives; none without /proc."""
    sought, found = [(word, word.encode()) for word in words], set()
    for path in proc.glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # gone between listing and looking
            line = path.read_bytes()
            found |= {word for word, bytes_ in sought if bytes_ in line}
    return found
