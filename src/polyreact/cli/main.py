"""The entry point: commands are imported only when they are called, errors become messages and exit statuses."""

from __future__ import annotations

import errno
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from polyreact import __version__
from polyreact.errors import BUG_EXIT_STATUS, CannotWrite, PolyreactError

#: Command -> the module that holds it (as `command`) and the line that `--help` shows for it.
COMMANDS = {
    "submission": ("polyreact.cli.submission", "Make, check and describe a submission."),
    "evaluate": ("polyreact.cli.evaluate", "Run submissions in the sandbox and score them."),
    "score": ("polyreact.cli.score", "Score a predictions file against your own labels; needs no engine."),
    "dataset": ("polyreact.cli.dataset", "List, fetch and show the datasets of the catalogue."),
    "track": ("polyreact.cli.track", "List and show the tracks."),
    "engine": ("polyreact.cli.engine", "Check the container engine of this host."),
    "leaderboard": ("polyreact.cli.leaderboard", "Build the leaderboard from the records."),
    "demo": ("polyreact.cli.demo", "Show the whole way on this machine, with the baselines."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="polyreact")
def polyreact() -> None:
    """The Antibody Polyreactivity Benchmark.

    Runs submitted models in a sandbox on antibodies whose labels they never see, scores them, and builds
    the leaderboard.

    Exit status: 0 done; 2 wrong usage or surroundings; 3 a submission is at fault; 4 the engine or this host;
    5 a data file; 6 a kept record; 70 a bug in polyreact.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        polyreact.main(arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        click.echo("\ninterrupted; containers of this run have been removed", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except PolyreactError as error:
        _show(error, as_json="--json" in arguments)
        sys.exit(error.exit_status)
    except Exception as error:  # noqa: BLE001  # the one place where a bug is caught, kept and told
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _show(CannotWrite("there is no room left where the output goes"), as_json=False)
            sys.exit(CannotWrite.exit_status)
        _report_bug(arguments)
        sys.exit(BUG_EXIT_STATUS)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM ends like Ctrl-C, through every `finally` that removes a container or a mount."""
    raise KeyboardInterrupt


def _show(error: PolyreactError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": error.to_json()}, indent=2))
    click.echo(error.render(), err=True)
    if error.detail:
        click.echo(f"\nFor the operator: {error.detail}", err=True)


def _report_bug(arguments: Sequence[str]) -> None:
    handle, name = tempfile.mkstemp(prefix="polyreact-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"polyreact {__version__}, Python {sys.version}\n{list(arguments)}\n\n{traceback.format_exc()}")
    last = traceback.format_exc().strip().splitlines()[-1]
    click.echo(
        f"E700  this is a bug in polyreact: {last}\n\nPlease report it with the file {Path(name)}.", err=True
    )
