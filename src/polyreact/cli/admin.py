"""`polyreact admin`: doctor."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from polyreact.ci.context import Context
from polyreact.ci.doctor.clone import diagnose_clone, find_repository
from polyreact.ci.doctor.host import diagnose_host
from polyreact.ci.doctor.interface import LOOK_AGAIN, Diagnosis, Repository, State, cannot_tell
from polyreact.ci.doctor.repository import diagnose_repository
from polyreact.cli.ci_surroundings import load_context, repository_option
from polyreact.cli.surroundings import (
    Terminal,
    engine_option,
    json_option,
    load_engine,
    load_settings,
    print_json,
    print_table,
)
from polyreact.engines.mounts import is_root
from polyreact.errors import SettingsError
from polyreact.visible import visible

Checks = Iterator[Callable[[], Diagnosis]]


@click.group("admin")
def command() -> None:
    """Run a benchmark of your own."""


@command.command()
@repository_option
@engine_option
@json_option
def doctor(repository: str | None, engine_name: str | None, *, as_json: bool) -> None:
    """Look whether a deployment of the benchmark is as it must be, a line for each thing, with its cure.

    Run it in the clone: on the machine that evaluates, as root, for engine, data and private tracks; with
    GITHUB_TOKEN set, for the settings at GitHub, which are read and never changed. `cannot tell` is no failure:
    somebody else has to look.

    Exit status 2 where anything is not ok.
    """
    terminal, settings, context = Terminal(), load_settings(), load_context(repository)
    name = context.repository or find_repository(Path.cwd()) or ""
    found: list[Diagnosis] = []
    with terminal.live("looking"):
        for checks in (
            diagnose_clone(Path.cwd()),
            diagnose_host(settings, lambda: load_engine(engine_name, settings), is_root=is_root()),
            _diagnose_github(name, context),
        ):
            found += (check() for check in checks)
    is_well = all(one.state is not State.NOT_OK for one in found)
    if as_json:
        print_json({"repository": name, "is_well": is_well, "checks": [asdict(one) for one in found]})
    else:
        print_table(["", "thing", "what was found"], [[one.state, one.name, visible(one.found)] for one in found])
        for one in found:
            if one.state is State.NOT_OK:
                click.echo(f"\n{one.name}: {visible(one.found)}\n  {visible(one.cure)}")
        for cure in dict.fromkeys(one.cure for one in found if one.state is State.CANNOT_TELL):
            names = ", ".join(one.name for one in found if one.state is State.CANNOT_TELL and one.cure == cure)
            click.echo(f"\ncannot tell: {names}\n  {visible(cure)}")
    sys.exit(0 if is_well else SettingsError.exit_status)


def _diagnose_github(name: str, context: Context) -> Checks:
    """The settings at GitHub; one line where nobody may be asked."""
    if not name:
        yield lambda: cannot_tell(
            "github", "this is no clone of a repository at GitHub", "Name it: --repository OWNER/NAME"
        )
    elif not context.token:
        yield lambda: cannot_tell("github", f"the settings of {name}: no token was given", LOOK_AGAIN)
    elif importlib.util.find_spec("github") is None:
        yield lambda: cannot_tell(
            "github", "PyGithub is not installed", "Install it: pip install 'polyreact[ci]', or make runner"
        )
    else:
        from polyreact.ci.github import open_github  # noqa: PLC0415 - an extra

        forge = open_github(context.api_url, name, context.token)
        yield from diagnose_repository(
            Repository(name, f"{context.server_url}/{name}", forge.look_up, datetime.now(UTC))
        )
