"""Which packages an image says that it holds, read from its files as a tar stream. Nothing of it is run.

Everything in the stream is the submitter's, so every count, size, length and time has a bound, and nothing is
written anywhere. Where a bound was met or the stream broke off, what was found until then is told as incomplete.
What an image says may be wrong; that it says it is all that is told here.
"""

from __future__ import annotations

import re
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Literal

from polyreact.visible import visible

SystemKind = Literal["dpkg", "apk", "rpm"]

MOST_PACKAGES = 5000
MOST_MEMBERS = 3_000_000
MOST_TEXT = 100
MOST_SECONDS = 600.0
_MOST_HEADER_BYTES = 1 << 20
_MOST_METADATA_BYTES = 1 << 16
_MOST_DATABASE_BYTES = 32 << 20
_LINE_BYTES = 2000
_HEADERS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)

_METADATA = re.compile(r"(?:.*/)?(?P<named>[^/]+)\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)", re.DOTALL)
_CONDA = re.compile(r"(?:.*/)?conda-meta/(?P<named>[^/]+)\.json", re.DOTALL)
_DPKG = re.compile(r"var/lib/dpkg/status(?:\.d/[^/]+)?")
_APK = re.compile(r"(?:usr/)?lib/apk/db/installed")
_RPM = re.compile(r"(?:var/lib/rpm|usr/lib/sysimage/rpm)/(?:Packages|Packages\.db|rpmdb\.sqlite)")
_OS_RELEASE = re.compile(r"(?:etc|usr/lib)/os-release")
_SEPARATORS = re.compile(r"[-_.]+")
_PYTHON_VERSION = re.compile(r"-(?P<version>[0-9][^-]*)(?:-.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A name and a version, as the image has them, of at most 100 visible characters each."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Packages:
    """What an image says that it holds, sorted.

    `system` are the distribution's packages, `system_kind` whose database they are of; that of rpm is told to be
    there and not read. `is_complete` is false where a bound was met or the files could not be read to their end.
    """

    python: tuple[Package, ...] = ()
    system: tuple[Package, ...] = ()
    system_kind: SystemKind | None = None
    distribution: str | None = None
    is_complete: bool = True


class _TooMuch(Exception):
    """A bound was met."""


class _BoundedHeader(tarfile.TarInfo):
    """A member of which not even the name may be large."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _BoundedHeader:
        header = super().frombuf(buf, encoding, errors)
        if header.type in _HEADERS and header.size > _MOST_HEADER_BYTES:
            raise _TooMuch
        return header


@dataclass(slots=True)
class _Finds:
    python: set[Package] = field(default_factory=set)
    system: set[Package] = field(default_factory=set)
    system_kind: SystemKind | None = None
    distribution: str | None = None

    def freeze(self, *, is_complete: bool) -> Packages:
        return Packages(
            tuple(sorted(self.python)),
            tuple(sorted(self.system)),
            self.system_kind,
            self.distribution,
            is_complete,
        )


def read_packages(stream: IO[bytes], *, seconds: float = MOST_SECONDS) -> Packages:
    """The packages in a tar stream of an image's file system; never raises for what is in it."""
    finds, deadline = _Finds(), time.monotonic() + seconds
    try:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_BoundedHeader, errors="replace") as tar:
            for number, member in enumerate(_members(tar)):
                _validate_bounds(number, finds, deadline)
                _look_at(tar, member, finds)
    except (_TooMuch, tarfile.TarError, OSError, ValueError, OverflowError, EOFError, RecursionError, MemoryError):
        return _cut(finds.freeze(is_complete=False))
    if max(len(finds.python), len(finds.system)) > MOST_PACKAGES:
        return _cut(finds.freeze(is_complete=False))
    return finds.freeze(is_complete=True)


def _validate_bounds(members: int, finds: _Finds, deadline: float) -> None:
    """Raises _TooMuch."""
    packages = max(len(finds.python), len(finds.system))
    if members >= MOST_MEMBERS or packages > MOST_PACKAGES or time.monotonic() > deadline:
        raise _TooMuch


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        yield member
        tar.members = []  # type: ignore[attr-defined]  # it would keep them all, and there may be millions


def _cut(packages: Packages) -> Packages:
    return Packages(
        packages.python[:MOST_PACKAGES],
        packages.system[:MOST_PACKAGES],
        packages.system_kind,
        packages.distribution,
        packages.is_complete,
    )


def _look_at(tar: tarfile.TarFile, member: tarfile.TarInfo, finds: _Finds) -> None:
    name = member.name.removeprefix("./").lstrip("/")
    if found := _METADATA.fullmatch(name):
        if member.isreg() or member.islnk():  # of a second name of a file there is no content here
            content = _read(tar, member, _MOST_METADATA_BYTES, cut=True)
            finds.python.add(_parse_metadata(content) or _split_name(found["named"]))
    elif found := _CONDA.fullmatch(name):
        package, _, _build = found["named"].rpartition("-")
        conda_name, _, version = package.rpartition("-")
        finds.python.add(_python_package(_shown(conda_name), _shown(version)))
    elif member.isreg():
        _look_at_system(name, lambda: _read(tar, member, _MOST_DATABASE_BYTES), finds)


def _look_at_system(name: str, read: Callable[[], bytes], finds: _Finds) -> None:
    if _DPKG.fullmatch(name):
        finds.system_kind = "dpkg"
        finds.system |= set(_parse_stanzas(read(), b"Package:", b"Version:"))
    elif _APK.fullmatch(name):
        finds.system_kind = "apk"
        finds.system |= set(_parse_stanzas(read(), b"P:", b"V:"))
    elif _RPM.fullmatch(name):
        finds.system_kind = finds.system_kind or "rpm"
    elif _OS_RELEASE.fullmatch(name):
        for line in read().splitlines():
            key, _, value = line.partition(b"=")
            if key == b"PRETTY_NAME":
                finds.distribution = _text(value.strip(b"\"' "))


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, limit: int, *, cut: bool = False) -> bytes:
    """A file's content; of a longer one the beginning, or else it is too much."""
    if not member.isreg():
        return b""
    if member.size > limit and not cut:
        raise _TooMuch
    file = tar.extractfile(member)
    return b"" if file is None else file.read(limit)


def _parse_metadata(content: bytes) -> Package | None:
    """Name and version from the head of a METADATA file (core metadata, PEP 566)."""
    found: dict[bytes, bytes] = {}
    for line in content.splitlines():
        if not line.strip():
            break
        key, _, value = line[:_LINE_BYTES].partition(b":")
        found.setdefault(key.lower(), value.strip())
    if not found.get(b"name"):
        return None
    return _python_package(_text(found[b"name"]), _text(found.get(b"version", b"")))


def _split_name(text: str) -> Package:
    """Name and version from that of a .dist-info or .egg-info."""
    name, _, rest = text.partition("-")
    found = _PYTHON_VERSION.fullmatch(f"-{rest}")
    return _python_package(_shown(name), _shown(found["version"] if found else rest))


def _parse_stanzas(content: bytes, name_key: bytes, version_key: bytes) -> Iterator[Package]:
    """A package for each paragraph; those of dpkg that were removed have a status that says so."""
    name = version = b""
    is_installed = True
    for line in (*content.splitlines(), b""):
        if line.startswith(name_key):
            name = line[len(name_key) :].strip()
        elif line.startswith(version_key):
            version = line[len(version_key) :].strip()
        elif line.startswith(b"Status:"):
            is_installed = line.split()[-1] == b"installed"
        elif not line:
            if name and is_installed:
                yield Package(_text(name), _text(version))
            name, version, is_installed = b"", b"", True


def _python_package(name: str, version: str) -> Package:
    """Under its normalised name (PEP 503), so that one is not told twice."""
    return Package(_SEPARATORS.sub("-", name).lower(), version)


def _text(content: bytes) -> str:
    return _shown(content[:_LINE_BYTES].decode("utf-8", "replace"))


def _shown(text: str) -> str:
    return visible(text[:MOST_TEXT].encode("utf-8", "replace").decode())[:MOST_TEXT]
