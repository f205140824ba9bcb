"""What every `polyreact ci` command needs: what Actions says, and GitHub."""

from __future__ import annotations

import os
from pathlib import Path

import click

from polyreact.ci.commits import find_remote
from polyreact.ci.context import Context, read_context, require_repository
from polyreact.ci.dry_run import DryRun
from polyreact.ci.forge import Forge
from polyreact.ci.owners import OWNERS_FILE
from polyreact.errors import MissingExtra

repository_option = click.option(
    "--repository", metavar="OWNER/NAME", help="The repository at GitHub. [default: what Actions says]"
)
remote_option = click.option(
    "--remote", metavar="ADDRESS", help="Where commits are fetched from. [default: origin of this checkout]"
)
owners_option = click.option(
    "--owners",
    "owners_file",
    type=click.Path(path_type=Path),
    default=OWNERS_FILE,
    show_default=True,
    help="Who may hand in what.",
)
report_option = click.option(
    "--report",
    "report_folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("report"),
    show_default=True,
    help="The folder of the report.",
)


def load_context(repository: str | None = None) -> Context:
    """What Actions says, or the option does."""
    environment = dict(os.environ)
    if repository is not None:
        environment["GITHUB_REPOSITORY"] = repository
    return read_context(environment)


def open_forge(context: Context) -> Forge:
    """GitHub; without a token it is only read, and what would be written is printed. Raises MissingExtra."""
    try:
        from polyreact.ci.github import open_github  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra(
            "GitHub is spoken to with PyGithub, which is not installed",
            consequence="Nothing was done.",
            cure="Install it: pip install 'polyreact[ci]'",
        ) from error
    forge = open_github(context.api_url, require_repository(context), context.token)
    return forge if context.token else DryRun(forge, click.echo)


def load_remote(remote: str | None) -> str:
    """The address that was given, or origin of the checkout around this process."""
    return remote or find_remote(Path.cwd())
