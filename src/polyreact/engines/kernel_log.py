"""What the kernel itself says of a container that it killed for its memory.

A control group's own count goes with the group, which a quick end takes away before it is read, and an exit
status of 137 says nothing. The kernel's log stays. Its words name the group before anything that a program could
have chosen, so nothing in a container can forge them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LOG = Path("/dev/kmsg")
_RECORD_BYTES = 8192
_MOST_RECORDS = 100_000
#: One for each kill, though of many within seconds the kernel writes down the first only.
_KILL = re.compile(
    rb"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=[^\n]{0,999}?,task_memcg=(?P<group>[^\n,]+),task="
)


@dataclass(frozen=True, slots=True)
class KernelLog:
    """The kernel's log from a moment on; without a handle it could not be opened, and tells nothing."""

    handle: int | None

    def count_memory_kills(self, container_id: str) -> int:
        """How often the kernel killed something in this container's group for memory since it was last asked."""
        kills = _KILL.finditer(self._read())
        return sum(container_id.encode() in kill["group"] for kill in kills)

    def _read(self) -> bytes:
        found = bytearray()
        if self.handle is None:
            return b""
        for _ in range(_MOST_RECORDS):
            try:
                record = os.read(self.handle, _RECORD_BYTES)
            except BlockingIOError:
                break
            except BrokenPipeError:
                continue  # what was written meanwhile has taken the place of what was not read
            except OSError:
                break
            if not record:
                break
            found += record
        return bytes(found)


@contextlib.contextmanager
def follow_kernel_log(path: Path = _LOG) -> Iterator[KernelLog]:
    """The kernel's log from now on. Only root may read it, and only on the engine's own kernel does it tell."""
    handle = None
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(handle, 0, os.SEEK_END)
    try:
        yield KernelLog(handle)
    finally:
        if handle is not None:
            os.close(handle)
