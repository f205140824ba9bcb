"""Processes of one cluster: which they are, on what they listen, and how they are ended by their ids."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"
_UNCONNECTED = "07"


@dataclass(frozen=True)
class Listener:
    """A socket on which a process takes what others send, and that process by its id and command line."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int
    process: int
    command: str


def find_processes(mark: str) -> list[int]:
    """Ids of the living processes whose command line or first environment holds `mark`, but for ourselves."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            if mark.encode() in words and int(folder.name) != os.getpid() and not _is_zombie(folder):
                found.append(int(folder.name))
    return sorted(found)


def end_processes(mark: str, patience_s: float = 20.0) -> None:
    """Kill every process that holds `mark`, until none is left. Raises AssertionError."""
    deadline = time.monotonic() + patience_s
    while found := find_processes(mark):
        assert time.monotonic() < deadline, f"these do not end: {[command_of(one) for one in found]}"
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.1)


def command_of(process: int) -> str:
    """The command line of a process; empty where it ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def find_listeners(processes: Iterable[int]) -> list[Listener]:
    """Sockets of TCP on which these processes listen, and those of UDP that are bound to no partner."""
    return [listener for process in processes for listener in _listeners_of(process)]


def _listeners_of(process: int) -> Iterator[Listener]:
    sockets = _sockets_of(process)
    for table in ("tcp", "tcp6", "udp", "udp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                local, state, inode = fields[1], fields[3], fields[9]
                if inode in sockets and state == (_LISTENING if table.startswith("tcp") else _UNCONNECTED):
                    address, _, port = local.partition(":")
                    yield Listener(_parse_address(address), int(port, 16), process, command_of(process))


def _sockets_of(process: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    found.add(target[len("socket:[") : -1])
    return found


def _parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The kernel writes addresses as words of four bytes in the order of this machine, which is little-endian."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return ipaddress.ip_address(b"".join(words))


def _is_zombie(folder: Path) -> bool:
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
