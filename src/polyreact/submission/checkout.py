"""A submitter's checkout of the benchmark: where it is, and which repositories it belongs to."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import UnreadableArgument
from polyreact.submission.contract import SUBMISSIONS_FOLDER

_TIMEOUT_S = 20.0
#: https://host/owner/name, ssh://git@host/owner/name, git@host:owner/name; each with or without .git at the end.
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_ADDRESS = re.compile(
    r"(?:https://|ssh://git@|git@)(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)[/:]"
    rf"(?P<owner>{_PART})/(?P<repository>{_PART}?)(?:\.git)?/?"
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at a forge."""

    host: str
    owner: str
    repository: str

    @property
    def name(self) -> str:
        """`owner/repository`."""
        return f"{self.owner}/{self.repository}"

    @property
    def page(self) -> str:
        """Its address in a browser."""
        return f"https://{self.host}/{self.name}"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone of a fork: `fork` is its `origin`, `upstream` the benchmark's own; None where git names none."""

    folder: Path
    fork: Repository | None
    upstream: Repository | None


def read_checkout(folder: Path) -> Checkout:
    """The checkout in a folder. Raises UnreadableArgument where there is none of the benchmark."""
    top = _ask_git(folder, "rev-parse", "--show-toplevel")
    if top is None or not (Path(top) / SUBMISSIONS_FOLDER).is_dir():
        raise UnreadableArgument(
            f"{folder} is no clone of the benchmark: there is no git repository with {SUBMISSIONS_FOLDER}/ in it",
            cure="Fork the benchmark's repository, clone your fork, and give the folder of the clone.",
        )
    return Checkout(Path(top), _read_remote(folder, "origin"), _read_remote(folder, "upstream"))


def parse_repository(address: str) -> Repository | None:
    """The repository behind a remote's address, None for one that is at no forge.

    >>> parse_repository("git@github.com:lab/polyreact.git").page
    'https://github.com/lab/polyreact'
    """
    found = _ADDRESS.fullmatch(address)
    return Repository(found["host"], found["owner"], found["repository"]) if found else None


def _read_remote(folder: Path, remote: str) -> Repository | None:
    address = _ask_git(folder, "config", "--get", f"remote.{remote}.url")  # as it was written: not yet rewritten
    return parse_repository(address) if address else None


def _ask_git(folder: Path, *question: str) -> str | None:
    """What git answers, None where it is not installed or does not know."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        asked = subprocess.run(
            [git, "-C", str(folder), *question], capture_output=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.decode(errors="replace").strip() if asked.returncode == 0 else None
