"""What goes on beside the records and in a spool, as whoever looks on finds it; nothing waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polyreact.errors import TaskRefused
from polyreact.evaluation.queue import HEARTBEAT
from polyreact.evaluation.remote.journal import JOURNAL_FILE, read_journal
from polyreact.evaluation.remote.progress import Progress, find_progress
from polyreact.evaluation.remote.spool import Spool
from polyreact.results.queue_records import QueueRecord, QueueState
from polyreact.results.queue_store import QueueStore

#: An evaluation that has not shown itself for so long was killed, or is about something that takes long: pulling an
#: image, scoring a large set.
SILENT_AFTER = 3 * HEARTBEAT


@dataclass(frozen=True, slots=True)
class Held:
    """A task that somebody runs, or ran when he died: what, on which host, for how long, and how long silently."""

    task: str
    words: str
    host: str
    age: timedelta
    silent_for: timedelta
    is_live: bool


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """`tasks` wait, run or are done and not collected yet; `done` of them are the latter.

    `progress` is of the plan that the journal tells of, None where there is no journal; `damaged` counts its lines
    that could not be read.
    """

    folder: Path
    tasks: int
    done: int
    held: tuple[Held, ...]
    progress: Progress | None
    damaged: int


@dataclass(frozen=True, slots=True)
class Status:
    """At one moment. `queue` is None where nothing is to do; `spool` where there is none."""

    at: datetime
    queue: QueueRecord | None
    spool: SpoolStatus | None

    @property
    def heartbeat_age(self) -> timedelta | None:
        """How long ago an evaluation last showed that it lives; None where none ever did."""
        return None if self.queue is None else max(timedelta(), self.at - self.queue.updated_at)

    @property
    def is_running(self) -> bool:
        """Whether the queue says so; an evaluation that was killed could not take it back."""
        return self.queue is not None and any(job.state is QueueState.RUNNING for job in self.queue.jobs)


def read_status(queue: QueueStore, spool: Spool | None, now: datetime | None = None) -> Status:
    """Look once. Raises BadRecord, RecordTooNew and BadJournal."""
    found = queue.find()
    told = None if spool is None else _read_spool(spool, now)
    return Status(now or datetime.now(UTC), found, told)


def _read_spool(spool: Spool, now: datetime | None) -> SpoolStatus:
    digests = spool.find_tasks()
    journal = read_journal(spool.folder / JOURNAL_FILE)
    return SpoolStatus(
        folder=spool.folder,
        tasks=len(digests),
        done=sum(spool.find_done(digest) is not None for digest in digests),
        held=_find_held(spool),
        progress=None if journal is None else find_progress(journal.events, now or datetime.now(UTC)),
        damaged=0 if journal is None else journal.damaged,
    )


def _find_held(spool: Spool) -> tuple[Held, ...]:
    """Whoever has a task, the longest first."""
    leased = {path.name.partition(".")[0] for path in (spool.folder / "leases").glob("[0-9a-f]*.json")}
    held = []
    for digest in sorted(leased):
        lease = spool.find_lease(digest)
        if lease is None:  # given back in between
            continue
        try:
            words = spool.read_task(digest).words
        except TaskRefused:
            words = "a task that is not there any more"
        held.append(Held(digest, words, lease.host, lease.age, lease.silent_for, lease.is_live))
    return tuple(sorted(held, key=lambda one: (-one.age, one.task)))
