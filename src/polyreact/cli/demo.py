"""`polyreact demo`: the whole way on one machine, with the baselines of this checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from polyreact.cli.evaluate import exit_status, tell_results
from polyreact.cli.leaderboard import publish_board
from polyreact.cli.surroundings import Terminal, engine_option, load_engine, load_settings
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import DatasetError, NotInCheckout
from polyreact.evaluation.build import LOCAL_BASE
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.submissions import read_candidates
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.submission.contract import MANIFEST_FILE
from polyreact.tracks.catalog import load_public_tracks
from polyreact.tracks.track import Standing, Track

#: Baselines that are built in seconds and answer in seconds; the others of the zoo take weights or minutes.
_SHOWN = ("composition-logistic", "isoelectric-point", "random")


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/demo"),
    show_default=True,
    help="Where the records, the board and the site go.",
)
@click.option(
    "--base",
    default=LOCAL_BASE,
    show_default=True,
    help="What the images are built on: `local`, made from this machine's Python, or an image reference.",
)
@engine_option
def command(out: Path, base: str, engine_name: str | None) -> None:
    """Show the whole way on this machine, with three baselines of zoo/.

    Builds their images, runs them in the sandbox on the synthetic demo track, and on the real tracks whose
    data can be had, scores them, and builds the board. What was done before is not repeated.
    """
    terminal, settings = Terminal(), load_settings()
    folders = [folder for folder in (Path("zoo") / name for name in _SHOWN) if (folder / MANIFEST_FILE).is_file()]
    if not folders:
        raise NotInCheckout(
            "there is no zoo/ here with baselines to show", cure="Run it inside a clone of the benchmark: make demo"
        )
    engine = load_engine(engine_name, settings)
    facts = engine.probe()
    terminal.say(f"engine: {facts.name} {facts.version}, runtime {facts.runtime}")
    with terminal.live("evaluating"):
        tracks = _available_tracks(terminal, settings)
        evaluation = Evaluation(
            engine=engine,
            store=ResultsStore(out / "results"),
            settings=settings,
            base=base,
            on_progress=terminal.say,
            on_tick=terminal.tick,
            on_show=terminal.show,
        )
        results = evaluate(evaluation, read_candidates(folders), tracks)
    published = publish_board(out / "results", [], out / "LEADERBOARD.md", out / "site")
    tell_results(terminal, results, as_json=False)
    site = published.site.start.absolute().as_uri()
    terminal.say(f"\nboard:  {published.markdown}\ndata:   {published.json}\nsite:   {site}")
    sys.exit(exit_status(results))


def _available_tracks(terminal: Terminal, settings: Settings) -> tuple[Track, ...]:
    """The demo track, and every real one whose data can be had; the others are named with the reason."""
    available, absent = [], set()
    for track in load_public_tracks():
        source = load_dataset(track.dataset, track.revision).source
        try:
            if source not in absent:
                ensure_prepared(load_dataset(track.dataset, track.revision), settings, terminal.say)
                available.append(track)
                continue
        except DatasetError as error:
            if track.standing is Standing.DEMO:
                raise
            absent.add(source)
            terminal.say(error.render())
        terminal.say(f"track {track.id} is left out: its data could not be had")
    return tuple(available)
