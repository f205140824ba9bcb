"""What the weekly evaluation runs now, what waits and for what, and in which shards it is run.

Computed from what the checkout holds (manifests, records, queue) and from nothing else, so that every job of the
workflow computes the same for itself, and none has to believe another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from polyreact.evaluation.plan import Job, JobState, build_job
from polyreact.evaluation.queue import Place, ToDo, is_same_run
from polyreact.evaluation.quota import Quota
from polyreact.evaluation.submissions import Candidate, unresolved
from polyreact.results.ledger import find_author
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.store import ResultsStore
from polyreact.tracks.track import Track

#: A matrix of GitHub Actions has 256 jobs at most; the others wait for the next evaluation.
MOST_SHARDS = 256
_SHARD = re.compile(r"shard-(.+)-[0-9]{1,4}")
#: A hosted runner ends a job after six hours; one is left for pulling the image and what else is around the runs.
LONGEST_SHARD_S = 5 * 3600


class Readiness(StrEnum):
    """What is to become of a job now. One that is waiting is run by a later evaluation, without anybody's doing."""

    DUE = "due"
    WAITING = "waiting"
    REFUSED = "refused"
    GIVEN_UP = "given up"
    OVER_QUOTA = "over quota"


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job without a record. `place` is its number among those that are due, from 1 on, and 0 for all others.

    `since` is when it began to wait, `not_before` the earliest moment at which it is run, where there is one.
    """

    job: Job
    readiness: Readiness
    since: datetime
    place: int = 0
    code: str | None = None
    attempts: int = 0
    not_before: datetime | None = None

    @property
    def where(self) -> Place:
        """Submission and track."""
        return self.job.submission.id, self.job.track.id


@dataclass(frozen=True, slots=True)
class Schedule:
    """All jobs without a record in the order of the queue, and how many of the others there are, by their state."""

    jobs: tuple[ScheduledJob, ...]
    settled: Mapping[JobState, int]

    @property
    def to_do(self) -> tuple[ToDo, ...]:
        """The same as the queue takes it up."""
        return tuple(
            ToDo(one.where, one.job.digest if one.job.submission.image else None, one.since) for one in self.jobs
        )

    @property
    def due(self) -> tuple[ScheduledJob, ...]:
        """What is to be run now, in order."""
        return tuple(job for job in self.jobs if job.readiness is Readiness.DUE)


@dataclass(frozen=True, slots=True)
class Shard:
    """What one machine runs: a submission on some tracks. `name` is that of the artefact it brings back."""

    name: str
    submission: str
    tracks: tuple[str, ...]


def build_schedule(
    candidates: Sequence[Candidate],
    tracks: Sequence[Track],
    store: ResultsStore,
    queue: QueueRecord | None,
    handed_in: Mapping[str, datetime],
    now: datetime,
    *,
    quota: Quota | None = None,
    at_once: str | None = None,
) -> Schedule:
    """What is to do on `tracks`; nothing is run or fetched.

    Jobs that the queue names come first, in its order; then the others in the order in which they were handed in.
    `handed_in` has the moment by submission; who is not in it, was so now. `at_once` names a submission that is run
    now whatever kept it, and no other: somebody asked for it. On private tracks no more runs of an author are due
    than `quota` has left. Raises BadRecord and RecordTooNew.
    """
    kept = {(job.submission, job.track): job for job in queue.jobs} if queue else {}
    settled: Counter[JobState] = Counter()
    found: list[ScheduledJob] = []
    for candidate in candidates:
        for track in tracks:
            job = build_job(unresolved(candidate), track, store, at_a_glance=True)
            if job.state is not JobState.TO_RUN:
                settled[job.state] += 1
                continue
            known = kept.get((job.submission.id, track.id))
            found.append(_judge(job, known, handed_in.get(job.submission.id, now), now, at_once=at_once))
    order = {place: number for number, place in enumerate(kept)}
    found.sort(key=lambda one: (order.get(one.where, len(order)), one.since, one.where))
    return Schedule(tuple(_number(_within_quota(found, quota))), settled)


def build_shards(
    schedule: Schedule, longest_s: float = LONGEST_SHARD_S, most: int = MOST_SHARDS
) -> tuple[Shard, ...]:
    """The jobs that are due, a submission's together as long as they end within `longest_s` at the worst.

    A fold track, whose limit holds for every fold, has a shard of its own. At most `most` shards are made.
    """
    by_submission: dict[str, list[ScheduledJob]] = {}
    for one in schedule.due:
        by_submission.setdefault(one.where[0], []).append(one)
    shards = [
        Shard(f"shard-{submission}-{number}", submission, tracks)
        for submission, jobs in by_submission.items()
        for number, tracks in enumerate(_pack(jobs, longest_s), start=1)
    ]
    return tuple(shards[:most])


def find_submission(shard: str) -> str | None:
    """The submission that a shard of this name is of; None where it is no name of a shard."""
    match = _SHARD.fullmatch(shard)
    return None if match is None else match[1]


def _judge(
    job: Job, known: JobRecord | None, handed_in: datetime, now: datetime, *, at_once: str | None
) -> ScheduledJob:
    """Where a job without a record stands, by what is kept of it."""
    digest = job.digest if job.submission.image else None
    if known is None or not is_same_run(known, digest):
        found = ScheduledJob(job, Readiness.DUE, handed_in)
    else:
        found = ScheduledJob(
            job,
            _find_readiness(known, now),
            known.since,
            code=known.code,
            attempts=known.attempts,
            not_before=known.not_before,
        )
    if at_once is None:
        return found
    if at_once == job.submission.id:
        return replace(found, readiness=Readiness.DUE)
    return replace(found, readiness=Readiness.WAITING) if found.readiness is Readiness.DUE else found


def _find_readiness(known: JobRecord, now: datetime) -> Readiness:
    if known.state is QueueState.REFUSED:
        return Readiness.REFUSED
    if known.state is QueueState.GIVEN_UP:
        return Readiness.GIVEN_UP
    is_early = known.not_before is not None and known.not_before > now
    return Readiness.WAITING if is_early else Readiness.DUE


def _within_quota(jobs: Iterable[ScheduledJob], quota: Quota | None) -> Iterator[ScheduledJob]:
    """The same jobs; those on private tracks that would be too many for their author are not due."""
    left: dict[Place, int] = {}
    for one in jobs:
        if quota is None or not one.job.track.is_private or one.readiness is not Readiness.DUE:
            yield one
            continue
        key = find_author(one.job.submission.id), str(one.job.track.id)
        left.setdefault(key, quota.find_left(*key))
        left[key] -= 1
        if left[key] >= 0:
            yield one
        else:
            error = quota.exceeded(*key)
            yield replace(one, readiness=Readiness.OVER_QUOTA, code=error.code, not_before=error.until)


def _number(jobs: Iterable[ScheduledJob]) -> Iterator[ScheduledJob]:
    place = 0
    for one in jobs:
        if one.readiness is Readiness.DUE:
            place += 1
            yield replace(one, place=place)
        else:
            yield one


def _pack(jobs: Sequence[ScheduledJob], longest_s: float) -> Iterator[tuple[str, ...]]:
    """The tracks of one submission's jobs, in shards."""
    packed: list[str] = []
    taken_s = 0.0
    for one in jobs:
        track = one.job.track
        if track.has_folds:
            yield (str(track.id),)
            continue
        if packed and taken_s + track.limits.wall_time_s > longest_s:
            yield tuple(packed)
            packed, taken_s = [], 0.0
        packed.append(str(track.id))
        taken_s += track.limits.wall_time_s
    if packed:
        yield tuple(packed)
