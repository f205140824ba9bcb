"""Who owns a container, a folder or a half-written file: a process on this boot of this host.

It is recognised after it has died, so that what it left behind can be told from what is in use.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME_FIELD = 19
_UNKNOWN = "unknown"
_IN_NAME = re.compile(
    r"\.(?P<process_id>[0-9]{1,10})-(?P<started>[0-9]{1,20}|unknown)-(?P<boot_id>[0-9a-f-]{36}|unknown)\."
)


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told from a later one with the same id by its boot and its start time in clock ticks."""

    boot_id: str
    process_id: int
    started: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process is still there."""
        if self.boot_id != boot_id():
            return False
        return _start_time(self.process_id) == self.started and _exists(self.process_id)

    @property
    def is_certain(self) -> bool:
        """Whether the host tells enough to know this process from a later one with the same id."""
        return _UNKNOWN not in {self.boot_id, self.started}

    @property
    def in_name(self) -> str:
        """As part of a file's name."""
        return f"{self.process_id}-{self.started}-{self.boot_id}"

    def __str__(self) -> str:
        return f"{self.boot_id}/{self.process_id}/{self.started}"


def this_process() -> Owner:
    """The process that is running now."""
    return Owner(boot_id(), os.getpid(), _start_time(os.getpid()))


def parse_owner(text: str) -> Owner | None:
    """The owner that `str` wrote, or None for anything else."""
    parts = text.strip().split("/")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit():  # noqa: PLR2004 - its three fields
        return None
    return Owner(parts[0], int(parts[1]), parts[2])


def find_owner_in_name(name: str) -> Owner | None:
    """The owner whose `in_name` is part of a file's name, set off by dots; None where there is none."""
    found = _IN_NAME.search(name)
    return None if found is None else Owner(found["boot_id"], int(found["process_id"]), found["started"])


def boot_id() -> str:
    """A name for this boot of the host; `unknown` where the host does not tell."""
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return _UNKNOWN


def _start_time(process_id: int) -> str:
    with contextlib.suppress(OSError, IndexError):
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
        # The command's name stands in brackets and may hold anything, so count from the last one.
        return stat.rpartition(")")[2].split()[_START_TIME_FIELD]
    return _UNKNOWN


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
