"""`polyreact submission`: new, check, schema; inspect and trust stand in modules of their own."""

from __future__ import annotations

import json
import secrets
import shlex
from pathlib import Path

import click

from polyreact.cli.submission_inspect import inspect
from polyreact.cli.submission_trust import trust
from polyreact.cli.surroundings import Terminal, base_option, engine_option, load_engine, load_settings
from polyreact.engines.policy import MIB
from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import CheckFailed, PolyreactError, WrongCommandLine
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.evaluation.outcome import RUN_FAULTS
from polyreact.evaluation.plan import TRIAL_TRACKS
from polyreact.evaluation.submissions import read_candidates
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.submission.contract import Mode
from polyreact.submission.manifest import manifest_schema
from polyreact.submission.scaffold import write_scaffold
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track

_LOG_LINES = 20


@click.group("submission")
def command() -> None:
    """Make, check and describe a submission."""


command.add_command(inspect)
command.add_command(trust)


@command.command()
@click.argument("name", metavar="OWNER-MODEL")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.PREDICT.value,
    show_default=True,
    help="Only predict, or learn from labels that each run gives.",
)
def new(name: str, folder: Path | None, mode: str) -> None:
    """Write a working submission to start from into FOLDER (by default one called like it)."""
    folder = folder or Path(name)
    for path in write_scaffold(folder, name, Mode(mode)):
        click.echo(path)
    shown = shlex.quote(str(folder) if folder.is_absolute() else f"./{folder}")
    click.echo(
        f"\nIt works as it is. Try it:\n  polyreact submission check {shown}\n"
        "On a machine that reaches no container registry, add: --base local",
        err=True,
    )


@command.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--track",
    "track_name",
    metavar="NAME",
    help="Whose inputs and limits to use. [default: demo, or demo-fit for fit-predict]",
)
@engine_option
@base_option
def check(path: Path, track_name: str | None, engine_name: str | None, base: str | None) -> None:
    """Run PATH (a folder with a Dockerfile, or a manifest) as an official run would, and tell every defect.

    Nothing is kept. Exit status 0: it would be accepted; 3: it would not; 4: this host could not tell.
    """
    terminal, settings = Terminal(), load_settings()
    (candidate,) = read_candidates([path])
    track = load_track(track_name or TRIAL_TRACKS[candidate.manifest.mode])
    if track.is_private:
        raise WrongCommandLine(
            f"`{track.id}` is private: whether a submission works is tried on a public track",
            consequence="Nothing was run.",
            cure="Leave out --track; the limits are in `polyreact track show`.",
        )
    terminal.say(f"{candidate.manifest.name}: the manifest is valid")
    _say_limits(terminal, track)
    place = open_run_folder(settings.runs, f"check-{secrets.token_hex(8)}")
    with place as folder, terminal.live("checking"):
        evaluation = Evaluation(
            engine=load_engine(engine_name, settings),
            store=ResultsStore(folder / "results"),
            settings=settings,
            base=base,
            on_progress=terminal.say,
            on_tick=terminal.tick,
        )
        (result,) = evaluate(evaluation, [candidate], [track])
    _tell(terminal, result, track)


@command.command()
def schema() -> None:
    """Print the JSON schema of manifests, with what each key means."""
    click.echo(json.dumps(manifest_schema(), indent=2))


def _say_limits(terminal: Terminal, track: Track) -> None:
    limits = track.limits
    per_fold = ", for each fold" if track.has_folds else ""
    terminal.say(
        f"limits of track {track.id}{per_fold}: {limits.wall_time_s} s, {limits.cpus:g} CPUs, "
        f"{limits.memory_bytes // MIB} MiB memory, {limits.pids} processes, {limits.tmp_bytes // MIB} MiB /tmp, "
        f"{limits.output_bytes // MIB} MiB /output, no network, read-only root"
    )


def _tell(terminal: Terminal, result: Result, track: Track) -> None:
    if result.log.strip():
        terminal.say("the end of what the container printed:")
        for line in result.log.strip().splitlines()[-_LOG_LINES:]:
            terminal.say(f"  | {line}")
    if result.error is not None:
        raise _as_check(result.error)
    if result.record is None:
        raise CheckFailed(
            f"this submission has no place on track `{track.id}`: {result.what}",
            cure="Choose another track with --track; see polyreact track list",
        )
    click.echo(f"PASS  {result.submission} meets the contract on track {track.id}")
    click.echo(_describe_run(result.record))


def _as_check(error: PolyreactError) -> PolyreactError:
    """A run's failure as a check tells it: nothing was kept, and the reader is doing already what it advises."""
    if not isinstance(error, RUN_FAULTS):
        return error
    return type(error)(
        error.summary,
        findings=error.findings,
        consequence="It would be refused like this officially. Nothing was kept.",
        cure="Mend it, then run the same command again.",
    )


def _describe_run(record: Record) -> str:
    run = record.run
    memory = "unknown" if run.peak_memory_bytes is None else f"{run.peak_memory_bytes / MIB:.0f} MiB"
    cpu = "unknown" if run.cpu_s is None else f"{run.cpu_s:.1f} s"
    image = f"{run.image.size_bytes / MIB:.0f} MiB"
    return f"      {run.wall_s:.1f} s wall, {cpu} CPU, peak memory {memory}, image {image}"
