"""What a pull request changes, read from git objects in a repository of its own; nothing is ever checked out.

The objects are a stranger's. So contents above a limit are not even fetched, git may write only so much and for
only so long, no configuration of this machine's user is read, and paths are data.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from polyreact.ci.context import is_sha
from polyreact.ci.credentials import build_credentials
from polyreact.errors import Finding, GitFailed, WrongChange
from polyreact.submission.yaml_source import MAX_BYTES
from polyreact.visible import visible

#: More than the history of a benchmark without large files; a pull request beyond it is none of ours.
_MAX_FETCHED_BYTES = 1 << 30
_FETCH_S, _LOOK_S = 300, 60
#: Of the list of changed files: a pull request that changes more is refused for its first ones.
_MAX_LISTED_BYTES = 1 << 20
_SCRATCH_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_NO_NETWORK: Mapping[str, str] = MappingProxyType({})
_BASE, _HEAD = "refs/polyreact/base", "refs/polyreact/head"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file. `status` is git's letter: A added, M modified, D deleted, T another kind of file.

    `mode` is that of the new file, such as `100644`; `size_bytes` is None where it is more than a manifest may
    have. A renamed file is a deletion and an addition.
    """

    path: str
    status: str
    mode: str
    blob: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class PullRequestCommits:
    """The commits of a pull request: where it left the base branch, and what it changes since."""

    folder: Path
    changes: tuple[Change, ...]

    def read(self, change: Change) -> bytes:
        """The content of a changed file that is not too large. Raises GitFailed."""
        if change.size_bytes is None:
            message = "this file is too large to be read"
            raise ValueError(message)
        return _git(self.folder, ["cat-file", "blob", change.blob], limit=MAX_BYTES)


@contextmanager
def fetch_commits(
    remote: str,
    head_sha: str,
    *,
    base: str = "HEAD",
    token: str = "",
    server_url: str = "",
    network: Mapping[str, str] = _NO_NETWORK,
) -> Iterator[PullRequestCommits]:
    """The commit `head_sha` of a remote repository and its branch `base`, for the time of the block.

    Contents that are too large are not fetched. `token` is told to `server_url` only; `network` is what git needs
    to reach it.

    Raises GitFailed, and WrongChange where the pull request has no one commit at which it left the branch.
    """
    if not is_sha(head_sha):
        raise ValueError(head_sha)
    with tempfile.TemporaryDirectory(prefix="polyreact-commits-") as place:
        folder = Path(place)
        _git(folder, ["init", "--quiet", "--bare", "."])
        _git(folder, ["config", "remote.origin.url", remote])
        # In one go: what is sent of the second of two could be changes to contents left out of the first.
        fetch = [
            *("-c", "fetch.fsckObjects=true", "fetch", "--quiet", "--no-tags", "--no-auto-maintenance"),
            *(f"--filter=blob:limit={MAX_BYTES + 1}", "origin", f"+{base}:{_BASE}", f"+{head_sha}:{_HEAD}"),
        ]
        settings = {**network, **build_credentials(token, server_url)}
        _git(folder, fetch, timeout_s=_FETCH_S, settings=settings)
        # Without a remote nothing more is ever fetched: what was left out for its size is missing.
        (folder / "config").write_text(_SCRATCH_CONFIG, encoding="ascii")
        yield PullRequestCommits(folder, _read_changes(folder))


def find_remote(checkout: Path) -> str:
    """Where a checkout came from. Raises GitFailed."""
    told = _git(checkout, ["remote", "get-url", "origin"]).decode().strip()
    return str((checkout / told).resolve()) if (checkout / told).is_dir() else told


def _read_changes(folder: Path) -> tuple[Change, ...]:
    found = _git(folder, ["merge-base", "--all", _BASE, _HEAD], may_find_nothing=True).decode().split()
    if len(found) != 1:
        where = "no commit" if not found else "more than one commit"
        raise WrongChange(
            f"the pull request has {where} in common with its base branch, so what it changes is not known",
            consequence="Nothing of it was read.",
            cure="Make the change again on a new branch from the newest commit of the branch, and push that.",
        )
    listed = _git(
        folder, ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", found[0], _HEAD], is_cut=True
    )
    parts = listed.split(b"\0")[:-1]
    raw = [(header.decode().split(), path) for header, path in zip(parts[::2], parts[1::2], strict=False)]
    sizes = _read_sizes(folder, [fields[3] for fields, _ in raw if fields[1] != "000000"])
    return tuple(
        Change(
            path=path.decode("utf-8", "backslashreplace"),
            status=fields[4][:1],
            mode=fields[1],
            blob=fields[3],
            size_bytes=sizes.get(fields[3]),
        )
        for fields, path in raw
    )


def _read_sizes(folder: Path, blobs: list[str]) -> Mapping[str, int]:
    """How many bytes each file has, of those that are not too large."""
    told = _git(folder, ["cat-file", "--batch-check=%(objectname) %(objectsize)"], given="\n".join(blobs).encode())
    sizes = {}
    for line in told.decode().splitlines():
        name, _, size = line.partition(" ")
        if size.isdigit() and int(size) <= MAX_BYTES:
            sizes[name] = int(size)
    return sizes


def _git(
    folder: Path,
    arguments: list[str],
    *,
    given: bytes = b"",
    timeout_s: float = _LOOK_S,
    limit: int = _MAX_LISTED_BYTES,
    is_cut: bool = False,
    may_find_nothing: bool = False,
    settings: Mapping[str, str] | None = None,
) -> bytes:
    """What git prints, in surroundings of our own; more than `limit` bytes are cut or refused. Raises GitFailed."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "file:https:http:ssh",
        **(settings or {}),
    }
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
        try:
            ended = subprocess.run(
                [shutil.which("git") or "git", *arguments],
                cwd=folder,
                env=environment,
                input=given,
                stdout=output,
                stderr=complaint,
                timeout=timeout_s,
                check=False,
                preexec_fn=_bound,
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(arguments, f"it took more than {timeout_s:.0f} s") from error
        except OSError as error:
            raise _failed(arguments, str(error)) from error
        if ended.returncode and not (may_find_nothing and ended.returncode == 1):
            complaint.seek(0)
            raise _failed(arguments, complaint.read(2_000).decode("utf-8", "replace"))
        output.seek(0)
        told = output.read(limit + 1)
    if len(told) > limit and not is_cut:
        raise _failed(arguments, f"it told more than {limit} bytes")
    return told[:limit]


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FETCHED_BYTES, _MAX_FETCHED_BYTES))


def _failed(arguments: list[str], complaint: str) -> GitFailed:
    verb = next(word for word in arguments if word in _VERBS)
    return GitFailed(
        f"git {verb} failed",
        findings=[Finding("", visible(line)) for line in complaint.strip().splitlines()[-3:]],
        consequence="Nothing of the pull request was judged.",
        cure="If it happens again, look at the repository and the network of this host.",
    )


_VERBS = frozenset({"init", "config", "fetch", "remote", "merge-base", "diff-tree", "cat-file"})
