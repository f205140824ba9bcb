"""Bring in what the evaluation jobs brought back: verified, scored here, compared, and the queue with it.

Every record is written once, with its score; a kill in between costs nothing, since what is missing is taken from
the same artefacts again, and what is there is no job any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from polyreact.ci.outcomes import MOST_MESSAGE, Ending, JobOutcome
from polyreact.ci.schedule import Schedule, ScheduledJob, find_submission
from polyreact.engines.run_folder import release_leftovers
from polyreact.errors import ArtefactRefused, DatasetError, HostError, JobLost, PolyreactError
from polyreact.evaluation.comparisons import ensure_comparisons
from polyreact.evaluation.curves import ensure_curves
from polyreact.evaluation.plan import Job
from polyreact.evaluation.queue import Place, Queue
from polyreact.evaluation.remote.artefact import Artefact, Claim, read_artefact
from polyreact.evaluation.remote.claims import check_artefact
from polyreact.evaluation.remote.keep_claims import Keeper, keep_claim
from polyreact.results.queue_records import JobRecord, QueueState
from polyreact.results.queue_store import QueueStore
from polyreact.results.records import OutcomeKind, Record
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.track import Track

#: What the codes of a submission's own faults begin with.
_OWN_FAULT = "E3"
_ENDINGS = {
    QueueState.PUT_OFF: Ending.PUT_OFF,
    QueueState.REFUSED: Ending.REFUSED,
    QueueState.GIVEN_UP: Ending.GIVEN_UP,
}


@dataclass(frozen=True, slots=True)
class Collector:
    """What collecting needs besides the artefacts; `on_progress` takes a line for a person."""

    store: ResultsStore
    settings: Settings
    now: Callable[[], datetime]
    on_progress: Callable[[str], None] = lambda _line: None
    on_show: Callable[[str], None] = lambda _line: None

    @property
    def keeper(self) -> Keeper:
        """What keeping a claim needs of it."""
        return Keeper(self.store, self.settings, self.on_progress, self.on_show)


def collect(
    collector: Collector,
    folder: Path,
    plan: Callable[[], Schedule],
    tracks: Sequence[Track],
    planned: Collection[Place] | None = None,
) -> tuple[JobOutcome, ...]:
    """Take in the artefacts that stand in `folder`, each in one of its own; what became of every planned job.

    `plan` gives the schedule by the records of the moment; it is called with these held. `planned` are the jobs
    that were given out, those that are due where it is None. An artefact that is refused, or a job that brought
    nothing back, is the platform's failure and put off. Raises ResultsLocked, CannotWrite, BadRecord, RecordTooNew,
    and what comparing raises.
    """
    store = collector.store
    with store.lock():
        for name in (*store.remove_leftovers(), *release_leftovers(collector.settings.runs)):
            collector.on_progress(f"removed what a killed run had left behind: {name}")
        schedule = plan()
        queue = Queue(QueueStore.of(store), collector.on_progress)
        queue.begin(schedule.to_do)
        queue.keep(one.where for one in schedule.jobs)
        jobs = schedule.due if planned is None else [one for one in schedule.jobs if one.where in planned]
        outcomes = tuple(_collect_jobs(collector, folder, jobs, queue, tracks))
        outcomes += tuple(_describe_others(store, queue, outcomes, tracks))
        for track in tracks:
            ensure_curves(track, store, collector.settings, collector.on_progress)
            ensure_comparisons(track, store, collector.settings, collector.on_progress)
        queue.collected()
    return outcomes


def _collect_jobs(
    collector: Collector, folder: Path, jobs: Sequence[ScheduledJob], queue: Queue, tracks: Sequence[Track]
) -> Iterator[JobOutcome]:
    by_id = {str(track.id): track for track in tracks}
    by_submission: dict[str, list[ScheduledJob]] = {}
    for one in jobs:
        by_submission.setdefault(one.where[0], []).append(one)
    _tell_unplanned(collector, folder, by_submission)
    for submission, its_jobs in by_submission.items():
        paths = _find_artefacts(folder, submission)
        artefacts = [_read_artefact(collector, path, its_jobs, by_id) for path in paths]
        for one in its_jobs:
            yield _collect_job(collector, one, artefacts, queue)


def _tell_unplanned(collector: Collector, folder: Path, planned: Iterable[str]) -> None:
    """Say which artefacts nobody asked for; they are not looked at."""
    known = set(planned)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and find_submission(path.name) not in known:
            collector.on_progress(f"{ascii(path.name)[:100]} is of no job that was planned, and was not looked at")


def _find_artefacts(folder: Path, submission: str) -> list[Path]:
    """The folders of a submission's shards, in order of their numbers."""
    inside = folder.iterdir() if folder.is_dir() else ()
    paths = [path for path in inside if find_submission(path.name) == submission]
    return sorted(paths, key=lambda path: (len(path.name), path.name))


def _read_artefact(
    collector: Collector, path: Path, jobs: Sequence[ScheduledJob], tracks: Mapping[str, Track]
) -> Artefact | ArtefactRefused:
    """What a shard brought back, with every claim about these jobs checked; or why nothing of it is taken."""
    try:
        artefact = read_artefact(path, jobs[0].where[0], tracks)
        settings, now = collector.settings, collector.now()
        return check_artefact(artefact, path.name, [one.job for one in jobs], settings, now, collector.on_progress)
    except ArtefactRefused as error:
        collector.on_progress(error.render())
        return error


def _collect_job(
    collector: Collector, one: ScheduledJob, artefacts: Sequence[Artefact | ArtefactRefused], queue: Queue
) -> JobOutcome:
    """One job: its record, or why there is none, which the queue keeps."""
    job, place = one.job, one.where
    track = str(job.track.id)
    try:
        claim = _find_claim(artefacts, job)
        if claim is not None:
            record = keep_claim(claim, job, collector.keeper)
            queue.finish(place)
            return _describe(record)
        code = _find_code(artefacts, track)
        if code is not None:
            queue.put_off_for(place, code, is_its_own_fault=code.startswith(_OWN_FAULT))
            return _put_off(queue.find(place), job)
        raise JobLost(f"nothing came back of {place[0]} on {track}: its machine went away, or ran out of time")
    except (HostError, DatasetError) as error:
        if not isinstance(error, ArtefactRefused):  # which was told when it was read
            collector.on_progress(error.render())
        queue.put_off(place, error)
        return _put_off(queue.find(place), job, error)


def _find_claim(artefacts: Sequence[Artefact | ArtefactRefused], job: Job) -> Claim | None:
    """What is claimed of the job and was checked.

    Raises ArtefactRefused where an artefact was refused and none of the others tells of the job.
    """
    track = str(job.track.id)
    for found in artefacts:
        if isinstance(found, Artefact) and track in found.claims:
            return found.claims[track]
    for found in artefacts:
        if isinstance(found, ArtefactRefused):
            raise found
    return None


def _find_code(artefacts: Sequence[Artefact | ArtefactRefused], track: str) -> str | None:
    """Of the error that the job on this track was put off for, where one of the artefacts says so."""
    codes = (found.put_off.get(track) for found in artefacts if isinstance(found, Artefact))
    return next((code for code in codes if code is not None), None)


def _describe(record: Record) -> JobOutcome:
    outcome = record.run.outcome
    is_valid = outcome.kind is OutcomeKind.VALID
    return JobOutcome(
        submission=record.submission.id,
        track=record.track,
        ending=Ending.SCORED if is_valid else Ending.FAILED,
        code=outcome.code,
        message=outcome.message[:MOST_MESSAGE],
    )


def _describe_others(
    store: ResultsStore, queue: Queue, told: Sequence[JobOutcome], tracks: Sequence[Track]
) -> Iterator[JobOutcome]:
    """How the same submissions stand on the tracks that were not planned for them: a comment tells all of it."""
    known = {(one.submission, one.track) for one in told}
    for submission in dict.fromkeys(one.submission for one in told):
        for track in tracks:
            place = submission, str(track.id)
            job = queue.find(place)
            if place in known:
                continue
            if job is not None and job.state in _ENDINGS:
                yield JobOutcome(submission=submission, track=track.id, ending=_ENDINGS[job.state], code=job.code)
            elif job is None and (record := store.find(*place)) is not None:
                yield _describe(record)


def _put_off(kept: JobRecord | None, job: Job, error: PolyreactError | None = None) -> JobOutcome:
    return JobOutcome(
        submission=job.submission.id,
        track=job.track.id,
        ending=_ENDINGS[kept.state] if kept else Ending.PUT_OFF,
        code=kept.code if kept else None,
        message=error.summary[:MOST_MESSAGE] if error else "",
    )
