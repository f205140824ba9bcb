"""`polyreact ci recheck`: a check that runs again because a comment asks for it."""

from __future__ import annotations

import click

from polyreact.ci.recheck import COMMAND, is_asked_for, run_check_again
from polyreact.cli.ci_surroundings import load_context, open_forge, repository_option


@click.command("recheck")
@repository_option
def command(repository: str | None) -> None:
    """Run the check of a pull request again, where its author or an organiser comments `/check`."""
    context = load_context(repository)
    if not is_asked_for(context):
        click.echo(f"the comment is not `{COMMAND}` on a pull request: nothing is started")
        return
    click.echo(run_check_again(context, open_forge(context)))
