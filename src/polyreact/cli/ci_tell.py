"""`polyreact ci tell`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from polyreact.ci.context import require_repository
from polyreact.ci.github import open_github
from polyreact.ci.outcomes import OUTCOMES_FILE, read_outcomes
from polyreact.ci.tell import group_outcomes, render_outcomes, tell_outcomes
from polyreact.cli.ci_weekly import load_context
from polyreact.cli.surroundings import Terminal
from polyreact.errors import HostError

_ERRORS_PAGE = "docs/reference/errors.md"


@click.command("tell")
@click.argument(
    "document",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("evaluated") / OUTCOMES_FILE,
    required=False,
)
def command(document: Path) -> None:
    """Tell each submission's pull request what became of it: one comment, changed and never repeated.

    DOCUMENT is what `ci collect` (or `ci evaluate --private`) wrote, evaluated/outcomes.json by default. Without
    GITHUB_TOKEN the comments are printed instead. Exit status 4 where some could not be told; the others were.
    """
    terminal, context = Terminal(), load_context()
    outcomes = read_outcomes(document)
    if not outcomes:
        terminal.say(f"{document} has no outcome: there is nobody to tell")
    page = f"{context.server_url}/{context.repository}/blob/HEAD/{_ERRORS_PAGE}" if context.repository else ""
    render = partial(render_outcomes, run_address=context.run_address, documentation=page)
    if not context.token:
        for its_own in group_outcomes(outcomes).values():
            click.echo(render(its_own))
        return
    forge = open_github(context.api_url, require_repository(context), context.token)
    if tell_outcomes(forge, outcomes, render, terminal.say):
        sys.exit(HostError.exit_status)
