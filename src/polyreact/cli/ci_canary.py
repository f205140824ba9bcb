"""`polyreact ci canary`."""

from __future__ import annotations

from pathlib import Path

import click

from polyreact.ci.canary import CANARIES, run_canary
from polyreact.ci.shards import say_from_time_to_time
from polyreact.cli.surroundings import (
    Terminal,
    base_option,
    engine_option,
    load_engine,
    load_settings,
    results_option,
)
from polyreact.errors import NotInCheckout
from polyreact.evaluation.evaluate import Evaluation
from polyreact.evaluation.submissions import read_candidates
from polyreact.results.store import ResultsStore
from polyreact.submission.contract import MANIFEST_FILE
from polyreact.tracks.catalog import load_public_tracks, load_track


@click.command("canary")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER]...")
@results_option
@click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="NAME",
    help="Only this one; repeatable.  [default: all with a record]",
)
@engine_option
@base_option
def command(
    folders: tuple[Path, ...],
    results: Path,
    tracks: tuple[str, ...],
    engine_name: str | None,
    base: str | None,
) -> None:
    """Run baselines whose predictions are kept, and stop where they do not give the same again.

    FOLDER is a baseline with a Dockerfile; without one, two of zoo/ that take seconds, one that predicts and one
    that is fitted. Predictions must be the same byte for byte, and every number of their records is made again. No
    record is changed. Exit status 4 where anything differs: then the platform is not what it was, and no submission
    is to be run.
    """
    terminal, settings = Terminal(), load_settings()
    chosen = folders or tuple(Path(name) for name in CANARIES)
    if not folders and not all((folder / MANIFEST_FILE).is_file() for folder in chosen):
        raise NotInCheckout(
            f"there is no {' or '.join(CANARIES)} here",
            consequence="Nothing was run.",
            cure="Run it inside a clone of the benchmark, or name a baseline of your own: "
            "polyreact ci canary zoo/my-baseline",
        )
    evaluation = Evaluation(
        engine=load_engine(engine_name, settings),
        store=ResultsStore(results),
        settings=settings,
        base=base,
        on_progress=terminal.say,
        on_tick=say_from_time_to_time(terminal.say),
    )
    asked = tuple(map(load_track, dict.fromkeys(tracks))) if tracks else load_public_tracks()
    for line in run_canary(evaluation, read_candidates(chosen), asked):
        terminal.say(line)
    terminal.say("The platform gives what it gave.")
