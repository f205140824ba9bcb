"""Evaluate: plan, run what is missing, keep it, score it, keep that.

The one module that knows both sides, containers and labels; it hands neither to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.interface import Engine, EngineFacts, Image
from polyreact.engines.output import release_leftovers
from polyreact.errors import HostError, PolyreactError
from polyreact.evaluation.plan import Job, JobState, Submission, build_plan
from polyreact.evaluation.run import Execution, build_record, execute_job, validate_engine_for
from polyreact.evaluation.score import ScoringContext, is_scored, score_record
from polyreact.evaluation.submissions import Candidate, resolve_submission
from polyreact.files import write_atomically
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.submission.predictions import render_predictions
from polyreact.tracks.track import Track

OnProgress = Callable[[str], None]
OnTick = Callable[[str, float, float], None]


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

    `on_progress` takes a line for a person; `on_tick` takes what is running, its seconds and its limit.
    """

    engine: Engine
    store: ResultsStore
    settings: Settings
    base: str | None = None
    force: bool = False
    on_progress: OnProgress = lambda _line: None
    on_tick: OnTick = lambda _what, _seconds, _limit: None


def evaluate(
    evaluation: Evaluation, candidates: Sequence[Candidate], tracks: Sequence[Track]
) -> tuple[Result, ...]:
    """Bring every candidate up to date on every track; a failure of one is a result, and the others go on.

    Raises HostError when no engine answers, and ResultsLocked.
    """
    with evaluation.store.lock():
        facts = evaluation.engine.probe()
        _clean_up(evaluation)
        results: list[Result] = []
        for candidate in candidates:
            results += _evaluate_candidate(evaluation, candidate, tracks, facts)
        return tuple(results)


def _clean_up(evaluation: Evaluation) -> None:
    for name in (*evaluation.engine.reap(), *release_leftovers(evaluation.settings.runs)):
        evaluation.on_progress(f"removed what a killed run had left behind: {name}")


def _evaluate_candidate(
    evaluation: Evaluation, candidate: Candidate, tracks: Sequence[Track], facts: EngineFacts
) -> list[Result]:
    image: Image | None = None
    digest = None if candidate.folder else candidate.manifest.image_reference.digest
    submission = Submission(candidate.manifest, candidate.manifest_sha256, digest)
    try:
        if digest is None:
            submission, image = _resolve(evaluation, candidate)
    except PolyreactError as error:
        return [Result(candidate.manifest.name, track.id, "refused", error=error) for track in tracks]
    results = []
    for job in build_plan([submission], tracks, evaluation.store, force=evaluation.force):
        try:
            if job.state is JobState.TO_RUN:
                validate_engine_for(job, evaluation.engine)
                if image is None:
                    submission, image = _resolve(evaluation, candidate)
                results.append(_run_and_score(evaluation, job, image, facts))
            else:
                results.append(_bring_up_to_date(evaluation, job))
        except PolyreactError as error:
            results.append(Result(job.submission.id, job.track.id, "refused", error=error))
    return results


def _resolve(evaluation: Evaluation, candidate: Candidate) -> tuple[Submission, Image]:
    return resolve_submission(
        candidate,
        evaluation.engine,
        evaluation.settings,
        base=evaluation.base,
        on_progress=evaluation.on_progress,
    )


def _run_and_score(evaluation: Evaluation, job: Job, image: Image, facts: EngineFacts) -> Result:
    name = f"{job.submission.id} on {job.track.id}"
    ensure_prepared(job.dataset, evaluation.settings, evaluation.on_progress)
    antibodies = read_inputs(job.dataset, evaluation.settings)
    limit = job.track.limits.wall_time_s
    evaluation.on_progress(f"{name}: running on {len(antibodies)} antibodies, {limit} s at most")
    execution = execute_job(
        job,
        image,
        antibodies,
        evaluation.engine,
        evaluation.settings,
        lambda seconds: evaluation.on_tick(name, seconds, limit),
    )
    _keep_log(evaluation.settings, job, execution)
    error = execution.verdict.error
    log = execution.log if job.track.labels_are_public else ""
    if isinstance(error, HostError):
        return Result(job.submission.id, job.track.id, "refused", error=error, log=log)
    record = _keep_run(evaluation.store, job, image, execution, facts)
    if error is not None:
        return Result(job.submission.id, job.track.id, "failed", record, error, log)
    record = score_record(record, job.dataset, evaluation.store, evaluation.settings)
    evaluation.store.write(record, None)
    return Result(job.submission.id, job.track.id, "run", record, log=log)


def _keep_run(store: ResultsStore, job: Job, image: Image, execution: Execution, facts: EngineFacts) -> Record:
    """Kept before it is scored, so that no failure of scoring can lose hours of running."""
    content = None if execution.predictions is None else render_predictions(execution.predictions)
    named = None
    if content is not None:
        named = store.name_predictions(job.track.id, content, len(execution.predictions or ()))
    record = build_record(job, image, execution, facts, named)
    store.write(record, content)
    return record


def _bring_up_to_date(evaluation: Evaluation, job: Job) -> Result:
    """Nothing is to run; a score is made again where it is not the one that would be computed now."""
    if job.state in {JobState.TRAINED_ON, JobState.NOT_APPLICABLE}:
        return Result(job.submission.id, job.track.id, job.state.value)
    record = evaluation.store.find(job.submission.id, job.track.id)
    context = ScoringContext(job.dataset.labels_sha256, job.submission.manifest.score_is_probability)
    if record is None or job.state is JobState.FAILED_BEFORE:
        return Result(job.submission.id, job.track.id, "failed before", record)
    if is_scored(record, context):
        return Result(job.submission.id, job.track.id, "done before", record)
    ensure_prepared(job.dataset, evaluation.settings, evaluation.on_progress)
    declared = record.submission.model_copy(update={"score_is_probability": context.score_is_probability})
    record = record.model_copy(update={"submission": declared})
    record = score_record(record, job.dataset, evaluation.store, evaluation.settings)
    evaluation.store.write(record, None)
    return Result(job.submission.id, job.track.id, "scored", record)


def _keep_log(settings: Settings, job: Job, execution: Execution) -> Path:
    """The operator's copy of what the container printed; never published."""
    path = settings.cache / "logs" / f"{job.submission.id}.{job.track.id}.log"
    write_atomically(path, execution.log.encode(), mode=0o600)
    return path
