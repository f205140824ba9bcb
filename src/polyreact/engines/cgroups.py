"""What a container used, read from its control group on this host (version 1, version 2, or both at once)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

#: The path of the outermost group, in the words of mountinfo.
GROUP_ROOT = "/"

_FEWEST_LOOKS = 3
_NANOSECONDS = 1_000_000_000
_MICROSECONDS = 1_000_000
_SUPER_MOUNT = re.compile(r"\\(\d{3})")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a group has used since it was made; None where the host does not show it."""

    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    oom_kills: int = 0


@dataclass(slots=True)
class UsageSampler:
    """Reads one container's control group again and again while it is there.

    What it saw of processor time and memory is believed from the third look on: in a shorter run too much
    can have happened between two looks.
    """

    groups: Mapping[str, Path] = field(default_factory=dict)
    _seen: Usage = field(default_factory=Usage)
    _looks: int = 0

    def sample(self) -> None:
        """Take the values of this moment."""
        now = read_usage(self.groups)
        if now.peak_memory_bytes is None:
            # Before Linux 5.19 version 2 does not keep the peak; then it is the highest that was seen.
            now = replace(now, peak_memory_bytes=_number(self.groups, "", "memory.current"))
        if now != Usage():
            self._looks += 1
            self._seen = highest(self._seen, now)

    @property
    def usage(self) -> Usage:
        """The highest values seen."""
        return self._seen if self._looks >= _FEWEST_LOOKS else Usage(oom_kills=self._seen.oom_kills)


def read_usage(groups: Mapping[str, Path]) -> Usage:
    """What the group with these folders by controller, and the groups inside it, have used so far.

    Version 1 counts `oom_kills` only in the very group whose limit was reached.
    """
    nanoseconds = _number(groups, "cpuacct", "cpuacct.usage")
    microseconds = _keyed(groups, "", "cpu.stat", "usage_usec")
    cpu_s = None if microseconds is None else microseconds / _MICROSECONDS
    peak = _number(groups, "memory", "memory.max_usage_in_bytes")
    first = _keyed(groups, "memory", "memory.oom_control", "oom_kill")
    second = _keyed(groups, "", "memory.events", "oom_kill")
    return Usage(
        cpu_s=cpu_s if nanoseconds is None else nanoseconds / _NANOSECONDS,
        peak_memory_bytes=_number(groups, "", "memory.peak") if peak is None else peak,
        oom_kills=max(first or 0, second or 0),
    )


def highest(first: Usage, second: Usage) -> Usage:
    """The higher of each value, as far as known."""
    seconds = [usage.cpu_s for usage in (first, second) if usage.cpu_s is not None]
    peaks = [usage.peak_memory_bytes for usage in (first, second) if usage.peak_memory_bytes is not None]
    return Usage(max(seconds, default=None), max(peaks, default=None), max(first.oom_kills, second.oom_kills))


def _number(groups: Mapping[str, Path], controller: str, name: str) -> int | None:
    text = _read(groups, controller, name).strip()
    return int(text) if text.isdigit() else None


def _keyed(groups: Mapping[str, Path], controller: str, name: str, key: str) -> int | None:
    for line in _read(groups, controller, name).splitlines():
        found, _, value = line.partition(" ")
        if found == key and value.isdigit():
            return int(value)
    return None


def _read(groups: Mapping[str, Path], controller: str, name: str) -> str:
    """A file's text; files that are not there, or no longer, are empty."""
    if controller in groups:
        with contextlib.suppress(OSError):
            return (groups[controller] / name).read_text(encoding="ascii")
    return ""


def find_groups(process_id: int, container_id: str, proc: Path = Path("/proc")) -> dict[str, Path]:
    """A container's control group folders by controller, `""` for version 2; empty where they cannot be seen.

    A group is believed only when its path names the container: the process id may be one of a virtual machine
    that runs the engine, or by now another process's.
    """
    try:
        membership = (proc / str(process_id) / "cgroup").read_text(encoding="utf-8")
    except OSError:
        return {}
    mounts = find_mounts(proc)
    groups = {}
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts and container_id in path:
                root, mount_point = mounts[controller]
                groups[controller] = mount_point / path.removeprefix(root).lstrip("/")
    return groups


def find_mounts(proc: Path = Path("/proc")) -> dict[str, tuple[str, Path]]:
    """By controller, which group is mounted and where; none where the host does not tell."""
    try:
        mountinfo = (proc / "self" / "mountinfo").read_text(encoding="utf-8")
    except OSError:
        return {}
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
