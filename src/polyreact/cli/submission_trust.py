"""`polyreact submission trust`: whether an answer is of the antibody, and the same every time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from polyreact.cli.surroundings import (
    Terminal,
    base_option,
    engine_option,
    json_option,
    load_engine,
    load_settings,
    print_json,
    print_table,
    results_option,
)
from polyreact.errors import SubmissionError
from polyreact.evaluation.plan import TRIAL_TRACKS
from polyreact.evaluation.submissions import read_candidates
from polyreact.evaluation.trust.checks import TrustChecks, TrustResult, check_trust
from polyreact.leaderboard.trust import HEADINGS, build_trust_rows, trust_note
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from polyreact.visible import visible_lines

_LOG_LINES = 20
_FAILED_BEFORE = "failed before"


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--track",
    "track_names",
    multiple=True,
    metavar="NAME",
    help="A public track whose antibodies to use; repeatable. [default: demo, or demo-fit for fit-predict]",
)
@results_option
@engine_option
@base_option
@click.option("--force", is_flag=True, help="Check again what has been checked already.")
@json_option
def trust(
    path: Path,
    track_names: tuple[str, ...],
    results: Path,
    engine_name: str | None,
    base: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Check whether the answers of PATH (a folder with a Dockerfile, or a manifest) can be trusted.

    The image is run seven times on at most 1,000 antibodies: twice the same, with the rows in another order, on
    either half, with other ids, and on near-identical variants. Its answers are compared with each other; no label
    is needed, and no score is changed. What is found is kept in the folder of records as
    trust/<submission>/<track>.json. On a fold track the first fold is used.

    Exit status 0 when all checks were run, whatever they found: what does not hold is a finding, and it is for
    people to judge. 3 when a run of the submission failed; 4 when this host did.
    """
    terminal, settings = Terminal(), load_settings()
    (candidate,) = read_candidates([path])
    names = dict.fromkeys(track_names or (TRIAL_TRACKS[candidate.manifest.mode],))
    tracks = [load_track(name) for name in names]
    checks = TrustChecks(
        engine=load_engine(engine_name, settings),
        store=ResultsStore(results),
        settings=settings,
        base=base,
        force=force,
        on_progress=terminal.say,
        on_tick=terminal.tick,
    )
    with terminal.live("checking"):
        found = check_trust(checks, candidate, tracks)
    if as_json:
        print_json([_as_data(result) for result in found])
    else:
        _print_results(found)
    _tell(terminal, found)
    sys.exit(_exit_status(found))


def _print_results(results: Sequence[TrustResult]) -> None:
    for place, result in enumerate(results):
        click.echo(f"{chr(10) if place else ''}{result.submission} on {result.track}: {_what(result)}")
        if result.record is None:
            continue
        click.echo(f"{trust_note(result.record)}\n")
        rows = build_trust_rows(result.record)
        print_table(HEADINGS, [[row.check, row.finding, *row.figures] for row in rows], right=HEADINGS[2:])
        click.echo()
        for row in rows:
            click.echo(click.wrap_text(f"{row.check}: {row.words}", 100, subsequent_indent="  "))


def _what(result: TrustResult) -> str:
    return f"{result.what} ({result.error.code})" if result.error is not None else result.what


def _tell(terminal: Terminal, results: Sequence[TrustResult]) -> None:
    """On stderr every error in full, with the end of the log where it may be shown."""
    for result in results:
        if result.error is None:
            continue
        if result.log.strip():
            terminal.say("\nthe end of what the container printed:")
            for line in result.log.strip().splitlines()[-_LOG_LINES:]:
                terminal.say(f"  | {line}")
        terminal.say(f"\n{result.submission} on {result.track}:\n{result.error.render()}")
        if result.error.detail:
            terminal.say(f"For the operator: {visible_lines(result.error.detail)}")
    placed = [result.what for result in results if result.record is not None or result.error is not None]
    if placed and all(what.endswith("before") for what in placed):
        terminal.say("Nothing to do: these checks of this image are recorded already. To repeat them: --force")


def _exit_status(results: Sequence[TrustResult]) -> int:
    statuses = [result.error.exit_status for result in results if result.error is not None]
    statuses += [SubmissionError.exit_status for result in results if result.what == _FAILED_BEFORE]
    return max(statuses, default=0)


def _as_data(result: TrustResult) -> dict[str, object]:
    return {
        "submission": result.submission,
        "track": result.track,
        "what": result.what,
        "error": None if result.error is None else result.error.to_json(),
        "record": None if result.record is None else result.record.model_dump(mode="json"),
    }
