"""A folder where tasks wait for whoever runs them, and where what came of them waits for the driver.

It may be shared by machines (NFS, Lustre) or not. What is done stands there whole: written aside, then renamed.
Who runs a task holds its lease, a file whose age is a heartbeat; of two that run the same, both end well. No lock
is needed that a network's file system may not have: files that are made exclusively, and renaming, are enough.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polyreact.errors import CannotWrite, ResultsLocked, TaskRefused, UnreadableArgument
from polyreact.evaluation.remote.artefact import RESULTS
from polyreact.evaluation.remote.tasks import Task, TaskRecord, name_task
from polyreact.files import Sha256, make_folder, read_beginning, sha256_bytes, write_atomically
from polyreact.owner import Owner, parse_owner, this_process
from polyreact.results.documents import render_document

#: How often a lease shows that its holder lives, and after how long without he is taken for dead.
BEAT_S = 5.0
DEAD_AFTER = timedelta(seconds=60)

_LOOK_S = 0.2
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_TASK_BYTES = 1 << 20
_MOST_LEASE_BYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Lease:
    """Who runs a task: `host` and `owner` for a person and for whoever looks whether he lives.

    `age` is how long he has it, `silent_for` how long ago he last showed that he lives. Of one task the lease with
    the highest number counts.
    """

    digest: Sha256
    number: int
    host: str
    owner: Owner | None
    age: timedelta
    silent_for: timedelta

    @property
    def is_live(self) -> bool:
        """Whether its holder is to be waited for: certain on this host, else by his heartbeat."""
        here = this_process()
        if self.owner is not None and self.owner.is_certain and self.owner.boot_id == here.boot_id:
            return self.owner.is_alive
        return self.silent_for < DEAD_AFTER


@dataclass(frozen=True, slots=True)
class Spool:
    """The folder; everything is made when it is first needed."""

    folder: Path

    def write_task(self, task: Task, inputs: bytes) -> None:
        """Let a task wait here, with its inputs. Raises CannotWrite."""
        try:
            self.read_inputs(task)
        except TaskRefused:  # absent, or damaged, or no file: then it is written over
            write_atomically(self._inputs_path(task), inputs)
        write_atomically(self._task_path(task.digest), render_document(task.record))

    def find_tasks(self) -> tuple[Sha256, ...]:
        """The digests of the tasks that wait or run, or are done and not collected yet."""
        names = (path.stem for path in self._part("tasks").glob("*.json"))
        return tuple(sorted(Sha256(name) for name in names if _DIGEST.fullmatch(name)))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one driver of this spool on this machine. Raises ResultsLocked and CannotWrite."""
        try:
            make_folder(self.folder)
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise _cannot_write(self.folder, error) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ResultsLocked(
                    f"another driver gives out the tasks of {self.folder}",
                    consequence="Nothing was run.",
                    cure="Wait for it to end, or give another folder with --spool.",
                ) from error
            yield
        finally:
            os.close(handle)

    def read_task(self, digest: str) -> Task:
        """A task by its digest. Raises TaskRefused where there is none, or none of this program's."""
        path = self._task_path(Sha256(digest))
        try:
            record = TaskRecord.model_validate_json(read_beginning(path, _MOST_TASK_BYTES))
        except (UnreadableArgument, ValueError) as error:
            raise self._no_task(digest, self._why_unread(path)) from error
        task = name_task(record)
        if task.digest != digest:
            raise self._no_task(digest, "has another digest than its name says")
        return task

    def read_tasks(self) -> Iterator[Task]:
        """The tasks of this program's that are to be read here; those of others are passed over."""
        for digest in self.find_tasks():
            with contextlib.suppress(TaskRefused):
                yield self.read_task(digest)

    def read_inputs(self, task: Task) -> bytes:
        """The table that a task names, as it stands here: a file of its own, with this hash. Raises TaskRefused."""
        try:
            handle = os.open(self._inputs_path(task), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                content = file.read()
        except OSError as error:
            raise self._no_task(task.digest, f"has no inputs there: {error.strerror}") from error
        if sha256_bytes(content) != task.record.inputs_sha256:
            raise self._no_task(task.digest, "has other inputs there than it names")
        return content

    def find_done(self, digest: str) -> Path | None:
        """The artefact of a task that was run, None where it was not."""
        path = self._part("done") / digest
        return path if path.is_dir() or path.is_symlink() else None

    def remove(self, task: Task) -> None:
        """Forget a task whose result is kept elsewhere by now. Inputs stay, for other tasks have the same."""
        done = self._part("done") / task.digest
        if done.is_symlink():
            done.unlink(missing_ok=True)
        shutil.rmtree(done, ignore_errors=True)
        self._task_path(task.digest).unlink(missing_ok=True)

    def remove_unused_inputs(self) -> None:
        """Remove the inputs that no task names any more. For the driver, who alone writes tasks."""
        used = {task.record.inputs_sha256 for task in self.read_tasks()}
        for path in self._part("inputs").glob("*.csv"):
            if path.stem not in used and _DIGEST.fullmatch(path.stem):
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def open_work(self, task: Task) -> Iterator[Path]:
        """A folder to run a task in, for the holder of its lease; gone at the end unless `finish` took it."""
        work = self._part("work")
        path = work / f"{task.digest}.{this_process().in_name}.{secrets.token_hex(4)}"
        try:
            for left in work.glob(f"{task.digest}.*"):
                shutil.rmtree(left, ignore_errors=True)
            make_folder(path / RESULTS)
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def finish(self, task: Task, work: Path) -> None:
        """What stands in `work` is the task's artefact from now on; where there is one already, that stays."""
        target = self._part("done") / task.digest
        try:
            make_folder(target.parent)
            work.rename(target)
        except OSError as error:
            if not target.is_dir():
                raise _cannot_write(target, error) from error

    def find_lease(self, digest: str) -> Lease | None:
        """Who has a task, or had it last; None where nobody does."""
        path = self._newest_lease(digest)
        return None if path is None else self._read_lease(path)

    @contextlib.contextmanager
    def hold_lease(
        self,
        task: Task,
        on_wait: Callable[[Lease], None] = lambda _lease: None,
        wait: Callable[[float], None] = time.sleep,
    ) -> Iterator[None]:
        """Be the one who runs a task, for the time of the block; waits for whoever lives and has it.

        `on_wait` is told once for whom it waits. What is done meanwhile is to be looked for inside. Raises
        CannotWrite.
        """
        path = self._take_lease(task, on_wait, wait)
        ended = threading.Event()
        beating = threading.Thread(target=_beat, args=(path, ended), name="lease", daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()
            for one in self._leases(task.digest):
                if _lease_number(one) <= _lease_number(path):
                    one.unlink(missing_ok=True)

    def _take_lease(self, task: Task, on_wait: Callable[[Lease], None], wait: Callable[[float], None]) -> Path:
        told = -1
        while True:
            held = self.find_lease(task.digest)
            if held is not None and held.is_live:
                if told != held.number:
                    told = held.number
                    on_wait(held)
                wait(_LOOK_S)
                continue
            # A dead one's is not removed first: who read it before would remove the next holder's instead.
            number = 1 if held is None else held.number + 1
            path = self._part("leases") / f"{task.digest}.{number}.json"
            if self._make_lease(path):
                return path
            wait(_LOOK_S)

    def _make_lease(self, path: Path) -> bool:
        """Whether it was made; it was not where somebody else just did."""
        content = {"owner": str(this_process()), "host": os.uname().nodename, "since": _now().isoformat()}
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            make_folder(path.parent)
            aside.write_text(json.dumps(content), encoding="utf-8")
            os.link(aside, path)  # with its content, or not at all, also on NFS
        except FileExistsError:
            # Over NFS a link that was made may be told as one that was there: when the answer was lost on the way.
            return aside.stat().st_nlink > 1
        except OSError as error:
            raise _cannot_write(path, error) from error
        finally:
            aside.unlink(missing_ok=True)
        return True

    def _newest_lease(self, digest: str) -> Path | None:
        return max(self._leases(digest), key=_lease_number, default=None)

    def _leases(self, digest: str) -> list[Path]:
        return [path for path in self._part("leases").glob(f"{digest}.*.json") if _lease_number(path)]

    def _read_lease(self, path: Path) -> Lease | None:
        """None where it is gone by now. One that somebody else has written over lives by its heartbeat alone."""
        try:
            silent = timedelta(seconds=max(0.0, self._clock() - path.stat().st_mtime))
        except FileNotFoundError:
            return None
        number, digest = _lease_number(path), Sha256(path.name[:64])
        try:
            content = json.loads(read_beginning(path, _MOST_LEASE_BYTES))
            owner, since = parse_owner(str(content["owner"])), datetime.fromisoformat(content["since"])
            return Lease(digest, number, str(content["host"]), owner, max(timedelta(), _now() - since), silent)
        except UnreadableArgument:
            return None
        except (ValueError, KeyError, TypeError, RecursionError):
            return Lease(digest, number, "an unknown host", None, timedelta(), silent)

    def _clock(self) -> float:
        """The time as the folder's file system has it, which may stand on another machine than this one.

        This machine's where nothing can be written there, as by whoever only looks on.
        """
        probe = self.folder / "leases" / f".clock.{this_process().in_name}.{secrets.token_hex(4)}"
        try:
            probe.touch()
            return probe.stat().st_mtime
        except OSError:
            return time.time()
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)

    def _task_path(self, digest: Sha256) -> Path:
        return self._part("tasks") / f"{digest}.json"

    def _part(self, name: str) -> Path:
        """A folder of the spool. Raises TaskRefused where it is a link: what is there may be somebody else's."""
        path = self.folder / name
        if path.is_symlink():
            raise TaskRefused(
                f"`{name}` in the spool {self.folder} is a link",
                consequence="Nothing was run or removed.",
                cure="Give a folder of its own with --spool.",
            )
        return path

    def _inputs_path(self, task: Task) -> Path:
        return self._part("inputs") / f"{task.record.inputs_sha256}.csv"

    def _why_unread(self, path: Path) -> str:
        if not self.folder.is_dir():
            return "is not there: there is no such folder"
        return "cannot be read as a task" if path.exists() else "is not there"

    def _no_task(self, digest: str, why: str) -> TaskRefused:
        return TaskRefused(
            f"task {ascii(digest)[1:-1][:64]} of {self.folder} {why}",
            consequence="Nothing was run.",
            cure="To see the tasks that wait there:\n  polyreact evaluate status --spool FOLDER",
        )


def _beat(path: Path, ended: threading.Event) -> None:
    while not ended.wait(BEAT_S):
        with contextlib.suppress(OSError):
            os.utime(path)


def _lease_number(path: Path) -> int:
    """0 for what is no lease."""
    number = path.name.removesuffix(".json").rpartition(".")[2]
    return int(number) if number.isdecimal() and number.isascii() else 0


def _now() -> datetime:
    return datetime.now(UTC)


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}",
        consequence="Nothing was recorded of the run.",
        cure="Free some space, or give another folder with --spool.",
    )
