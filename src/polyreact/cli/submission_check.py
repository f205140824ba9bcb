"""`polyreact submission check`: a trial run as an official one would be, and every defect."""

from __future__ import annotations

from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, base_option, engine_option, load_engine, load_settings
from polyreact.engines.interface import Engine
from polyreact.engines.policy import MIB
from polyreact.errors import CheckFailed, PolyreactError, WrongCommandLine
from polyreact.evaluation.evaluate import Result
from polyreact.evaluation.outcome import RUN_FAULTS
from polyreact.evaluation.plan import TRIAL_TRACKS
from polyreact.evaluation.submissions import Candidate, read_candidates
from polyreact.evaluation.trial import run_trial, try_claim
from polyreact.results.records import Record
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track

_LOG_LINES = 20


@click.command()
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

    Where its manifest says `independent: true`, seven more runs show whether it is; it is accepted either way,
    and run in slices only if it is.

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
    say_limits(terminal, track)
    engine = load_engine(engine_name, settings)
    record = try_submission(candidate, track, engine, settings, terminal, base)
    click.echo(describe_pass(record, track))
    if candidate.manifest.independent:
        _look_at_claim(candidate, engine, settings, terminal, base)


def _look_at_claim(
    candidate: Candidate, engine: Engine, settings: Settings, terminal: Terminal, base: str | None
) -> None:
    """Tell whether a submission that says so is independent; one that is not has passed all the same."""
    with terminal.live("checking"):
        claim = try_claim(candidate, engine, settings, base=base, on_progress=terminal.say, on_tick=terminal.tick)
    if claim.error is not None:
        terminal.say(f"\n{claim.error.render()}")
        click.echo("      not run in slices: its answers were not shown to be independent of each other")
        return
    click.echo("      independent, as its manifest says: large tracks may be run in slices")


def try_submission(
    candidate: Candidate, track: Track, engine: Engine, settings: Settings, terminal: Terminal, base: str | None
) -> Record:
    """Run a candidate on a public track as an official run would, and keep nothing; what was measured.

    Raises the error with which an official run would refuse it, told to its author, and HostError.
    """
    with terminal.live("checking"):
        result = run_trial(
            candidate, track, engine, settings, base=base, on_progress=terminal.say, on_tick=terminal.tick
        )
    return _judge(result, track, terminal)


def describe_pass(record: Record, track: Track) -> str:
    """What a person is told of a run that passed."""
    run = record.run
    memory = "unknown" if run.peak_memory_bytes is None else f"{run.peak_memory_bytes / MIB:.0f} MiB"
    cpu = "unknown" if run.cpu_s is None else f"{run.cpu_s:.1f} s"
    image = f"{run.image.size_bytes / MIB:.0f} MiB"
    return (
        f"PASS  {record.submission.id} meets the contract on track {track.id}\n"
        f"      {run.wall_s:.1f} s wall, {cpu} CPU, peak memory {memory}, image {image}"
    )


def say_limits(terminal: Terminal, track: Track) -> None:
    """One line with everything that a run on the track may use."""
    limits = track.limits
    per_fold = ", for each fold" if track.has_folds else ""
    terminal.say(
        f"limits of track {track.id}{per_fold}: {limits.wall_time_s} s, {limits.cpus:g} CPUs, "
        f"{limits.memory_bytes // MIB} MiB memory, {limits.pids} processes, {limits.tmp_bytes // MIB} MiB /tmp, "
        f"{limits.output_bytes // MIB} MiB /output, no network, read-only root"
    )


def _judge(result: Result, track: Track, terminal: Terminal) -> Record:
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
    return result.record


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
