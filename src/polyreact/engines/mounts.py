"""Mounting and unmounting memory on Linux, by the system calls themselves."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from polyreact.engines.cgroups import unescape_mount

_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_DETACH, _NOFOLLOW = 2, 8
_DEVICE_FIELD, _ROOT_FIELD, _MOUNT_POINT_FIELD = 2, 3, 4
_MOUNTINFO = Path("/proc/self/mountinfo")


def is_root() -> bool:
    """Whether we are root on Linux, who may mount file systems and remove control groups."""
    return sys.platform == "linux" and os.geteuid() == 0


def mount_memory(folder: Path, options: str) -> None:
    """Mount a tmpfs without set-user-id files, devices and executables. Raises OSError."""
    flags = _NOSUID | _NODEV | _NOEXEC
    _call("mount", b"polyreact", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(flags), options.encode())


def unmount(folder: Path) -> None:
    """Unmount, at the latest when nothing uses it any more; no link is followed. Raises OSError."""
    try:
        _call("umount2", os.fsencode(folder), _NOFOLLOW)
    except OSError:
        _call("umount2", os.fsencode(folder), _DETACH | _NOFOLLOW)


def find_mounts_below(folder: Path) -> list[Path]:
    """The mount points inside a folder, the innermost first; none where the host does not tell."""
    with contextlib.suppress(OSError):
        lines = _MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        points = [Path(unescape_mount(line.split()[_MOUNT_POINT_FIELD])) for line in lines]
        inside = [point for point in points if folder in point.parents]
        return sorted(inside, key=lambda point: len(point.parts), reverse=True)
    return []


def is_seen_as(folder: Path, mount_point: str, proc: Path = Path("/proc")) -> bool:
    """Whether some process sees `folder` at `mount_point`: whether a container that was given it is still there.

    Only what this user may look at on this kernel is found; containers of a virtual machine are not.
    """
    with contextlib.suppress(OSError):
        number = folder.stat().st_dev
        device = f"{os.major(number)}:{os.minor(number)}" if folder.is_mount() else None
        for mountinfo in proc.glob("[0-9]*/mountinfo"):
            with contextlib.suppress(OSError):
                lines = mountinfo.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
                if any(_shows(line.split(), folder, device, mount_point) for line in lines):
                    return True
    return False


def _shows(fields: list[str], folder: Path, device: str | None, mount_point: str) -> bool:
    """A mounted folder is known by its device, a plain one by the end of its path in its file system."""
    if unescape_mount(fields[_MOUNT_POINT_FIELD]) != mount_point:
        return False
    root = unescape_mount(fields[_ROOT_FIELD])
    return root.endswith(f"/{folder.parent.name}/{folder.name}") or (
        root == "/" and fields[_DEVICE_FIELD] == device
    )


def _call(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library[name](*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
