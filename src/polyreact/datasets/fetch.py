"""Raw files: from the cache, a mirror folder, the network or a private store, and never used unverified."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from polyreact.datasets.addresses import find_scheme
from polyreact.datasets.catalog import Source, SourceFile
from polyreact.datasets.download import Interrupted, Oversized, Resumed, cannot_read, cannot_write, download
from polyreact.datasets.storage import Unreachable, copy_from_store
from polyreact.errors import DigestMismatch, FetchFailed, Finding
from polyreact.files import make_private_folder, open_regular, sync_folder
from polyreact.settings import Settings

#: Takes one line for a person about what is being done.
OnProgress = Callable[[str], None]

_CHUNK_BYTES = 1 << 20
#: Where the catalogue does not know a file's size, no more than this is taken.
_UNKNOWN_SIZE_LIMIT_BYTES = 256 << 20


def fetch_source(source: Source, settings: Settings, on_progress: OnProgress | None = None) -> dict[str, Path]:
    """Every raw file of `source`, verified, by name. Raises as fetch_file does."""
    return {file.name: fetch_file(source, file, settings, on_progress) for file in source.files}


def fetch_file(source: Source, file: SourceFile, settings: Settings, on_progress: OnProgress | None = None) -> Path:
    """The raw file in the cache, verified; fetched first where it is absent or damaged.

    With `settings.mirror` set a public file is copied from there, and the network is not used; the address of a
    private file is used as it is. Raises FetchFailed, DigestMismatch, CannotWrite, BadSetting, or MissingExtra
    where the address needs a package that is not there; then the cache holds no sound file of this name, at most
    a `.part` to resume from.
    """
    say = on_progress or _say_nothing
    path = settings.sources / source.id / file.name
    if source.is_private:
        make_private_folder(path.parent)
    with _only_one(path):
        if _is_cached(path, source, file, say):
            return path
        part = path.with_name(f"{path.name}.part")
        if settings.mirror is not None and not source.is_private:
            say(f"copying {source.id}/{file.name} from the mirror")
            _copy(settings.mirror / source.id / file.name, part, path, source, file)
        elif source.is_private and find_scheme(file.url) not in {"https", "http"}:  # download decides about http
            say(f"copying {source.id}/{file.name} from its private place")
            _copy_from_store(part, path, source, file)
        else:
            say(f"fetching {source.id}/{file.name}")
            _download(part, path, source, file, say)
    return path


def _is_cached(path: Path, source: Source, file: SourceFile, say: OnProgress) -> bool:
    """Whether the file is there and sound; a damaged one is deleted."""
    try:
        if not path.is_file():
            return False
        if _find_defects(path, file) == []:
            return True
        say(f"{source.id}/{file.name} in the cache is damaged; it is deleted and fetched again")
        path.unlink()
    except OSError as error:
        raise cannot_read(path, error) from error
    return False


def _download(part: Path, path: Path, source: Source, file: SourceFile, say: OnProgress) -> None:
    limit = _limit_bytes(file)
    try:
        resumed = download(file.url, part, expected_bytes=file.size_bytes, limit_bytes=limit)
        if resumed is Resumed.YES and _find_defects(part, file):
            say(f"the resumed {source.id}/{file.name} is damaged; it is fetched again from its beginning")
            part.unlink()
            download(file.url, part, expected_bytes=file.size_bytes, limit_bytes=limit)
    except Interrupted as error:
        raise _fetch_failed(source, file, path, str(error)) from error
    except Oversized as error:
        raise _mismatch(source, file, path, [Finding("size", str(error))]) from error
    _accept(part, path, source, file)


def _copy(original: Path, part: Path, path: Path, source: Source, file: SourceFile) -> None:
    """Copy from the mirror and accept; no more is written than the file may have."""
    try:
        reader = open_regular(original)
    except OSError as error:
        reason = f"the mirror (POLYREACT_MIRROR) does not hold it: {error.strerror or error}"
        raise _fetch_failed(source, file, path, reason) from error
    left = _limit_bytes(file)
    with reader:
        try:
            with part.open("wb") as writer:
                while chunk := reader.read(min(_CHUNK_BYTES, left)):
                    writer.write(chunk)
                    left -= len(chunk)
            is_longer = bool(reader.read(1))
        except OSError as error:
            part.unlink(missing_ok=True)
            raise cannot_write(path, error) from error
    if is_longer:
        part.unlink()
        problem = f"expected no more than {_limit_bytes(file)} bytes, found more; copying was stopped there"
        raise _mismatch(source, file, path, [Finding("size", problem)], original)
    _accept(part, path, source, file, original)


def _copy_from_store(part: Path, path: Path, source: Source, file: SourceFile) -> None:
    try:
        copy_from_store(file.url, part, _limit_bytes(file))
    except Unreachable as error:
        raise _fetch_failed(source, file, path, str(error)) from error
    except Oversized as error:
        raise _mismatch(source, file, path, [Finding("size", str(error))]) from error
    _accept(part, path, source, file)


def _limit_bytes(file: SourceFile) -> int:
    return file.size_bytes if file.size_bytes is not None else _UNKNOWN_SIZE_LIMIT_BYTES


def _accept(part: Path, path: Path, source: Source, file: SourceFile, mirrored: Path | None = None) -> None:
    """Verify, sync, move; or delete and raise DigestMismatch."""
    findings = _find_defects(part, file)
    if findings:
        findings += _describe_beginning(part)
        part.unlink()
        raise _mismatch(source, file, path, findings, mirrored)
    try:
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(path, error) from error


def _find_defects(path: Path, file: SourceFile) -> list[Finding]:
    size = path.stat().st_size
    findings = []
    if file.size_bytes is not None and size != file.size_bytes:
        findings.append(Finding("size", f"expected {file.size_bytes} bytes, found {size}"))
    digest = hashlib.sha256() if file.sha256 is not None else hashlib.sha1(b"blob %d\0" % size)  # noqa: S324 git's own id
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
    name, expected = ("sha256", file.sha256) if file.sha256 is not None else ("git blob", file.git_blob_sha1)
    if digest.hexdigest() != expected:
        findings.append(Finding(name, f"expected {expected}, found {digest.hexdigest()}"))
    return findings


def _describe_beginning(path: Path) -> list[Finding]:
    with path.open("rb") as content:
        beginning = content.read(64).lstrip()
    if beginning[:1] == b"<":
        return [Finding("content", f"looks like a web page: it begins with {beginning[:32]!r}")]
    return []


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the lock of one cached file, so that two processes never write one `.part`."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("wb")
    except OSError as error:
        raise cannot_write(path, error) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _say_nothing(_: str) -> None:
    pass


def _fetch_failed(source: Source, file: SourceFile, path: Path, reason: str) -> FetchFailed:
    return FetchFailed(
        f"could not fetch {file.name} of {source.id}: {reason}",
        findings=_describe(file),
        consequence="No unverified file was kept under its name.",
        cure=_by_hand(path, file),
    )


def _mismatch(
    source: Source, file: SourceFile, path: Path, findings: list[Finding], mirrored: Path | None = None
) -> DigestMismatch:
    """The error for a file from the public address, or from the place in the mirror that it was `mirrored` in."""
    summary = f"{file.name} of {source.id} is not the file the catalogue names"
    if mirrored is not None:
        return DigestMismatch(
            summary,
            findings=[*findings, Finding("mirror", str(mirrored))],
            consequence="The copy was deleted. The mirror's own file is untouched: damaged, or another version.",
            cure="Put the published file in its place, or unset POLYREACT_MIRROR to fetch it from its address.",
        )
    if source.is_private:
        return DigestMismatch(
            summary,
            findings=[*findings, Finding("address", file.url)],
            consequence="The copy in the cache was deleted; nothing was changed at its address. Either the file\n"
            "there was changed after the track was made, or the copy was damaged on the way.",
            cure="Run the same command again; if the same comes back, put the file there again as it was.\n"
            "A revision never changes: a correction is the next one, polyreact track new-private --erratum.\n"
            f"{_by_hand(path, file)}",
        )
    return DigestMismatch(
        summary,
        findings=[*findings, Finding("address", file.url)],
        consequence="The file was deleted. Either it changed where it is published, or the download was damaged.",
        cure=f"Run the same command again; if the same hash comes back, the published file has changed.\n"
        f"{_by_hand(path, file)}",
    )


def _describe(file: SourceFile) -> list[Finding]:
    digest = Finding("sha256", file.sha256) if file.sha256 else Finding("git blob", file.git_blob_sha1)
    return [Finding("file", file.name), Finding("address", file.url), digest]


def _by_hand(path: Path, file: SourceFile) -> str:
    told = "" if file.sha256 else "\n`git hash-object FILE` prints the git blob id of a file."
    return f"A copy from elsewhere with this hash may be put at {path} by hand; it is verified before use.{told}"
