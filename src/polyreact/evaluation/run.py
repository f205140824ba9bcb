"""One container run: opaque inputs in, a judged table of predictions out. No hidden label is within reach."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact import __version__
from polyreact.engines.gpus import borrow_gpus
from polyreact.engines.interface import DATA_MOUNT, OUTPUT_MOUNT, Engine, EngineFacts, Image, RunExit, RunSpec
from polyreact.engines.output import (
    CollectionDefect,
    bounded_output,
    collect,
    open_run_folder,
    release_leftovers,
)
from polyreact.errors import Defects, EngineRefused, Finding, HostError, NoDigest, NoGpu, RunUndetermined
from polyreact.evaluation.outcome import (
    VALID,
    Verdict,
    describe_for_operator,
    judge_exit,
    judge_host,
    judge_missing_output,
    judge_table,
    name_attempts,
)
from polyreact.evaluation.patience import NO_PATIENCE, Patience, run_patiently
from polyreact.evaluation.plan import Job
from polyreact.evaluation.slices import Slice
from polyreact.evaluation.workspace import (
    DATA_FOLDER,
    OUTPUT_FOLDER,
    OpaqueInputs,
    draw_seed,
    make_opaque,
    write_data_folder,
)
from polyreact.files import remove_parts
from polyreact.results.describe import (
    describe_engine,
    describe_host,
    describe_image,
    describe_limits,
    describe_submission,
)
from polyreact.results.records import (
    FoldRunRecord,
    PackagesRecord,
    PredictionsRecord,
    Record,
    RunRecord,
    SliceRunRecord,
)
from polyreact.sequences import Antibody
from polyreact.settings import Settings
from polyreact.submission.contract import CONTRACT_VERSION, OUTPUT_FILE, contract_environment
from polyreact.submission.predictions import Prediction, parse_predictions
from polyreact.visible import visible_lines

#: A table of the largest track is read in a second; who needs a minute has a host in trouble.
_READING_S = 60.0

OnTick = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Execution:
    """What one run gave: how it ended, what was judged of it, and its table under the dataset's own ids.

    `log` is for the operator, and for the author on tracks whose labels are public; `seed` repeats the run.
    On a fold track it stands for the runs of all folds, and `folds` are these runs. Where it is of a slice, `part`
    says of which, and the table is that of its rows.
    """

    exit: RunExit
    verdict: Verdict
    predictions: tuple[Prediction, ...] | None
    seed: str
    folds: tuple[FoldExecution, ...] = ()
    part: SlicePart | None = None

    @property
    def log(self) -> str:
        """The end of what the container printed, with control characters made visible."""
        return visible_lines(self.exit.log.decode("utf-8", "replace").expandtabs(4))


@dataclass(frozen=True, slots=True)
class FoldExecution:
    """The run of one fold, and how many antibodies were learnt from and asked for."""

    name: str
    train_rows: int
    test_rows: int
    execution: Execution


@dataclass(frozen=True, slots=True)
class SlicePart:
    """Which slice of a job was run, and how many antibodies are in it."""

    slice: Slice
    rows: int


def validate_engine_for(job: Job, engine: Engine) -> None:
    """Refuse what could not be trusted: a ranked run without a digest, hidden labels without a sandbox.

    A ranked run also needs every limit of the strict policy. Raises NoDigest, EngineRefused and NoGpu.
    """
    track = job.track
    validate_gpus_for(job, engine)
    if track.is_ranked and not job.policy.is_strict:
        raise ValueError("a ranked run has the strict policy; there is no other way to make its job than build_job")
    if not engine.is_sandbox and not track.labels_are_public:
        raise EngineRefused(
            f"the engine `{engine.name}` is no sandbox, and track `{track.id}` has hidden labels",
            consequence="Nothing was run.",
            cure="Use docker or podman: polyreact evaluate run --engine podman",
        )
    missing = engine.missing_limits() if engine.is_sandbox and track.is_ranked else ()
    if missing:
        raise EngineRefused(
            f"{engine.name} cannot hold the whole policy on this host, and track `{track.id}` is ranked",
            findings=[Finding("limit", f"{limit} cannot be limited here") for limit in missing],
            consequence="Nothing was run.",
            cure="To see what this host can do:\n  polyreact engine check",
        )
    reference = job.submission.manifest.image_reference
    stands_here = reference.is_local or (job.submission.image is not None and job.submission.image.is_local)
    if track.is_ranked and reference.digest is None and not stands_here:
        raise NoDigest(
            f"`{reference}` names no digest, and track `{track.id}` is ranked",
            findings=(
                Finding("image", "must end in @sha256:<64 hex digits>, so that it is known what was scored"),
            ),
            consequence="Nothing was run.",
            cure=f"Look it up with `docker buildx imagetools inspect {reference}` and add it to the manifest.",
        )


def validate_gpus_for(job: Job, engine: Engine) -> None:
    """Refuse a run that needs more GPUs than the engine can pass on here, before anything is built or pulled.

    Raises NoGpu, and BadSetting where POLYREACT_GPUS names what is not there.
    """
    needed = job.policy.gpus
    if needed and needed > len(engine.list_gpus()):
        raise NoGpu(
            f"{job.submission.id} needs a GPU, and {engine.name} has none to give on this machine",
            consequence="Nothing was run.",
            cure="Run it on a machine with one. What the engine sees is told by:\n  polyreact engine check",
        )


def remove_leftovers(engine: Engine, settings: Settings, on_progress: Callable[[str], None]) -> None:
    """Remove what killed runs left: containers, mounts, folders and half-written files of the cache.

    For the holder of the records' lock only.
    """
    for name in (
        *engine.reap(),
        *release_leftovers(settings.runs),
        *remove_parts(settings.cache, but=settings.runs),
    ):
        on_progress(f"removed what a killed run had left behind: {name}")


def execute_job(
    job: Job,
    image: Image,
    antibodies: Sequence[Antibody],
    engine: Engine,
    settings: Settings,
    on_tick: OnTick | None = None,
    patience: Patience = NO_PATIENCE,
) -> Execution:
    """Run the job's image once on `antibodies`. Nothing of the run is left on the host.

    Raises HostError where the platform fails in spite of all patience; what the submission does wrong is in the
    verdict.
    """
    validate_engine_for(job, engine)
    seed = draw_seed()
    return run_container(job, image, make_opaque(antibodies, seed), seed, engine, settings, on_tick, patience)


def execute_slice(
    job: Job,
    part: Slice,
    image: Image,
    rows: Sequence[Antibody],
    engine: Engine,
    settings: Settings,
    on_tick: OnTick | None = None,
    patience: Patience = NO_PATIENCE,
) -> Execution:
    """Run the job's image once on the `rows` of one slice, as `slices.cut_rows` cuts them, and on no others.

    The container sees them shuffled and renamed by a seed of their own. Raises HostError as `execute_job`;
    ValueError for a fold track.
    """
    if job.track.has_folds:
        message = f"{job.track.id} is a fold track, which is not cut in slices"
        raise ValueError(message)
    done = execute_job(job, image, rows, engine, settings, on_tick, patience)
    return replace(done, part=SlicePart(part, len(rows)))


def run_container(
    job: Job,
    image: Image,
    inputs: OpaqueInputs,
    seed: str,
    engine: Engine,
    settings: Settings,
    on_tick: OnTick | None = None,
    patience: Patience = NO_PATIENCE,
) -> Execution:
    """One container on inputs that `seed` made opaque, judged, with its predictions under the original ids.

    What the platform fails at is repeated as `outcome` says. Raises the HostError of the last attempt.
    """

    def attempt() -> Execution:
        try:
            execution = _run_once(job, image, inputs, seed, engine, settings, on_tick)
        except HostError as error:
            patience.on_attempt(describe_for_operator(judge_host(error), None))
            raise
        patience.on_attempt(describe_for_operator(execution.verdict, execution.exit))
        return execution

    execution, earlier = run_patiently(attempt, lambda done: done.verdict.error, engine, patience)
    return replace(execution, verdict=name_attempts(execution.verdict, earlier))


def _run_once(
    job: Job,
    image: Image,
    inputs: OpaqueInputs,
    seed: str,
    engine: Engine,
    settings: Settings,
    on_tick: OnTick | None,
) -> Execution:
    run_id = f"{job.digest[:12]}-{secrets.token_hex(4)}"
    needed = job.policy.gpus
    gpus = engine.list_gpus() if needed else ()
    # Whoever has a GPU gives it back within the time of a run; two of the longest are patience enough.
    borrowed = borrow_gpus(gpus, needed, settings.gpu_locks, longest_wait_s=2.0 * job.track.limits.wall_time_s)
    with borrowed as given, open_run_folder(settings.runs, run_id) as folder:
        write_data_folder(folder / DATA_FOLDER, inputs.antibodies, inputs.training)
        with bounded_output(folder / OUTPUT_FOLDER, job.policy, engine.first_user_id) as output:
            if engine.is_sandbox and not output.is_bounded and job.track.is_ranked:
                raise _cannot_bound_output(job)
            spec = RunSpec(
                run_id=run_id,
                image=image,
                policy=job.policy,
                data=folder / DATA_FOLDER,
                output=output.folder,
                environment=contract_environment(DATA_MOUNT, OUTPUT_MOUNT, job.submission.manifest.mode),
                gpus=given,
            )
            ended = engine.run(spec, on_tick)
            verdict, predictions = _judge(ended, job, output.folder, inputs)
    return Execution(ended, verdict, predictions, seed)


def build_record(
    job: Job,
    image: Image,
    execution: Execution,
    facts: EngineFacts,
    predictions: PredictionsRecord | None,
    packages: PackagesRecord | None = None,
) -> Record:
    """The record of a run, not scored yet."""
    manifest, ended = job.submission.manifest, execution.exit
    reference = job.submission.image
    if reference is None:
        message = "a job that ran has an image"
        raise ValueError(message)
    run = RunRecord(
        job=job.digest,
        contract=CONTRACT_VERSION,
        polyreact=__version__,
        image=describe_image(image, str(reference), packages),
        engine=describe_engine(facts),
        host=describe_host(),
        limits=describe_limits(job.policy.limits, job.policy.gpus),
        policy_sha256=job.policy.digest(),
        inputs_sha256=job.dataset.inputs_sha256,
        shuffle_seed=execution.seed,
        started_at=ended.started_at,
        wall_s=round(ended.wall_s, 3),
        cpu_s=None if ended.cpu_s is None else round(ended.cpu_s, 3),
        peak_memory_bytes=ended.peak_memory_bytes,
        exit_code=ended.exit_code,
        outcome=execution.verdict.outcome,
        predictions=predictions,
        folds=tuple(map(_describe_fold, execution.folds)),
        slices=() if execution.part is None else (_describe_slice(execution, execution.part),),
    )
    return Record(
        track=job.track.id,
        dataset=job.dataset.id,
        revision=job.dataset.revision,
        ranked=job.track.is_ranked,
        submission=describe_submission(manifest, job.submission.manifest_sha256),
        run=run,
        score=None,
    )


def _describe_fold(fold: FoldExecution) -> FoldRunRecord:
    ended = fold.execution.exit
    return FoldRunRecord(
        name=fold.name,
        train_rows=fold.train_rows,
        test_rows=fold.test_rows,
        shuffle_seed=fold.execution.seed,
        started_at=ended.started_at,
        wall_s=round(ended.wall_s, 3),
        cpu_s=None if ended.cpu_s is None else round(ended.cpu_s, 3),
        peak_memory_bytes=ended.peak_memory_bytes,
        exit_code=ended.exit_code,
    )


def _describe_slice(execution: Execution, part: SlicePart) -> SliceRunRecord:
    ended = execution.exit
    return SliceRunRecord(
        number=part.slice.number,
        of=part.slice.of,
        rows=part.rows,
        shuffle_seed=execution.seed,
        started_at=ended.started_at,
        wall_s=round(ended.wall_s, 3),
        cpu_s=None if ended.cpu_s is None else round(ended.cpu_s, 3),
        peak_memory_bytes=ended.peak_memory_bytes,
        exit_code=ended.exit_code,
        host=describe_host(),
    )


def _judge(
    ended: RunExit, job: Job, output: Path, inputs: OpaqueInputs
) -> tuple[Verdict, tuple[Prediction, ...] | None]:
    verdict = judge_exit(ended, job.track.limits, job.track.id)
    if verdict is not None:
        return verdict, None
    content = collect(output, OUTPUT_FILE, job.track.limits.output_bytes)
    if isinstance(content, CollectionDefect):
        if content.kind == "changed":  # the container is gone: whoever writes there now, it is not the submission
            raise _unread(job, content.message)
        return judge_missing_output(content, job.track.id), None
    declared = job.submission.manifest.score_is_probability
    try:
        table = parse_predictions(content, inputs.ids, score_is_probability=declared, time_limit_s=_READING_S)
    except TimeoutError as error:
        raise _unread(job, f"reading it took more than {_READING_S:.0f} s") from error
    if isinstance(table, Defects):
        return judge_table(table.findings, job.track.id), None
    return VALID, inputs.restore(table)


def _unread(job: Job, why: str) -> RunUndetermined:
    return RunUndetermined(
        f"{OUTPUT_FILE} of the run on track `{job.track.id}` could not be read: {why}",
        consequence="Nothing was recorded; the next evaluation repeats the run.",
        cure="Look what else runs on this host.",
    )


def _cannot_bound_output(job: Job) -> EngineRefused:
    return EngineRefused(
        f"this host cannot bound the size of /output, and track `{job.track.id}` is ranked",
        consequence="Nothing was run.",
        cure="Run as root on Linux (a sized tmpfs is mounted for every run), or evaluate on unranked tracks only.",
    )
