"""Trust checks: whether a submission's answer for an antibody is of that antibody, and the same every time.

The image is run several times on inputs made here, and its answers are compared with each other. No label of what
is asked is needed or within reach, and no score is changed by what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from polyreact import __version__
from polyreact.datasets.catalog import Dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.datasets.variants import VARIANT_SEED
from polyreact.engines.interface import Engine, EngineFacts, Image
from polyreact.errors import HostError, PolyreactError, WrongCommandLine
from polyreact.evaluation.folds import read_folds
from polyreact.evaluation.plan import Job, JobState, Submission, build_job
from polyreact.evaluation.run import (
    Execution,
    remove_leftovers,
    run_container,
    validate_engine_for,
    validate_gpus_for,
)
from polyreact.evaluation.submissions import Candidate, resolve_submission, unresolved
from polyreact.evaluation.trust.findings import could_not_run, judge_check, judge_variants
from polyreact.evaluation.trust.inputs import ROW_SEED, TrustQuestion, build_question, build_runs
from polyreact.evaluation.workspace import OpaqueInputs, draw_seed
from polyreact.files import write_atomically
from polyreact.results.describe import describe_engine, describe_image
from polyreact.results.overlap_records import describe_set
from polyreact.results.store import ResultsStore
from polyreact.results.trust_records import (
    TRUST_VERSION,
    Check,
    TrustFindingRecord,
    TrustRecord,
)
from polyreact.results.trust_store import TrustStore
from polyreact.settings import Settings
from polyreact.submission.contract import CONTRACT_VERSION
from polyreact.submission.predictions import Prediction
from polyreact.tracks.track import Track

#: How the runs are called where a person reads of them.
_RUN_NAMES = {
    Check.REPEAT: ("the same run again",),
    Check.ORDER: ("the rows in another order",),
    Check.HALVES: ("the first half", "the second half"),
    Check.IDS: ("other ids",),
    Check.VARIANTS: ("near-identical variants",),
}
_FIRST_RUN = "the first run"


@dataclass(frozen=True, slots=True)
class TrustResult:
    """What became of the checks of one submission on one track.

    `what` is one of: checked, failed (a run of the submission was not valid), done before, failed before, refused,
    trained-on, not-applicable. `log` is the end of what the failing container printed, given only on tracks whose
    labels are public.
    """

    submission: str
    track: str
    what: str
    record: TrustRecord | None = None
    error: PolyreactError | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class TrustChecks:
    """Everything the checks need besides the submission and the tracks; as `Evaluation`."""

    engine: Engine
    store: ResultsStore
    settings: Settings
    base: str | None = None
    force: bool = False
    on_progress: Callable[[str], None] = lambda _line: None
    on_tick: Callable[[str, float, float], None] = lambda _what, _seconds, _limit: None


def check_trust(checks: TrustChecks, candidate: Candidate, tracks: Sequence[Track]) -> tuple[TrustResult, ...]:
    """Check a submission on every track; what goes wrong on one is a result, and the others go on.

    Where the platform fails, nothing is written of that track. Raises WrongCommandLine for a private track,
    HostError when no engine answers, and ResultsLocked.
    """
    for track in tracks:
        _validate_public(track)
    results = []
    with checks.store.lock():
        session = _Session(checks, candidate, checks.engine.probe())
        remove_leftovers(checks.engine, checks.settings, checks.on_progress)
        for track in tracks:
            try:
                results.append(_check_on(session, track))
            except PolyreactError as error:
                results.append(TrustResult(candidate.manifest.name, track.id, "refused", error=error))
    return tuple(results)


def _validate_public(track: Track) -> None:
    if track.is_private:
        raise WrongCommandLine(
            f"`{track.id}` is private: its runs are counted, and these checks would be seven more",
            consequence="Nothing was run.",
            cure="Check the same image on a public track, for example: --track demo",
        )


@dataclass(slots=True)
class _Session:
    """One candidate, whose image is found or built once, when it is first needed."""

    checks: TrustChecks
    candidate: Candidate
    facts: EngineFacts
    _found: tuple[Submission, Image] | PolyreactError | None = None

    def resolve(self) -> tuple[Submission, Image]:
        """The submission and its image. Raises what went wrong the first time."""
        if self._found is None:
            try:
                self._found = resolve_submission(
                    self.candidate,
                    self.checks.engine,
                    self.checks.settings,
                    base=self.checks.base,
                    on_progress=self.checks.on_progress,
                )
            except PolyreactError as error:
                self._found = error
        if isinstance(self._found, PolyreactError):
            raise self._found
        return self._found


def _check_on(session: _Session, track: Track) -> TrustResult:
    checks = session.checks
    submission = unresolved(session.candidate)
    job = build_job(submission, track, checks.store, force=True)  # whether it was scored does not matter here
    if job.state is not JobState.TO_RUN:
        return TrustResult(submission.id, track.id, job.state.value)
    validate_gpus_for(job, checks.engine)
    if session.candidate.folder is None:
        validate_engine_for(job, checks.engine)  # before anything is pulled for nothing
    if submission.image is None:
        submission, _ = session.resolve()

    def find_image() -> Image:
        _, image = session.resolve()
        return image

    return check_resolved(checks, submission, find_image, track, session.facts)


def check_resolved(
    checks: TrustChecks,
    submission: Submission,
    find_image: Callable[[], Image],
    track: Track,
    facts: EngineFacts,
) -> TrustResult:
    """Check a submission whose image is known, on one track; for the holder of the records' lock.

    `find_image` is asked for the image only where something is to be run. Raises HostError where the platform
    fails, with nothing written, and what the submission cannot be run for.
    """
    job = build_job(submission, track, checks.store, force=True)
    if job.state is not JobState.TO_RUN:
        return TrustResult(submission.id, track.id, job.state.value)
    validate_engine_for(job, checks.engine)
    ensure_prepared(job.dataset, checks.settings, checks.on_progress)
    question = read_question(job.track, job.dataset, checks.settings)
    store = TrustStore.of(checks.store)
    kept = None if checks.force else store.find(submission.id, track.id)
    if kept is not None and _is_same(kept, job, question):
        return TrustResult(submission.id, track.id, "done before" if kept.was_run else "failed before", kept)
    runner = _Runner(checks, job, find_image())
    try:
        record = _run_checks(runner, question, facts)
    finally:
        runner.keep_log()
    store.write(record)
    if runner.failure is None:
        return TrustResult(submission.id, track.id, "checked", record)
    log = runner.failure.log if track.labels_are_public else ""
    return TrustResult(submission.id, track.id, "failed", record, _as_finding(runner), log)


def read_question(track: Track, dataset: Dataset, settings: Settings) -> TrustQuestion:
    """What is asked: the track's rows, on a fold track those of its first fold with the others to learn from.

    Raises NotPrepared or PreparedMismatch.
    """
    antibodies = read_inputs(dataset, settings)
    if not track.has_folds:
        return build_question(antibodies)
    fold, *_ = read_folds(dataset, track.folds_by, antibodies, settings)
    return build_question(fold.test, fold.train, fold.name)


def _is_same(kept: TrustRecord, job: Job, question: TrustQuestion) -> bool:
    """Whether a record is of this run, asked this question."""
    return (kept.trust_version, kept.job, kept.inputs_sha256, kept.variants_sha256) == (
        TRUST_VERSION,
        job.digest,
        question.inputs_sha256,
        question.variants_sha256,
    )


@dataclass(slots=True)
class _Runner:
    """Runs one image on one track, and remembers the first run that was not valid."""

    checks: TrustChecks
    job: Job
    image: Image
    seed: str = field(default_factory=draw_seed)
    done: list[tuple[str, Execution]] = field(default_factory=list)
    failure: Execution | None = None
    failed_run: str = ""

    def run(self, name: str, inputs: OpaqueInputs) -> Execution:
        """One container. Raises HostError where the platform fails, and where the end may be its fault."""
        limit, what = self.job.track.limits.wall_time_s, f"{self.job.submission.id} on {self.job.track.id}, {name}"
        self.checks.on_progress(f"{what}: running on {len(inputs.antibodies)} antibodies, {limit} s at most")
        execution = run_container(
            self.job,
            self.image,
            inputs,
            self.seed,
            self.checks.engine,
            self.checks.settings,
            lambda seconds: self.checks.on_tick(what, seconds, limit),
        )
        self.done.append((name, execution))
        if isinstance(execution.verdict.error, HostError):
            raise execution.verdict.error
        if execution.verdict.error is not None and self.failure is None:
            self.failure, self.failed_run = execution, name
        return execution

    def keep_log(self) -> None:
        """The operator's copy of what the containers printed; never published."""
        path = self.checks.settings.cache / "logs" / f"{self.job.submission.id}.{self.job.track.id}.trust.log"
        logs = (f"--- {name}\n{execution.log.rstrip()}\n" for name, execution in self.done)
        write_atomically(path, "".join(logs).encode(), mode=0o600)


def _run_checks(runner: _Runner, question: TrustQuestion, facts: EngineFacts) -> TrustRecord:
    """Every run in turn. A submission that fails the first is not run again; one that fails a later one goes on."""
    runs = build_runs(question, runner.seed)
    first = runner.run(_FIRST_RUN, runs.base)
    if first.predictions is None:
        findings = [could_not_run(check, first.verdict, 0, _FIRST_RUN) for check in Check]
    else:
        findings = [_run_check(runner, check, runs.checks[check], first.predictions, question) for check in Check]
    job, image = runner.job, runner.job.submission.image
    if image is None:
        message = "a job that ran has an image"
        raise ValueError(message)
    return TrustRecord(
        trust_version=TRUST_VERSION,
        submission=job.submission.id,
        track=job.track.id,
        dataset=describe_set(job.dataset),
        fold=question.fold,
        job=job.digest,
        contract=CONTRACT_VERSION,
        polyreact=__version__,
        image=describe_image(runner.image, str(image)),
        engine=describe_engine(facts),
        policy_sha256=job.policy.digest(),
        made_at=first.exit.started_at,
        wall_s=round(sum(execution.exit.wall_s for _, execution in runner.done), 3),
        rows_in_track=question.rows_in_track,
        rows=len(question.rows),
        row_seed=ROW_SEED,
        shuffle_seed=runner.seed,
        variant_seed=VARIANT_SEED,
        inputs_sha256=question.inputs_sha256,
        variants_sha256=question.variants_sha256,
        left_out=dict(question.variants.left_out),
        findings=tuple(findings),
    )


def _run_check(
    runner: _Runner,
    check: Check,
    inputs: Sequence[OpaqueInputs],
    base: Sequence[Prediction],
    question: TrustQuestion,
) -> TrustFindingRecord:
    answers: list[Prediction] = []
    for number, (name, asked) in enumerate(zip(_RUN_NAMES[check], inputs, strict=False), start=1):
        execution = runner.run(name, asked)
        if execution.predictions is None:
            return could_not_run(check, execution.verdict, number, name)
        answers += execution.predictions
    if check is Check.VARIANTS:
        return judge_variants(base, answers, question.variants.by_id.keys(), len(inputs))
    return judge_check(check, base, answers, len(inputs))


def _as_finding(runner: _Runner) -> PolyreactError | None:
    """The failure of a run as these checks tell it: no score is at stake, and which run it was matters."""
    error = runner.failure.verdict.error if runner.failure is not None else None
    if error is None:
        return None
    return type(error)(
        f"{runner.failed_run}: {error.summary}",
        findings=error.findings,
        consequence="The check is kept as one that could not be run; no score changes by it.",
        cure="To see whether the submission works at all:\n  polyreact submission check ./my-entry",
        detail=error.detail,
    )
