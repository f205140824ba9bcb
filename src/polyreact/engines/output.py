"""What a submission writes: a folder of bounded size, and one file read from it as if it were a trap."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from polyreact.engines.mounts import is_root, mount_memory, unmount
from polyreact.engines.policy import SandboxPolicy
from polyreact.engines.run_folder import open_run_folder, release_leftovers, remove_tree
from polyreact.errors import CannotWrite

__all__ = [
    "BoundedOutput",
    "CollectionDefect",
    "bounded_output",
    "collect",
    "open_run_folder",
    "release_leftovers",
]

DefectKind = Literal["missing", "symlink", "not-a-file", "hard-link", "too-large", "changed", "unreadable"]


@dataclass(frozen=True, slots=True)
class BoundedOutput:
    """A folder for /output. `is_bounded`: bytes and files are limited by the host, not by good will."""

    folder: Path
    is_bounded: bool


@dataclass(frozen=True, slots=True)
class CollectionDefect:
    """Why the expected file was not read: a kind, and a public sentence about the file."""

    kind: DefectKind
    message: str


_CHANGED = CollectionDefect("changed", "it changed while it was read")


@contextlib.contextmanager
def bounded_output(folder: Path, policy: SandboxPolicy, first_user_id: int = 0) -> Iterator[BoundedOutput]:
    """Make `folder` a place that only the sandbox's user writes to, and remove it with all it holds afterwards.

    `first_user_id` is the engine's: in a user namespace that user has another id for the host.
    As root on Linux it is memory of limited size, charged to the container that fills it. Elsewhere, and where
    the host forbids mounting, it is a plain folder and `is_bounded` is false. Raises CannotWrite.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"cannot make a folder for the output: {error.strerror}") from error
    user_id = first_user_id + policy.user_id
    is_bounded = _mount(folder, policy, user_id)
    try:
        if not is_bounded:
            _give_to_sandbox(folder, user_id)
        yield BoundedOutput(folder, is_bounded)
    finally:
        if is_bounded:
            unmount(folder)
        remove_tree(folder)


def collect(folder: Path, name: str, limit_bytes: int) -> bytes | CollectionDefect:
    """The bytes of the one file `name` in `folder`, or what is wrong with it.

    Call it only after the container is gone. No link is followed, no other name is looked at, nothing that
    could block is waited for, and no more than the limit is read. The bytes are a copy of our own, the only one
    that is parsed; where the file was not the same before and after the copy was made, there is none.
    """
    try:
        handle = _open_file(folder, name)
    except OSError as error:
        return _open_defect(error, folder, name)
    try:
        return _copy(handle, limit_bytes)
    except OSError:
        return CollectionDefect("unreadable", "it cannot be read")
    finally:
        os.close(handle)


def _mount(folder: Path, policy: SandboxPolicy, user: int) -> bool:
    if not is_root():
        return False
    options = f"size={policy.limits.output_bytes},nr_inodes={policy.output_files},mode=700,uid={user},gid={user}"
    try:
        mount_memory(folder, options)
    except OSError:
        return False
    return True


def _give_to_sandbox(folder: Path, user_id: int) -> None:
    try:
        os.chown(folder, user_id, user_id)
        folder.chmod(0o700)
    except PermissionError:
        folder.chmod(0o777)  # only root can give it away; the run's folder is ours alone


def _open_file(folder: Path, name: str) -> int:
    parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    finally:
        os.close(parent)


def _open_defect(error: OSError, folder: Path, name: str) -> CollectionDefect:
    if error.errno == errno.ENOENT:
        return CollectionDefect("missing", f"the run wrote no {name}")
    if error.errno == errno.ELOOP:
        return CollectionDefect("symlink", "it is a symbolic link; a plain file is expected")
    with contextlib.suppress(OSError):
        if not stat.S_ISREG(os.lstat(folder / name).st_mode):
            return CollectionDefect("not-a-file", "it is no plain file")
    return CollectionDefect("unreadable", "it cannot be read")


def _describe_defect(status: os.stat_result, limit_bytes: int) -> CollectionDefect | None:
    if not stat.S_ISREG(status.st_mode):
        return CollectionDefect("not-a-file", "it is no plain file")
    if status.st_nlink != 1:
        return CollectionDefect("hard-link", "it has a second name (a hard link); a plain file is expected")
    if status.st_size > limit_bytes:
        return _too_large(status.st_size, limit_bytes)
    return None


def _copy(handle: int, limit_bytes: int) -> bytes | CollectionDefect:
    """What an open file holds, if it is fit to be read and stays as it is meanwhile. Raises OSError."""
    if _has_writer(handle):
        return _CHANGED
    before = os.fstat(handle)
    defect = _describe_defect(before, limit_bytes)
    if defect is not None:
        return defect
    content = _read_all(handle, limit_bytes)
    if isinstance(content, bytes) and _is_changed(before, os.fstat(handle), len(content)):
        return _CHANGED
    return content


def _has_writer(handle: int) -> bool:
    """Whether somebody has the file open for writing; no where the kernel does not tell.

    Linux gives a lease on a file only while nobody writes to it, and lets nobody begin to until it is released,
    which closing the file does. Files of others are for root to ask about.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # Who asks to write is made to wait, and we are told by a signal, which must not be one that ends us.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def _is_changed(before: os.stat_result, after: os.stat_result, size: int) -> bool:
    """Whether somebody wrote to an open file meanwhile, or gave it another name or size."""
    seen = [(s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_nlink) for s in (before, after)]
    return seen[0] != seen[1] or size != after.st_size


def _read_all(handle: int, limit_bytes: int) -> bytes | CollectionDefect:
    content = bytearray()
    while chunk := os.read(handle, min(1 << 20, limit_bytes + 1 - len(content))):
        content += chunk
        if len(content) > limit_bytes:
            return _too_large(len(content), limit_bytes)
    return bytes(content)


def _too_large(size: int, limit_bytes: int) -> CollectionDefect:
    return CollectionDefect("too-large", f"it has at least {size} bytes; at most {limit_bytes} are allowed")
