"""Files written whole or not at all, read within a limit, and their digests."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NewType

from polyreact.errors import CannotWrite, UnreadableArgument
from polyreact.owner import find_owner_in_name, this_process

#: 64 lower-case hexadecimal digits.
Sha256 = NewType("Sha256", str)

_CHUNK_BYTES = 1 << 20
_PART_SUFFIX = ".part"
#: Of a file's own name in that of its temporary one, which names its writer as well and has 255 bytes at most.
_NAMED_IN_PART = 30


def sha256_bytes(content: bytes) -> Sha256:
    """The SHA-256 of bytes in memory."""
    return Sha256(hashlib.sha256(content).hexdigest())


def sha256_file(path: Path) -> Sha256:
    """The SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return Sha256(digest.hexdigest())


def open_regular(path: Path) -> BinaryIO:
    """A regular file, open for reading; a link to one is followed, and nothing waits for a pipe's writer.

    Raises OSError, also for a folder, a pipe or a device, which might never end.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return os.fdopen(handle, "rb")


def read_beginning(path: Path, limit_bytes: int, *, cure: str = "") -> bytes:
    """The first `limit_bytes` of a file that a person named, or all of it. Raises UnreadableArgument."""
    try:
        with open_regular(path) as file:
            return file.read(limit_bytes)
    except OSError as error:
        raise UnreadableArgument(f"cannot read {path}: {error.strerror or error}", cure=cure) from error


def read_bounded(path: Path, limit_bytes: int, *, cure: str = "") -> bytes:
    """A whole file that a person named. Raises UnreadableArgument, also where it has more than `limit_bytes`."""
    content = read_beginning(path, limit_bytes + 1, cure=cure)
    if len(content) > limit_bytes:
        raise UnreadableArgument(f"cannot read {path}: it has more than {limit_bytes} bytes", cure=cure)
    return content


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys, no spaces and no NaN: the same value always gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(value: Mapping[str, object]) -> Sha256:
    """The SHA-256 of a value's canonical JSON."""
    return sha256_bytes(canonical_json(value))


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644, sync: bool = True) -> None:
    """Write `content` to `path` so that a reader, a crash or a full disk sees the old file or the new one.

    The temporary file stands in the same folder, is synced, then renamed; the folder is synced after it, and so
    is every folder in which one had to be made. Raises CannotWrite, with the old file untouched and nothing left
    behind; what a killed process leaves, `remove_parts` finds.

    Without `sync` a power cut may leave a file of any content: for what is made again, by whoever looks at its
    digest first, and of which there are thousands.
    """
    try:
        make_folder(path.parent, sync=sync)
        prefix = f".{path.name[:_NAMED_IN_PART]}.{this_process().in_name}."
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=_PART_SUFFIX)
    except OSError as error:
        raise _cannot_write(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if sync:
                os.fsync(file.fileno())
        temporary.replace(path)
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that is not there yet, whole or not at all, for this user alone unless `mode` says otherwise.

    Raises FileExistsError, with that file untouched, and CannotWrite.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise
    except OSError as error:
        raise _cannot_write_new(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask says
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise _cannot_write_new(path, error) from error


def make_folder(folder: Path, mode: int = 0o777, *, sync: bool = True) -> None:
    """Make a folder, and those it stands in; unless `sync` is off, they survive a power cut. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent, sync=sync)
        folder.mkdir(mode=mode, exist_ok=True)
        if sync:
            sync_folder(folder.parent)


def remove_parts(folder: Path, *, but: Path | None = None) -> tuple[str, ...]:
    """Remove the half-written files in and below `folder` whose writer is no longer there; their names.

    Below `but` nothing is looked at: what a submission makes while it runs (trees too deep to have a name, names
    like those looked for) is none of this. What cannot be removed now is left for the next time.
    """
    removed = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name) != but]
        for name in names:
            owner = find_owner_in_name(name) if name.startswith(".") and name.endswith(_PART_SUFFIX) else None
            if owner is not None and not owner.is_alive:
                with contextlib.suppress(OSError):
                    Path(place, name).unlink()
                    removed.append(name)
    return tuple(sorted(removed))


def make_private_folder(folder: Path) -> None:
    """Make `folder`, or take it as it stands, so that nobody but this user can look into it. Raises CannotWrite."""
    try:
        make_folder(folder, 0o700)
        folder.chmod(0o700)  # whatever the umask says
    except OSError as error:
        raise CannotWrite(
            f"cannot make the folder {folder}: {error.strerror or error}",
            consequence="Nothing was written.",
            cure="Free some space or choose another folder, then run the same command again.",
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write_new(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}",
        consequence="Nothing was written.",
        cure="Choose another folder, then run the same command again.",
    )


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}",
        consequence="Nothing was written; what stood there before is untouched.",
        cure="Free some space or choose another folder, then run the same command again.",
    )
