"""`polyreact ci report`: what a check found, told on its pull request."""

from __future__ import annotations

from pathlib import Path

import click

from polyreact.ci.owners import read_owners
from polyreact.ci.report import report_check
from polyreact.cli.ci_surroundings import (
    load_context,
    load_remote,
    open_forge,
    owners_option,
    remote_option,
    report_option,
    repository_option,
)


@click.command("report")
@repository_option
@remote_option
@owners_option
@report_option
def command(repository: str | None, remote: str | None, owners_file: Path, report_folder: Path) -> None:
    """Comment on a pull request what its check found, label it, and let it merge where everything passed.

    Trusts the report with nothing but what became of image and run: author, files and manifest are judged again,
    from what GitHub and git say. Without GITHUB_TOKEN what would be told is printed.
    """
    context = load_context(repository)
    owners, remote = read_owners(owners_file), load_remote(remote)
    report_check(context, open_forge(context), report_folder, owners, remote, click.echo)
