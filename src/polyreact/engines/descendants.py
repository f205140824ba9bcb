"""The processes that a process started, and they in turn, as the kernel shows them."""

from __future__ import annotations

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
