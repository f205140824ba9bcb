"""Evaluate: plan, run what is missing, keep it, score it, keep that.

The one module that knows both sides, containers and labels; it hands neither to the other.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from polyreact.datasets.catalog import Dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.interface import Engine, EngineFacts, Image
from polyreact.errors import CannotWrite, EngineFailed, HostError, PolyreactError
from polyreact.evaluation.comparisons import COMPARISONS, ensure_comparisons
from polyreact.evaluation.curves import CURVES, ensure_curves
from polyreact.evaluation.folds import execute_folds, read_folds
from polyreact.evaluation.packages import find_packages
from polyreact.evaluation.patience import Patience, run_patiently
from polyreact.evaluation.plan import Job, JobState, Submission, build_job
from polyreact.evaluation.queue import Queue, ToDo
from polyreact.evaluation.rescore import Scorer, bring_up_to_date, keep_record, score_run
from polyreact.evaluation.run import (
    Execution,
    build_record,
    execute_job,
    execute_slice,
    remove_leftovers,
    validate_engine_for,
    validate_gpus_for,
)
from polyreact.evaluation.slices import Slice
from polyreact.evaluation.submissions import Candidate, resolve_submission, unresolved
from polyreact.files import canonical_json, write_atomically
from polyreact.results.describe import describe_submission
from polyreact.results.queue_store import QueueStore
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.sequences import Antibody
from polyreact.settings import Settings
from polyreact.submission.predictions import render_predictions
from polyreact.tracks.track import Track

OnProgress = Callable[[str], None]
OnTick = Callable[[str, float, float], None]
ReadAntibodies = Callable[[Dataset, Settings, OnProgress], Sequence[Antibody]]


def prepare_and_read(dataset: Dataset, settings: Settings, on_progress: OnProgress) -> tuple[Antibody, ...]:
    """The antibodies of a set, which is prepared here with its labels where it is not yet."""
    ensure_prepared(dataset, settings, on_progress)
    return read_inputs(dataset, settings)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one submission on one track.

    `what` is one of: run, scored, done before, failed, failed before, refused, trained-on, not-applicable. `log` is
    the end of what the container printed, given only on tracks whose labels are public.
    """

    submission: str
    track: str
    what: str
    record: Record | None = None
    error: PolyreactError | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything an evaluation needs besides the submissions and the tracks.

    `on_progress` takes a line for a person, `on_show` one that the next replaces; `on_tick` takes what is running,
    its seconds and its limit. `wait` waits for so many seconds before what the platform failed at is repeated.
    `permit` is asked right before a job is run, and raises where it may not be. With `is_scored` off no label is
    looked at: runs are kept without a score, and nothing is drawn or compared. `read_antibodies` gives what is
    asked about: on a machine that is to have no labels, rows that were brought there; `part` says of which slice
    they are, where they are not all.
    """

    engine: Engine
    store: ResultsStore
    settings: Settings
    base: str | None = None
    force: bool = False
    on_progress: OnProgress = lambda _line: None
    on_tick: OnTick = lambda _what, _seconds, _limit: None
    on_show: OnProgress = lambda _line: None
    wait: Callable[[float], None] = time.sleep
    permit: Callable[[Job], None] = lambda _job: None
    is_scored: bool = True
    read_antibodies: ReadAntibodies = prepare_and_read
    part: Slice | None = None

    def patience(self, on_attempt: Callable[[dict[str, object]], None] = lambda _told: None) -> Patience:
        """How it repeats what the platform failed at."""
        return Patience(wait=self.wait, on_repeat=self.on_progress, on_attempt=on_attempt)


def evaluate(
    evaluation: Evaluation, candidates: Sequence[Candidate], tracks: Sequence[Track]
) -> tuple[Result, ...]:
    """Bring every candidate up to date on every track; a failure of one is a result, and the others go on.

    At the end the curves of those that changed are drawn, and all submissions of their track compared. Raises
    HostError when no engine answers, and ResultsLocked.
    """
    with evaluation.store.lock():
        facts = evaluation.engine.probe()
        remove_leftovers(evaluation.engine, evaluation.settings, evaluation.on_progress)
        remove_leftover_records(evaluation)
        queue = Queue(QueueStore.of(evaluation.store), evaluation.on_progress)
        queue.begin(find_jobs_to_run(evaluation, candidates, tracks))
        results: list[Result] = []
        for candidate in candidates:
            results += _evaluate_candidate(evaluation, candidate, tracks, facts, queue)
        if evaluation.is_scored:
            results += draw_tracks(evaluation, tracks)
            results += compare_tracks(evaluation, tracks)
        _remove_late_leftovers(evaluation)
    return tuple(results)


def find_jobs_to_run(
    evaluation: Evaluation, candidates: Sequence[Candidate], tracks: Sequence[Track]
) -> Iterator[ToDo]:
    """What is to run as far as it is known before any image is; a record that cannot be read is told later."""
    for candidate in candidates:
        for track in tracks:
            with contextlib.suppress(PolyreactError):
                job = build_job(unresolved(candidate), track, evaluation.store, force=evaluation.force)
                if job.state is JobState.TO_RUN:
                    digest = job.digest if job.submission.image else None
                    yield ToDo((candidate.manifest.name, track.id), digest)


def draw_tracks(evaluation: Evaluation, tracks: Sequence[Track]) -> Iterator[Result]:
    """Bring the curves of each track's submissions up to date; only one that cannot be is a result."""
    for track in tracks:
        try:
            ensure_curves(track, evaluation.store, evaluation.settings, evaluation.on_progress)
        except PolyreactError as error:
            yield Result(CURVES, track.id, "refused", error=error)


def compare_tracks(evaluation: Evaluation, tracks: Sequence[Track]) -> Iterator[Result]:
    """Bring the comparisons of each track up to date; only one that cannot be is a result."""
    for track in tracks:
        try:
            ensure_comparisons(track, evaluation.store, evaluation.settings, evaluation.on_progress)
        except PolyreactError as error:
            yield Result(COMPARISONS, track.id, "refused", error=error)


def remove_leftover_records(evaluation: Evaluation) -> None:
    """Remove what killed evaluations left half-written among the records, or superseded."""
    for name in evaluation.store.remove_leftovers():
        evaluation.on_progress(f"removed what a killed run had left behind: {name}")


def _remove_late_leftovers(evaluation: Evaluation) -> None:
    """At the end, for what a killed evaluation had asked the engine for and got only after the start had looked.

    An engine's command goes on when who gave it was killed, and so may make one more container.
    """
    try:
        remove_leftovers(evaluation.engine, evaluation.settings, evaluation.on_progress)
    except EngineFailed as error:
        evaluation.on_progress(f"{error.code}  {error.summary}; the next evaluation cleans up")


@dataclass(slots=True)
class Resolver:
    """Finds or builds a candidate's image once, when it is first needed; a failure is not tried again."""

    evaluation: Evaluation
    candidate: Candidate
    _found: tuple[Submission, Image] | PolyreactError | None = None

    def resolve(self) -> tuple[Submission, Image]:
        """The submission and its image. Raises what went wrong the first time."""
        if self._found is None:
            try:
                found, _ = run_patiently(
                    self._resolve_once, lambda _: None, self.evaluation.engine, self.evaluation.patience()
                )
                self._found = found
            except PolyreactError as error:
                self._found = error
        if isinstance(self._found, PolyreactError):
            raise self._found
        return self._found

    def _resolve_once(self) -> tuple[Submission, Image]:
        return resolve_submission(
            self.candidate,
            self.evaluation.engine,
            self.evaluation.settings,
            base=self.evaluation.base,
            on_progress=self.evaluation.on_progress,
        )


def _evaluate_candidate(
    evaluation: Evaluation, candidate: Candidate, tracks: Sequence[Track], facts: EngineFacts, queue: Queue
) -> list[Result]:
    resolver = Resolver(evaluation, candidate)
    results = []
    for track in tracks:
        place = candidate.manifest.name, track.id
        try:
            result = evaluate_on(evaluation, resolver, track, facts, queue)
        except PolyreactError as error:
            result = Result(*place, "refused", error=error)
        if result.error is not None and result.record is None:
            queue.put_off(place, result.error)
        else:
            queue.finish(place)
        results.append(result)
    return results


def evaluate_on(
    evaluation: Evaluation, resolver: Resolver, track: Track, facts: EngineFacts, queue: Queue
) -> Result:
    """Run a submission on a track, or bring up to date what is recorded. Raises PolyreactError for no record."""
    submission = unresolved(resolver.candidate)
    job = build_job(submission, track, evaluation.store, force=evaluation.force)
    if job.state is JobState.TO_RUN:  # before anything is built or pulled for nothing
        validate_gpus_for(job, evaluation.engine)
        if resolver.candidate.folder is None:
            validate_engine_for(job, evaluation.engine)
    if job.state is JobState.TO_RUN and submission.image is None:  # what is to run is known only with the image
        submission, _ = resolver.resolve()
        job = build_job(submission, track, evaluation.store, force=evaluation.force)
    if job.state is not JobState.TO_RUN:
        return bring_result_up_to_date(evaluation, job)
    _, image = resolver.resolve()
    return _run_and_score(evaluation, job, image, facts, queue)


def _run_and_score(evaluation: Evaluation, job: Job, image: Image, facts: EngineFacts, queue: Queue) -> Result:
    name = f"{job.submission.id} on {job.track.id}"
    validate_engine_for(job, evaluation.engine)
    evaluation.permit(job)
    antibodies = evaluation.read_antibodies(job.dataset, evaluation.settings, evaluation.on_progress)
    queue.start((job.submission.id, job.track.id))

    def on_tick(what: str, seconds: float, limit_s: float) -> None:
        queue.beat()
        evaluation.on_tick(what, seconds, limit_s)

    with _kept_attempts(evaluation, job) as attempts:
        told = replace(evaluation, on_tick=on_tick)
        execution = _execute(told, job, image, name, antibodies, evaluation.patience(attempts.append))
    _keep_for_operator(evaluation, job, "log", execution.log.encode())
    error = execution.verdict.error
    log = execution.log if job.track.labels_are_public else ""
    if isinstance(error, HostError):
        return Result(job.submission.id, job.track.id, "refused", error=error, log=log)
    record = _keep_run(evaluation, job, image, execution, facts)
    if error is not None:
        return Result(job.submission.id, job.track.id, "failed", record, error, log)
    if not evaluation.is_scored:
        return Result(job.submission.id, job.track.id, "run", record, log=log)
    record = score_run(record, (job.track, job.dataset), _scorer(evaluation))
    evaluation.store.write(record, None)
    return Result(job.submission.id, job.track.id, "run", record, log=log)


def _execute(
    evaluation: Evaluation, job: Job, image: Image, name: str, antibodies: Sequence[Antibody], patience: Patience
) -> Execution:
    """One run, or on a fold track one for each fold, and told as it goes on."""
    engine, settings, limit = evaluation.engine, evaluation.settings, job.track.limits.wall_time_s
    if job.track.has_folds:
        return execute_folds(
            job,
            image,
            read_folds(job.dataset, job.track.folds_by, antibodies, settings),
            engine,
            settings,
            lambda fold: evaluation.on_progress(
                f"{name}, fold {fold.name}: {len(fold.train)} antibodies to learn from, "
                f"{len(fold.test)} to predict, {limit} s at most"
            ),
            lambda fold, seconds: evaluation.on_tick(f"{name}, fold {fold.name}", seconds, limit),
            patience,
        )
    evaluation.on_progress(f"{name}: running on {len(antibodies)} antibodies, {limit} s at most")

    def tick(seconds: float) -> None:
        evaluation.on_tick(name, seconds, limit)

    if evaluation.part is not None:
        return execute_slice(job, evaluation.part, image, antibodies, engine, settings, tick, patience)
    return execute_job(job, image, antibodies, engine, settings, tick, patience)


def _keep_run(evaluation: Evaluation, job: Job, image: Image, execution: Execution, facts: EngineFacts) -> Record:
    """Kept before it is scored, so that no failure of scoring can lose hours of running."""
    store = evaluation.store
    content = None if execution.predictions is None else render_predictions(execution.predictions)
    named = None
    if content is not None:
        named = store.name_predictions(job.track.id, content, len(execution.predictions or ()))
    packages = None
    if content is not None:
        packages = find_packages(image, evaluation.engine, evaluation.settings, evaluation.on_progress)
    listed = None if packages is None else store.write_packages(job.submission.id, packages)
    record = build_record(job, image, execution, facts, named, listed)
    try:
        store.write(record, content)
    except CannotWrite:
        store.remove_unnamed_packages(job.submission.id)
        raise
    return record


def bring_result_up_to_date(evaluation: Evaluation, job: Job) -> Result:
    """Nothing is to run: the record takes up what the manifest says now, and its score is made again.

    A stored score that is not the one its predictions and labels give is told, never overwritten in silence.
    Raises PredictionsLost, BadRecord and RecordTooNew.
    """
    kept = evaluation.store.find(job.submission.id, job.track.id)
    excluded = job.state in {JobState.TRAINED_ON, JobState.NOT_APPLICABLE}
    if kept is None:
        return Result(job.submission.id, job.track.id, job.state.value)
    described = describe_submission(job.submission.manifest, job.submission.manifest_sha256)
    record, scorer = kept.model_copy(update={"submission": described}), _scorer(evaluation)
    if not evaluation.is_scored:
        what = "done before" if job.state is JobState.DONE else job.state.value
        return Result(job.submission.id, job.track.id, what, kept)
    if excluded:
        keep_record(kept, record, scorer)
        return Result(job.submission.id, job.track.id, job.state.value)
    if job.state is JobState.FAILED_BEFORE:
        return Result(job.submission.id, job.track.id, "failed before", keep_record(kept, record, scorer))
    record = bring_up_to_date(kept, record, (job.track, job.dataset), scorer)
    what = "done before" if record.score == kept.score else "scored"
    return Result(job.submission.id, job.track.id, what, record)


def _scorer(evaluation: Evaluation) -> Scorer:
    return Scorer(evaluation.store, evaluation.settings, evaluation.on_progress, evaluation.on_show)


@contextlib.contextmanager
def _kept_attempts(evaluation: Evaluation, job: Job) -> Iterator[list[dict[str, object]]]:
    """A list of what the operator may know of every attempt at a run, kept for him however it ends."""
    attempts: list[dict[str, object]] = []
    try:
        yield attempts
    finally:
        _keep_for_operator(evaluation, job, "json", canonical_json(attempts) + b"\n")


def _keep_for_operator(evaluation: Evaluation, job: Job, ending: str, content: bytes) -> None:
    """The operator's copy of what the container printed, or of how its runs ended; never published.

    A full disk costs this copy, and not the run.
    """
    path = evaluation.settings.cache / "logs" / f"{job.submission.id}.{job.track.id}.{ending}"
    try:
        write_atomically(path, content, mode=0o600)
    except CannotWrite as error:
        evaluation.on_progress(f"{error.code}  {error.summary}; the evaluation goes on")
