"""Private files where a lab keeps them: local ones by our own hand, all others through fsspec, on request only.

Credentials are fsspec's business and come from the environment. What a store says of a failure may quote them, so
none of its words are passed on: only the kind of the error, the system's own text and a status number.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from polyreact.datasets.addresses import find_scheme
from polyreact.datasets.download import Oversized, cannot_write
from polyreact.errors import MissingExtra, PolyreactError
from polyreact.files import make_private_folder, open_regular, write_atomically

_CHUNK_BYTES = 1 << 20
_LOCAL = "file"
#: Others need none, and asked for one might make a bucket out of a slip of the pen.
_HAVE_FOLDERS = frozenset({"sftp", "ssh", "smb"})
#: What fsspec itself needs for a scheme; these are never dependencies of ours.
_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "hf": "huggingface_hub",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
}
_MEANINGS = (
    (FileNotFoundError, "there is no such file"),
    (PermissionError, "access was denied; look at the credentials in the environment"),
    (TimeoutError, "there was no answer in time"),
    (ConnectionError, "the store could not be reached"),
)


class Unreachable(Exception):
    """A private file could not be read or written; the text holds no word of the store's own."""


def copy_from_store(address: str, part: Path, limit_bytes: int) -> None:
    """Write what stands at `address` to `part`; no more than `limit_bytes`, and nothing is verified.

    Raises Unreachable, Oversized, CannotWrite or MissingExtra, and then leaves no `part`.
    """
    try:
        with _open_store(address) as reader, _open_part(part) as writer:
            for chunk in _read_chunks(reader, limit_bytes):
                _write_part(writer, part, chunk)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_store(address: str, limit_bytes: int) -> bytes | None:
    """What stands at `address`, up to one byte more than the limit; None where there is nothing.

    Raises Unreachable and MissingExtra.
    """
    try:
        with _open_store(address) as reader:
            return _read(reader, limit_bytes + 1)
    except Unreachable as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def write_store(address: str, content: bytes) -> None:
    """Put `content` at `address`; a local file is whole or absent and only this user may read it.

    Raises Unreachable, CannotWrite and MissingExtra.
    """
    if find_scheme(address) == _LOCAL:
        path = _local_path(address)
        make_private_folder(path.parent)
        write_atomically(path, content, mode=0o600)
        return
    with _told():
        filesystem, path_in_store = _find_filesystem(address)
        if find_scheme(address) in _HAVE_FOLDERS:
            filesystem.makedirs(path_in_store.rpartition("/")[0], exist_ok=True)
        filesystem.pipe_file(path_in_store, content)


def validate_store(address: str) -> None:
    """Raises MissingExtra where a package for this kind of address is absent, and Unreachable for an unknown kind.

    Nothing is asked of the store.
    """
    if find_scheme(address) != _LOCAL:
        with _told():
            _find_class(find_scheme(address))


def _local_path(address: str) -> Path:
    return Path(address.removeprefix(f"{_LOCAL}://"))


@contextlib.contextmanager
def _open_store(address: str) -> Iterator[BinaryIO]:
    with _told():
        if find_scheme(address) == _LOCAL:
            reader: Any = _open_local(_local_path(address))
        else:
            filesystem, path = _find_filesystem(address)
            reader = filesystem.open(path, "rb")
    with reader:
        yield reader


def _open_local(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise Unreachable("there is a folder, or something else that is no plain file") from error
        raise


def _find_filesystem(address: str) -> tuple[Any, str]:
    """The file system that fsspec has for `address`, and the path in it."""
    scheme = find_scheme(address)
    _find_class(scheme)
    filesystem, path = _import_fsspec(scheme).core.url_to_fs(address)
    return filesystem, str(path)


def _find_class(scheme: str) -> object:
    fsspec = _import_fsspec(scheme)
    try:
        return fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        package = _PACKAGES.get(scheme)
        raise MissingExtra(
            f"the address begins with {scheme}://, and the package for it is not installed",
            consequence="Nothing was read or written.",
            cure=f"pip install {package}" if package else f"Install the package that fsspec needs for {scheme}://",
        ) from error
    except ValueError as error:
        raise Unreachable(f"fsspec knows no addresses that begin with {scheme}://") from error


def _import_fsspec(scheme: str) -> Any:
    try:
        return importlib.import_module("fsspec")
    except ImportError as error:
        raise MissingExtra(
            f"an address that begins with {scheme}:// needs the package fsspec, which is not installed",
            consequence="Nothing was read or written.",
            cure="pip install 'polyreact[private]'",
        ) from error


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Any failure of a store as Unreachable, in words of our own."""
    try:
        yield
    except (PolyreactError, Unreachable, Oversized):
        raise
    except Exception as error:
        raise Unreachable(_describe(error)) from error


def _describe(error: Exception) -> str:
    name = type(error).__name__
    meaning = next((text for kind, text in _MEANINGS if isinstance(error, kind)), "")
    if not meaning and isinstance(error, OSError) and error.errno:
        meaning = os.strerror(error.errno)
    status = next(
        (n for key in ("status", "status_code", "code") if isinstance(n := getattr(error, key, None), int)), 0
    )
    return ", ".join(filter(None, [meaning, f"status {status}" if status else "", f"({name})"])).replace(
        ", (", " ("
    )


def _read_chunks(reader: BinaryIO, limit_bytes: int) -> Iterator[bytes]:
    left = limit_bytes
    while chunk := _read(reader, min(_CHUNK_BYTES, left + 1)):
        left -= len(chunk)
        if left < 0:
            raise Oversized(f"expected no more than {limit_bytes} bytes, found more; copying was stopped there")
        yield chunk


def _read(reader: BinaryIO, size: int) -> bytes:
    with _told():
        return reader.read(size)


@contextlib.contextmanager
def _open_part(part: Path) -> Iterator[BinaryIO]:
    try:
        writer = part.open("wb")
    except OSError as error:
        raise cannot_write(part, error) from error
    with writer:
        yield writer


def _write_part(writer: BinaryIO, part: Path, chunk: bytes) -> None:
    try:
        writer.write(chunk)
    except OSError as error:
        raise cannot_write(part, error) from error
