"""What a container used, read from its control group on this host (version 1, version 2, or both at once)."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path

_NANOSECONDS = 1_000_000_000
_MICROSECONDS = 1_000_000
_SUPER_MOUNT = re.compile(r"\\(\d{3})")


@dataclass(slots=True)
class Usage:
    """The highest values seen so far; None where the host has not shown one."""

    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    oom_kills: int = 0


@dataclass(slots=True)
class UsageReader:
    """Reads one container's control group again and again; files that are gone are simply not read."""

    groups: dict[str, Path] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def sample(self) -> None:
        """Take the values of this moment into `usage`."""
        cpu_s = self._cpu_s()
        if cpu_s is not None:
            self.usage.cpu_s = max(cpu_s, self.usage.cpu_s or 0.0)
        peaks = [peak for peak in (self._peak(), self.usage.peak_memory_bytes) if peak is not None]
        self.usage.peak_memory_bytes = max(peaks, default=None)
        self.usage.oom_kills = max(self._oom_kills(), self.usage.oom_kills)

    def _cpu_s(self) -> float | None:
        if (nanoseconds := self._number("cpuacct", "cpuacct.usage")) is not None:
            return nanoseconds / _NANOSECONDS
        microseconds = self._keyed("", "cpu.stat", "usage_usec")
        return None if microseconds is None else microseconds / _MICROSECONDS

    def _peak(self) -> int | None:
        for controller, name in (
            ("memory", "memory.max_usage_in_bytes"),
            ("", "memory.peak"),
            ("", "memory.current"),
        ):
            if (value := self._number(controller, name)) is not None:
                return value
        return None

    def _oom_kills(self) -> int:
        first = self._keyed("memory", "memory.oom_control", "oom_kill")
        second = self._keyed("", "memory.events", "oom_kill")
        return max(first or 0, second or 0)

    def _number(self, controller: str, name: str) -> int | None:
        text = self._read(controller, name)
        return int(text) if text is not None and text.strip().isdigit() else None

    def _keyed(self, controller: str, name: str, key: str) -> int | None:
        for line in (self._read(controller, name) or "").splitlines():
            found, _, value = line.partition(" ")
            if found == key and value.isdigit():
                return int(value)
        return None

    def _read(self, controller: str, name: str) -> str | None:
        folder = self.groups.get(controller)
        if folder is None:
            return None
        with contextlib.suppress(OSError):
            return (folder / name).read_text(encoding="ascii")
        return None


def find_groups(process_id: int, container_id: str, proc: Path = Path("/proc")) -> dict[str, Path]:
    """A container's control group folders by controller, `""` for version 2; empty where they cannot be seen.

    A group is believed only when its path names the container: the process id may be one of a virtual machine
    that runs the engine, or by now another process's.
    """
    try:
        membership = (proc / str(process_id) / "cgroup").read_text(encoding="utf-8")
        mounts = _mounts((proc / "self" / "mountinfo").read_text(encoding="utf-8"))
    except OSError:
        return {}
    groups = {}
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts and container_id in path:
                root, mount_point = mounts[controller]
                groups[controller] = mount_point / path.removeprefix(root).lstrip("/")
    return groups


def _mounts(mountinfo: str) -> dict[str, tuple[str, Path]]:
    mounts = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, source = before.split(), after.split()
        root, mount_point = fields[3], Path(unescape_mount(fields[4]))
        if source[0] == "cgroup2":
            mounts[""] = (root, mount_point)
        elif source[0] == "cgroup":
            for controller in source[2].split(","):
                mounts[controller] = (root, mount_point)
    return mounts


def unescape_mount(text: str) -> str:
    """A path of mountinfo, where blanks and backslashes are written as octal numbers."""
    return _SUPER_MOUNT.sub(lambda match: chr(int(match[1], 8)), text)
