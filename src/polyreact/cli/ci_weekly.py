"""What the commands of the weekly evaluation share: their options, and what they read from the checkout."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from polyreact.ci.checkout import Checkout
from polyreact.ci.context import Context, read_context, read_text
from polyreact.ci.weekly import Weekly, read_accepted
from polyreact.cli.surroundings import Terminal, load_private_folder
from polyreact.errors import BadEvent, NotInCheckout, UnreadableArgument
from polyreact.evaluation.quota import Quota
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.settings import Settings
from polyreact.submission.contract import SUBMISSIONS_FOLDER
from polyreact.submission.manifest import NAME_PATTERN
from polyreact.tracks.catalog import load_public_tracks, load_tracks

#: Scored runs of one author in a month on a private track, unless the organiser says another number.
RUNS_A_MONTH = 3

submissions_option = click.option(
    "--submissions",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(SUBMISSIONS_FOLDER),
    show_default=True,
    help="The folder of accepted manifests.",
)
private_option = click.option(
    "--private", is_flag=True, help="The private tracks of POLYREACT_PRIVATE instead of the public ones."
)
quota_option = click.option(
    "--quota",
    type=click.IntRange(min=0),
    default=RUNS_A_MONTH,
    show_default=True,
    envvar="POLYREACT_QUOTA",
    show_envvar=True,
    help="Scored runs of one author in a month on a private track.",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("evaluated"),
    show_default=True,
    help="Where the folders of evaluation jobs stand.",
)


at_once_option = click.option(
    "--at-once",
    metavar="NAME",
    help="Only this submission, and now, whatever kept it: put off, refused, given up.  [default: what was written "
    "into the field of the workflow]",
)


def load_context() -> Context:
    """What GitHub Actions says of this run."""
    return read_context(os.environ)


def open_checkout(context: Context) -> Checkout:
    """The checkout that this command is called in."""
    return Checkout(Path.cwd(), os.environ, context.server_url if context.token else "", context.token)


def read_at_once(context: Context, submission: str | None) -> str | None:
    """The submission that somebody asked to be run now: by option, or by hand on the page of the workflow.

    Raises BadEvent for what is no name of a submission.
    """
    name = submission or read_text(context, "inputs", "submission") or None
    if name is not None and re.fullmatch(NAME_PATTERN, name) is None:
        raise BadEvent(
            f"{ascii(name)[:100]} is no name of a submission",
            consequence="Nothing was done.",
            cure="Give <owner>-<model>, as the manifest in submissions/ is called.",
        )
    return name


def read_weekly(
    terminal: Terminal,
    settings: Settings,
    context: Context,
    submissions: Path,
    results: Path,
    *,
    private: bool = False,
    quota: int = RUNS_A_MONTH,
    at_once: str | None = None,
) -> Weekly:
    """The accepted submissions and what they are asked; manifests that are refused are told.

    Raises NotInCheckout where there is no folder of them, and UnreadableArgument where there is no manifest of
    `at_once`.
    """
    if not submissions.is_dir():
        raise NotInCheckout(
            f"there is no folder {submissions} here",
            consequence="Nothing was done.",
            cure="Run it inside a clone of the benchmark, or name the folder of manifests with --submissions.",
        )
    candidates, refused = read_accepted(submissions)
    for error in refused:
        terminal.say(f"left out: {error.render()}")
    names = {candidate.manifest.name for candidate in candidates}
    if at_once is not None and at_once not in names:
        raise UnreadableArgument(
            f"{submissions} holds no valid manifest of {at_once}",
            cure=f"Known: {', '.join(sorted(names)) or 'none'}.",
        )
    tracks, store, limit = load_public_tracks(), ResultsStore(results), None
    if private:
        folder = load_private_folder(settings)
        tracks = tuple(track for track in load_tracks() if track.is_private)
        store, limit = open_private_store(folder), Quota(folder, quota)
    handed_in = open_checkout(context).find_handed_in(submissions.as_posix()) if candidates else {}
    return Weekly(candidates, tracks, store, handed_in, limit, at_once)
