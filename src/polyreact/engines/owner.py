"""Who owns a container or a run folder: a process on this boot of this host, recognised after it has died."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME_FIELD = 19
_UNKNOWN = "unknown"


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
