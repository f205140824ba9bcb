"""`polyreact submission`: new and schema; the other commands stand in modules of their own."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from polyreact.cli.submission_check import check
from polyreact.cli.submission_inspect import inspect
from polyreact.cli.submission_push import push
from polyreact.cli.submission_trust import trust
from polyreact.submission.contract import Mode
from polyreact.submission.manifest import manifest_schema
from polyreact.submission.scaffold import write_scaffold


@click.group("submission")
def command() -> None:
    """Make, check, describe and hand in a submission."""


@command.command()
@click.argument("name", metavar="OWNER-MODEL")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.PREDICT.value,
    show_default=True,
    help="Only predict, or learn from labels that each run gives.",
)
def new(name: str, folder: Path | None, mode: str) -> None:
    """Write a working submission to start from into FOLDER (by default one called like it)."""
    folder = folder or Path(name)
    for path in write_scaffold(folder, name, Mode(mode)):
        click.echo(path)
    shown = shlex.quote(str(folder) if folder.is_absolute() else f"./{folder}")
    click.echo(
        f"\nIt works as it is. Try it:\n  python {shlex.quote(str(folder / 'test_predict.py'))}\n"
        f"  polyreact submission check {shown}\n"
        "On a machine that reaches no container registry, add to the second: --base local",
        err=True,
    )


@command.command()
def schema() -> None:
    """Print the JSON schema of manifests, with what each key means."""
    click.echo(json.dumps(manifest_schema(), indent=2))


for subcommand in (check, push, inspect, trust):
    command.add_command(subcommand)
