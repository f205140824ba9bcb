"""`polyreact evaluate one`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from polyreact.cli.pools import find_spool, spool_option
from polyreact.cli.surroundings import Terminal, engine_option, json_option, load_engine, load_settings, print_json
from polyreact.errors import PolyreactError
from polyreact.evaluation.evaluate import Evaluation
from polyreact.evaluation.remote.one import run_task
from polyreact.results.store import ResultsStore


@click.command("one")
@click.option("--job", "digest", metavar="DIGEST", required=True, help="The task, by its digest.")
@spool_option
@engine_option
@json_option
def one(digest: str, spool: Path | None, engine_name: str | None, *, as_json: bool) -> None:
    """Run one task of a spool to its end: what `evaluate run --on` has workers do.

    Everything that the run needs stands in the spool, and what came of it will. No label is read and nothing is
    scored here. It may be given twice, also at once and on two machines, and after it was killed: who comes second
    waits for the first, and what is done is not done again. Exit status 0 also where the submission failed, since
    that is a result; 4 where this machine did.
    """
    terminal, settings = Terminal(), load_settings()
    place = find_spool(spool, settings)
    try:
        evaluation = Evaluation(
            engine=load_engine(engine_name, settings),
            store=ResultsStore(place.folder),
            settings=settings,
            on_progress=terminal.say,
            on_tick=terminal.tick,
        )
        with terminal.live("running"):
            done = run_task(place, digest, evaluation)
    except PolyreactError as error:
        if not as_json:
            raise
        terminal.say(error.render())
        print_json({"error": error.to_json()})
        sys.exit(error.exit_status)
    if as_json:
        print_json({"task": digest, "done": str(done)})
    else:
        click.echo(str(done))
