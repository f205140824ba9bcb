"""What a host has that a hostile run could leave behind or use up, looked at before and after."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from polyreact.engines.cgroups import find_mounts
from polyreact.engines.container_engine import ContainerEngine

_SETTINGS = ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory", "net/ipv4/ip_forward")
#: What of this process's own control groups bear its number.
_OURS = f"polyreact-{os.getpid()}-"


@dataclass(frozen=True)
class HostState:
    """`kept` must be the same afterwards; of `used` (bytes) no more than a margin may be gone."""

    kept: dict[str, object]
    used: dict[str, int]
    offset_s: float


def look_at_host(engine: ContainerEngine, folders: tuple[Path, ...], marks: tuple[bytes, ...]) -> HostState:
    """`folders` are where runs and engines work; `marks` stand in the command line of what is run inside."""
    return HostState(
        kept={
            "containers": _listed(engine, "ps", "--all", "--quiet", "--no-trunc"),
            "volumes": _listed(engine, "volume", "ls", "--quiet"),
            "images": _listed(engine, "images", "--all", "--quiet", "--no-trunc"),
            "processes": _processes(marks),
            "mounts": _mounts(folders),
            "control groups": {str(group) for _, top in find_mounts().values() for group in top.glob(f"{_OURS}*")},
            "kernel settings": [_read(Path("/proc/sys", name)) for name in _SETTINGS],
            "core files": set(Path.cwd().glob("core*")) | set(Path("/").glob("core*")),
            "host name": socket.gethostname(),
        },
        used={
            "disk": -min(_free_bytes(folder) for folder in folders),
            "memory of files": _meminfo("Shmem"),
            "files": sum(size for folder in folders for size in _sizes(folder)),
        },
        offset_s=time.time() - time.monotonic(),
    )


def find_differences(before: HostState, after: HostState, margin_bytes: int, disk_margin_bytes: int) -> list[str]:
    """What is not as it was, in words; the whole disk has a margin of its own, since others write to it as well."""
    found = [
        f"{name}: {before.kept[name]} became {value}"
        for name, value in after.kept.items()
        if value != before.kept[name]
    ]
    for name, value in after.used.items():
        grown = value - before.used[name]
        if grown > (disk_margin_bytes if name == "disk" else margin_bytes):
            found.append(f"{name}: {grown >> 20} MiB more than before")
    if abs(after.offset_s - before.offset_s) > 60:
        found.append("the clock was set")
    return found


def _listed(engine: ContainerEngine, *command: str) -> set[str]:
    return set(engine._command.run(*command).text.split())


def _processes(marks: tuple[bytes, ...]) -> set[str]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            if _OURS in (folder / "cgroup").read_text() or any(mark in line for mark in marks):
                found.add(folder.name)
    return found


def _mounts(folders: tuple[Path, ...]) -> set[str]:
    lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    return {line.split()[4] for line in lines if any(str(folder) in line for folder in folders)}


def _free_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def _meminfo(name: str) -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))


def _sizes(folder: Path) -> list[int]:
    sizes = []
    for top, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                sizes.append(Path(top, name).lstat().st_blocks * 512)
    return sizes


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        return str(error)
