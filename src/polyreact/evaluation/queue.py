"""What an evaluation has to do yet, kept beside the records so that nobody has to guess what is going on.

Here stands as well how often a job is tried again that the platform failed at, from one evaluation to the next; how
often within a run, stands in `outcome`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from polyreact.errors import CannotWrite, OverQuota, PolyreactError, SubmissionError
from polyreact.files import Sha256
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.queue_store import QueueStore

#: How often a running evaluation shows that it lives.
HEARTBEAT = timedelta(seconds=60)

#: How long the weekly evaluation leaves a job alone after a failure of the platform; after one more it gives it up.
RETRIED_AFTER = (timedelta(hours=1), timedelta(days=1))
MOST_ATTEMPTS = len(RETRIED_AFTER) + 1

#: A submission and a track.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ToDo:
    """A job without a record; its digest as far as it is known, and since when it waits, if not since now."""

    place: Place
    digest: Sha256 | None = None
    since: datetime | None = None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Queue:
    """The jobs of one evaluation and of those before it that are still to do, in the order in which they are run.

    Every change is written at once, or where `every` is given at most so often, by `beat` and `flush`: a plan of
    thousands of jobs is written whole each time. That it cannot be is told and stops nothing: records do not hang
    on it. With `store` None nothing is kept.
    """

    store: QueueStore | None
    on_progress: Callable[[str], None] = lambda _line: None
    now: Callable[[], datetime] = _now
    every: timedelta = timedelta(0)
    _jobs: dict[Place, JobRecord] = field(default_factory=dict)
    _written_at: datetime | None = None
    _collected_at: datetime | None = None
    _is_behind: bool = False

    @property
    def jobs(self) -> tuple[JobRecord, ...]:
        """What is to do, in the order in which it is run."""
        return tuple(self._jobs.values())

    def begin(self, jobs: Iterable[ToDo]) -> None:
        """Take up what is to run, after what was left to do before.

        Whoever is the holder of the records' lock is the only one who runs anything: what was said to be running
        was killed, and waits again from now on. What is known of another run than the one that is to do now, of
        another image for one, is forgotten. Raises RecordTooNew.
        """
        kept = self.store.find_whole() if self.store else None
        self._collected_at = kept.collected_at if kept else None
        for job in kept.jobs if kept else ():
            place = job.submission, job.track
            self._jobs[place] = job
            if job.state is QueueState.RUNNING:
                self._put(place)
        for one in jobs:
            known = self._jobs.get(one.place)
            if known is None or not is_same_run(known, one.digest):
                self._jobs[one.place] = self._build(one.place, job=one.digest, since=one.since or self.now())
            elif one.digest is not None:
                self._jobs[one.place] = known.model_copy(update={"job": one.digest})
        self._write()

    def start(self, place: Place) -> None:
        """It is running from now on."""
        self._put(place, QueueState.RUNNING)
        self._write()

    def beat(self) -> None:
        """Show from time to time that the evaluation lives, and what has changed since it last did."""
        if self._written_at is not None:
            silent = self.now() - self._written_at
            if silent >= HEARTBEAT or (self._is_behind and silent >= self.every):
                self._write()

    def finish(self, place: Place) -> None:
        """There is nothing to do any more: a record says what became of it, or it has no place on the track."""
        if self._jobs.pop(place, None) is not None:
            self._write()

    def put_off(self, place: Place, error: PolyreactError) -> None:
        """It could not be done, and there is no record that says so: by the error, it is tried again or not.

        What is the submission's own fault is never tried again by itself; what the platform failed at is, with
        growing delay, until it has failed too often.
        """
        if isinstance(error, OverQuota):
            self._put(place, QueueState.PUT_OFF, error.code, not_before=error.until)
            self._write()
        else:
            self.put_off_for(place, error.code, is_its_own_fault=isinstance(error, SubmissionError))

    def put_off_for(self, place: Place, code: str, *, is_its_own_fault: bool) -> None:
        """As `put_off`, by the code of an error that was met elsewhere."""
        if is_its_own_fault:
            self._put(place, QueueState.REFUSED, code)
        else:
            known = self._jobs.get(place)
            attempts = 1 + (known.attempts if known else 0)
            given_up = attempts >= MOST_ATTEMPTS
            state = QueueState.GIVEN_UP if given_up else QueueState.PUT_OFF
            not_before = None if given_up else self.now() + RETRIED_AFTER[attempts - 1]
            self._put(place, state, code, attempts=attempts, not_before=not_before)
        self._write()

    def keep(self, places: Iterable[Place]) -> None:
        """Forget all others: submissions that were withdrawn, tracks that are no more."""
        kept = set(places)
        self._jobs = {place: job for place, job in self._jobs.items() if place in kept}
        self._write()

    def collected(self) -> None:
        """The weekly evaluation has brought in its results; said also where nothing is left to do."""
        self._collected_at = self.now()
        self._write()

    def find(self, place: Place) -> JobRecord | None:
        """The job of a submission on a track, None where nothing is to do."""
        return self._jobs.get(place)

    def _put(
        self, place: Place, state: QueueState = QueueState.WAITING, code: str | None = None, **changes: object
    ) -> None:
        """The job in another state from now on; what is known of it besides stays, unless it changes as well."""
        known = self._jobs.get(place)
        kept: Mapping[str, object] = {"job": known.job, "attempts": known.attempts} if known else {}
        self._jobs[place] = self._build(place, state, code, **{**kept, **changes})

    def _build(
        self, place: Place, state: QueueState = QueueState.WAITING, code: str | None = None, **known: object
    ) -> JobRecord:
        submission, track = place
        told = {"submission": submission, "track": track, "state": state, "since": self.now(), "code": code}
        return JobRecord.model_validate(told | known)

    def flush(self) -> None:
        """Write what was not yet."""
        self._write(at_once=True)

    def _write(self, *, at_once: bool = False) -> None:
        if self.store is None:
            return
        is_early = self._written_at is not None and self.now() - self._written_at < self.every
        self._is_behind = is_early and not at_once
        if self._is_behind:
            return
        self._written_at = self.now()
        queue = QueueRecord(updated_at=self._written_at, jobs=self.jobs, collected_at=self._collected_at)
        try:
            self.store.write(queue)
        except CannotWrite as error:
            self.on_progress(f"{error.code}  {error.summary}; the evaluation goes on")


def is_same_run(known: JobRecord, digest: Sha256 | None) -> bool:
    """Whether what is kept of a job is about the run with this digest, as far as both are known."""
    return known.job is None or digest is None or known.job == digest
