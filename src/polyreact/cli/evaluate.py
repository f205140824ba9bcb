"""`polyreact evaluate`: run, plan, one, status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from polyreact.cli.evaluate_one import one
from polyreact.cli.evaluate_status import status
from polyreact.cli.pools import find_spool, on_option, open_dispatch, shared_option, spool_option
from polyreact.cli.surroundings import (
    Terminal,
    base_option,
    engine_option,
    json_option,
    load_driver_engine,
    load_engine,
    load_settings,
    print_json,
    print_table,
    results_option,
    split_by_store,
)
from polyreact.datasets.catalog import is_private_name
from polyreact.errors import (
    EngineRefused,
    NoEngine,
    PolyreactError,
    SubmissionError,
    UnreadableArgument,
    WrongCommandLine,
)
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.evaluation.plan import Job, JobState, build_plan
from polyreact.evaluation.remote.dispatch import WAITING, Dispatch, evaluate_on_pool
from polyreact.evaluation.submissions import Candidate, read_candidates, unresolved
from polyreact.leaderboard.wording import earlier_words
from polyreact.results.published import publish_record
from polyreact.results.records import Record, ScoreRecord
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.submission.contract import SUBMISSIONS_FOLDER
from polyreact.tracks.catalog import load_public_tracks, load_track
from polyreact.tracks.track import Track
from polyreact.visible import visible_lines

_SUBMISSIONS = Path(SUBMISSIONS_FOLDER)
_WITHOUT_PLACE = {JobState.TRAINED_ON.value, JobState.NOT_APPLICABLE.value}

paths_argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[SUBMISSION]...")
track_option = click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="NAME",
    help="Only this one; repeatable. A private track is run only when it is named.",
)


@click.group("evaluate")
def command() -> None:
    """Run submissions in the sandbox and score them."""


command.add_command(one)
command.add_command(status)


@command.command()
@paths_argument
@track_option
@results_option
@engine_option
@base_option
@click.option("--force", is_flag=True, help="Run again what has been run already.")
@on_option
@spool_option
@shared_option
@json_option
def run(
    paths: tuple[Path, ...],
    tracks: tuple[str, ...],
    results: Path,
    engine_name: str | None,
    base: str | None,
    profile: Path | None,
    spool: Path | None,
    *,
    force: bool,
    is_shared: bool,
    as_json: bool,
) -> None:
    """Bring every SUBMISSION (a manifest, or a folder with a Dockerfile) up to date on every track.

    Without SUBMISSION: all of submissions/. What has a record of the same image, inputs, limits and contract
    is not run again. Exit status 3 when a submission failed, 4 when this host did.

    Records of private tracks are kept in the folder that POLYREACT_PRIVATE names, whatever --results says, and
    every scored run of theirs is counted there.

    With --on containers run where PROFILE says: on several processors of this machine, on a Dask cluster or under
    Slurm. Labels stay here, and fold tracks, private tracks and folders are run here. The same command goes on
    where one that was killed stopped.
    """
    terminal, settings = Terminal(), load_settings()
    if profile is None and (spool is not None or is_shared):
        raise WrongCommandLine(
            "--spool and --shared say how workers are given their tasks, and there are none without --on",
            cure="Add --on PROFILE: docs/how-to/run-on-a-cluster.md has a profile of each kind.",
        )
    candidates, chosen = _read_candidates(paths), _load_tracks(tracks)
    evaluation = Evaluation(
        engine=(load_engine if profile is None else load_driver_engine)(engine_name, settings),
        store=ResultsStore(results),
        settings=settings,
        base=base,
        force=force,
        on_progress=terminal.say,
        on_tick=terminal.tick,
        on_show=terminal.show,
    )
    opened = open_dispatch(profile, find_spool(spool, settings), engine_name, is_shared=is_shared)
    with terminal.live("evaluating"), opened as dispatch:
        outcome: tuple[Result, ...] = ()
        for store, asked in split_by_store(chosen, results, settings):
            try:
                outcome += _evaluate(replace(evaluation, store=store), dispatch, candidates, asked)
            except PolyreactError as error:
                if not outcome:
                    raise
                names = [candidate.manifest.name for candidate in candidates]  # what the other store keeps is told
                outcome += tuple(Result(n, t.id, "refused", error=error) for n in names for t in asked)
    tell_results(terminal, outcome, as_json=as_json)
    sys.exit(exit_status(outcome))


@command.command()
@paths_argument
@track_option
@results_option
@engine_option
@json_option
def plan(
    paths: tuple[Path, ...], tracks: tuple[str, ...], results: Path, engine_name: str | None, *, as_json: bool
) -> None:
    """Tell what `evaluate run` would do; nothing is run, built or fetched.

    An image that is named without a digest, or made from a folder, is known only once it is there: its runs
    are shown as to do. The engine is asked only where a submission needs a GPU: whether it has one to give.
    """
    settings = load_settings()
    submissions = [unresolved(candidate) for candidate in _read_candidates(paths)]
    chosen = split_by_store(_load_tracks(tracks), results, settings)
    jobs = [job for store, asked in chosen for job in build_plan(submissions, asked, store)]
    notes = _find_notes(jobs, engine_name, settings)
    if as_json:
        told = zip(jobs, notes, strict=True)
        print_json(
            [
                {"submission": j.submission.id, "track": j.track.id, "state": j.state.value, "gpus": j.policy.gpus}
                | ({"note": note} if note else {})
                for j, note in told
            ]
        )
        return
    columns = ["submission", "track", "state", "at most", *(["note"] if any(notes) else [])]
    rows = [
        [j.submission.id, j.track.id, j.state.value, _at_most(j.track), note][: len(columns)]
        for j, note in zip(jobs, notes, strict=True)
    ]
    print_table(columns, rows, right=["at most"])


def _find_notes(jobs: Sequence[Job], engine_name: str | None, settings: Settings) -> list[str]:
    """What is to be known of each job before it is run: that it needs a GPU, and whether there is one here."""
    if not any(_needs_gpu(job) for job in jobs):
        return ["" for _ in jobs]
    try:
        most = len(load_engine(engine_name, settings).list_gpus())
    except (NoEngine, EngineRefused) as error:
        note = f"needs a GPU; whether this machine has one cannot be told ({error.code})"
        return [note if _needs_gpu(job) else "" for job in jobs]
    none = "needs a GPU; this machine has none: it will not be run here"
    return ["" if not _needs_gpu(job) else "needs a GPU" if job.policy.gpus <= most else none for job in jobs]


def _needs_gpu(job: Job) -> bool:
    return job.state is JobState.TO_RUN and job.policy.gpus > 0


@command.command()
@paths_argument
@track_option
@results_option
@spool_option
@engine_option
@json_option
def tasks(
    paths: tuple[Path, ...],
    tracks: tuple[str, ...],
    results: Path,
    spool: Path | None,
    engine_name: str | None,
    *,
    as_json: bool,
) -> None:
    """Write a task for everything that is to run, and take in what was run since.

    For whoever gives out the work himself (Snakemake, cron, a queue that is not known here): each digest that is
    printed on stdout is run anywhere by `polyreact evaluate one --job DIGEST --spool FOLDER`, in any order and as
    often as you like. Then the same command scores and keeps what came of them, and prints what is left; nothing
    when all is done. Fold tracks, private tracks and folders are for `evaluate run` on this machine.
    """
    terminal, settings = Terminal(), load_settings()
    candidates, chosen = _read_candidates(paths), _load_tracks(tracks)
    place = find_spool(spool, settings)
    evaluation = Evaluation(
        engine=load_driver_engine(engine_name, settings),
        store=ResultsStore(results),
        settings=settings,
        on_progress=terminal.say,
        on_show=terminal.show,
    )
    public = [track for track in chosen if not track.is_private]
    with terminal.live("planning"):
        outcome = evaluate_on_pool(evaluation, Dispatch(None, place), candidates, public)
    left = {(result.submission, result.track) for result in outcome if result.what == WAITING}
    waiting = [task.digest for task in place.read_tasks() if (task.submission, task.record.track) in left]
    if as_json:
        print_json({"waiting": waiting, "results": [_as_data(result) for result in outcome]})
    else:
        for digest in waiting:
            click.echo(digest)
    for result in outcome:
        if result.what == JobState.TO_RUN.value:
            terminal.say(f"{result.submission} on {result.track} does not travel: polyreact evaluate run")
        if result.error is not None:
            terminal.say(f"\n{result.submission} on {result.track}:\n{result.error.render()}")
    sys.exit(exit_status(outcome))


def _evaluate(
    evaluation: Evaluation, dispatch: Dispatch | None, candidates: Sequence[Candidate], tracks: Sequence[Track]
) -> tuple[Result, ...]:
    if dispatch is None:
        return evaluate(evaluation, candidates, tracks)
    return evaluate_on_pool(evaluation, dispatch, candidates, tracks)


def _at_most(track: Track) -> str:
    return f"{track.limits.wall_time_s} s{' a fold' if track.has_folds else ''}"


def tell_results(terminal: Terminal, results: Sequence[Result], *, as_json: bool) -> None:
    """The table on stdout, then every error in full on stderr."""
    if as_json:
        print_json([_as_data(result) for result in results])
    else:
        columns = ["submission", "track", "what", "accuracy", "AUROC", "wall s"]
        print_table(columns, [_as_row(result) for result in results], right=columns[3:])
    told = set()
    for result in results:
        if result.error is not None and result.error.render() not in told:
            told.add(result.error.render())
            terminal.say(f"\n{result.submission} on {result.track}:\n{result.error.render()}")
            if result.error.detail:
                terminal.say(f"For the operator: {visible_lines(result.error.detail)}")
    placed = [result.what for result in results if result.what not in _WITHOUT_PLACE]
    if placed and all(what.endswith("before") for what in placed):
        terminal.say("Nothing to do: every run is recorded already. To repeat them: --force")


def exit_status(results: Sequence[Result]) -> int:
    """0 when all is well; else the status of the worst error, the platform's own before a submission's."""
    statuses = [result.error.exit_status for result in results if result.error is not None]
    statuses += [SubmissionError.exit_status for result in results if result.what == JobState.FAILED_BEFORE]
    return max(statuses, default=0)


def _read_candidates(paths: Sequence[Path]) -> tuple[Candidate, ...]:
    if not paths:
        paths = sorted(_SUBMISSIONS.glob("*.yaml"))
        if not paths:
            raise UnreadableArgument(
                "no submission was named, and submissions/ holds none",
                cure="Name one: polyreact evaluate run zoo/random --base local",
            )
    return read_candidates(paths)


def _load_tracks(names: Sequence[str]) -> tuple[Track, ...]:
    return tuple(load_track(name) for name in dict.fromkeys(names)) if names else load_public_tracks()


def _as_row(result: Result) -> list[str]:
    record = result.record
    code = record.run.outcome.code if record is not None else None
    code = result.error.code if result.error is not None else code
    what = f"{result.what} ({code})" if code else result.what
    if record is not None and record.earlier_scored_runs is not None:
        what = f"{what}, {earlier_words(record.earlier_scored_runs)}"
    if record is None:
        return [result.submission, result.track, what, "", "", ""]
    return [
        result.submission,
        result.track,
        what,
        _metric(result, "accuracy"),
        _metric(result, "roc_auc"),
        f"{record.run.wall_s:.1f}",
    ]


def _metric(result: Result, key: str) -> str:
    if result.record is None or result.record.score is None:
        return ""
    value = _as_shown(result.record, result.record.score).metrics[key].value
    return "n/a" if value is None else f"{value:.3f}"


def _as_shown(record: Record, score: ScoreRecord) -> ScoreRecord:
    """The score as it may be passed on: rounded on a private track."""
    return (publish_record(record).score or score) if is_private_name(record.track) else score


def _as_data(result: Result) -> dict[str, object]:
    return {
        "submission": result.submission,
        "track": result.track,
        "what": result.what,
        "error": None if result.error is None else result.error.to_json(),
        "record": None if result.record is None else _as_printed(result.record),
    }


def _as_printed(record: Record) -> dict[str, object]:
    """A record of a private track as far as it may be passed on; every other one whole."""
    if not is_private_name(record.track):
        return record.model_dump(mode="json")
    digests = {"predictions_sha256", "labels_sha256"}  # with few rows, labels could be tried until the digest fits
    return publish_record(record).model_dump(mode="json", exclude={"score": digests})
