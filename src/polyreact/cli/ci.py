"""`polyreact ci`: the commands that the workflows run, each in a module of its own."""

from __future__ import annotations

import os
import secrets

import click

from polyreact.cli.lazy import LazyGroup

#: Command -> the module that holds it (as `command`) and the line that `--help` shows for it.
COMMANDS = {
    "check": ("polyreact.cli.ci_check", "Check one pull request, in full, and write a report."),
    "report": ("polyreact.cli.ci_report", "Tell the report on its pull request, label it, and let it merge."),
    "recheck": ("polyreact.cli.ci_recheck", "Run the check again where a comment asks for it."),
    "canary": ("polyreact.cli.ci_canary", "Stop where a baseline does not give again what it gave."),
    "plan": ("polyreact.cli.ci_plan", "Tell what the weekly evaluation runs, and what waits for what."),
    "evaluate": ("polyreact.cli.ci_evaluate", "Run what is due in the sandbox, to be collected."),
    "collect": ("polyreact.cli.ci_collect", "Verify, score and commit what the evaluation jobs brought back."),
    "tell": ("polyreact.cli.ci_tell", "Tell each pull request what became of its submission."),
}


@click.group("ci", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Check pull requests, tell and merge them, and run what is new: what the workflows call, here as well.

    Everything is read from what GitHub Actions gives in the environment, and options override it. Without
    GITHUB_TOKEN what would be told is printed, and nothing is changed at GitHub.
    """
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # Much of what is printed was written by strangers: from here on no line of it is a command to the runner.
        click.echo(f"::stop-commands::{secrets.token_hex(16)}", err=True)
