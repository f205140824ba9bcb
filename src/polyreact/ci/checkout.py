"""The checkout of a workflow: when manifests came, and the one commit of results, put onto the branch."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from polyreact.ci.credentials import build_credentials
from polyreact.errors import CannotPush, GitFailed
from polyreact.submission.contract import MANIFEST_SUFFIX
from polyreact.visible import visible_lines

#: Who the commits of results are by; the address is that of GitHub's own bot.
BOT_NAME, BOT_EMAIL = "polyreact bot", "41898282+github-actions[bot]@users.noreply.github.com"
#: How often the commit is put onto a branch that has moved on in the meantime.
MOST_PUSHES = 5

_TIMEOUT_S, _LOCKED_S, _PAUSE_S = 300.0, 10.0, 0.5
_MOST_TOLD = 2000
_IDENTITY = ("-c", f"user.name={BOT_NAME}", "-c", f"user.email={BOT_EMAIL}", "-c", "commit.gpgsign=false")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working tree of git. `token` is what `server` is asked with; without one, whatever git itself has.

    `environment` is what git is called with.
    """

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    server: str = ""
    token: str = field(default="", repr=False)

    def find_handed_in(self, folder: str) -> dict[str, datetime]:
        """When each submission's manifest in `folder` came onto this branch or was changed there last, in UTC.

        A shallow clone knows only its last commit. Raises GitFailed.
        """
        log = self._git(
            "log",
            "-z",
            "--first-parent",
            "--diff-merges=first-parent",
            "--name-only",
            "--format=%x01%ct",
            "--",
            folder,
        )
        found: dict[str, datetime] = {}
        for commit in log.split("\x01")[1:]:
            seconds, *names = re.split(r"[\x00\n]+", commit.strip("\x00\n"))
            moment = datetime.fromtimestamp(int(seconds), UTC)
            for name in names:
                path = Path(name)
                if path.suffix == MANIFEST_SUFFIX and str(path.parent) == folder:
                    found.setdefault(path.stem, moment)
        return found

    def commit(self, paths: Sequence[str], message: str) -> str | None:
        """Commit all changes below `paths` and nothing else; the commit, None where nothing changed.

        Raises GitFailed.
        """
        present = [path for path in paths if (self.folder / path).exists() or self._git("ls-files", "--", path)]
        self._git("add", "--all", "--", *present)
        if self._try_git("diff", "--cached", "--quiet", "--", *present).returncode == 0:
            return None
        try:
            self._git(
                *_IDENTITY, "commit", "--quiet", "--no-verify", f"--message={message}", "--only", "--", *present
            )
        except GitFailed:
            if self._try_git("diff", "--quiet", "HEAD", "--", *present).returncode != 0:
                raise
            return None  # the git of a run that was killed came to its end meanwhile
        return self._git("rev-parse", "HEAD").strip()

    def push(self, branch: str | None = None) -> str:
        """Put the commits made here onto the branch of `origin`, after what came there meanwhile; the last commit.

        Raises CannotPush, also where somebody else changed the same files, which is for a person to look at, and
        GitFailed.
        """
        target = branch or self._find_branch()
        if _BRANCH.fullmatch(target) is None:
            raise _cannot_push(f"`{target[:80]}` is no name of a branch", "")
        for _ in range(MOST_PUSHES):
            pushed = self._try_git("push", "--quiet", "origin", f"HEAD:refs/heads/{target}")
            if pushed.returncode == 0:
                return self._git("rev-parse", "HEAD").strip()
            self._git("fetch", "--quiet", "--no-tags", "origin", f"refs/heads/{target}")
            if self._try_git("merge-base", "--is-ancestor", "FETCH_HEAD", "HEAD").returncode == 0:
                if _is_locked(pushed):  # by the push of a run that was killed
                    time.sleep(_PAUSE_S)
                    continue
                raise _cannot_push(f"the branch {target} takes no commit from here", pushed.stderr)
            rebased = self._try_git(*_IDENTITY, "rebase", "--quiet", "FETCH_HEAD")
            if rebased.returncode != 0:
                self._try_git("rebase", "--abort")
                raise _cannot_push(
                    f"what {target} holds by now and the results changed the same files", rebased.stderr
                )
        raise _cannot_push(f"the branch {target} moved on {MOST_PUSHES} times while the commit was put onto it", "")

    def _find_branch(self) -> str:
        found = self._try_git("symbolic-ref", "--quiet", "--short", "HEAD")
        if found.returncode != 0:
            raise _cannot_push("this checkout is on no branch", found.stderr)
        return found.stdout.strip()

    def _git(self, *arguments: str) -> str:
        """What a command says; where a git is at work here, whose caller was killed, it waits for its end."""
        end = time.monotonic() + _LOCKED_S
        done = self._try_git(*arguments)
        while done.returncode != 0 and _is_locked(done) and time.monotonic() < end:
            time.sleep(_PAUSE_S)
            done = self._try_git(*arguments)
        if done.returncode != 0:
            raise _failed(f"git {arguments[0]} failed in this checkout", done.stderr)
        return done.stdout

    def _try_git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", *arguments]
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env={
                    **self.environment,
                    "GIT_TERMINAL_PROMPT": "0",
                    "LC_ALL": "C",
                    **build_credentials(self.token, self.server),
                },
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_TIMEOUT_S,
                encoding="utf-8",
                errors="replace",
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed(f"git {arguments[0]} did not come to an end", str(error)) from error


def _is_locked(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether another git was at work on the same files."""
    return any(words in done.stderr for words in (".lock'", "cannot lock ref", "failed to update ref"))


def _failed(summary: str, told_by_git: str) -> GitFailed:
    return GitFailed(
        summary,
        consequence="Nothing was put onto the branch.",
        cure="Run it inside a clone of the benchmark, with its history: git clone, without --depth.",
        detail=visible_lines(told_by_git[-_MOST_TOLD:]),
    )


def _cannot_push(summary: str, told_by_git: str) -> CannotPush:
    return CannotPush(
        summary,
        consequence="The results are not on the branch.",
        cure="Nothing is lost: the next weekly evaluation runs what has no record there.",
        detail=visible_lines(told_by_git[-_MOST_TOLD:]),
    )
