"""The entry point: commands are imported only when they are called, errors become messages and exit statuses."""

from __future__ import annotations

import contextlib
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
from typing import NoReturn, TextIO

import click

from polyreact import __version__
from polyreact.cli.lazy import LazyGroup
from polyreact.errors import BUG_EXIT_STATUS, CannotWrite, PolyreactError, WrongCommandLine

#: Command -> the module that holds it (as `command`) and the line that `--help` shows for it.
COMMANDS = {
    "submission": ("polyreact.cli.submission", "Make, check and describe a submission."),
    "evaluate": ("polyreact.cli.evaluate", "Run submissions in the sandbox and score them."),
    "score": ("polyreact.cli.score", "Score a predictions file of your own, or all kept ones again."),
    "dataset": ("polyreact.cli.dataset", "List, fetch, show, verify and export the datasets."),
    "track": ("polyreact.cli.track", "List and show the tracks, and make private ones."),
    "engine": ("polyreact.cli.engine", "Check the container engine of this host."),
    "cluster": ("polyreact.cli.cluster", "Check a cluster that evaluations run on, and make its certificates."),
    "compare": ("polyreact.cli.compare", "Tell whether two submissions can be told apart on the same antibodies."),
    "results": ("polyreact.cli.results", "Verify what is published, sign it, and tell what it cost."),
    "train": ("polyreact.cli.train", "Train a baseline, or a model of your own on your own table."),
    "package": ("polyreact.cli.package", "Turn a trained model into a submission."),
    "cache": ("polyreact.cli.cache", "List and remove kept embeddings."),
    "leaderboard": (
        "polyreact.cli.leaderboard",
        "Build the leaderboard from the records, and prepare it for publishing.",
    ),
    "ci": ("polyreact.cli.ci", "What the workflows run: pull requests, the weekly run."),
    "admin": ("polyreact.cli.admin", "Look whether a benchmark of your own is set up as it must be."),
    "demo": ("polyreact.cli.demo", "Show the whole way on this machine, with the baselines."),
}

#: A disk that is full, a quota that is used up, a disk that may only be read.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
#: As click itself ends when its reader has gone.
_READER_WENT_AWAY = 1


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="polyreact")
def polyreact() -> None:
    """The Antibody Polyreactivity Benchmark.

    Runs submitted models in a sandbox on antibodies whose labels they never see, scores them, and builds
    the leaderboard.

    Exit status: 0 done; 2 wrong usage or surroundings; 3 a submission is at fault; 4 the engine or this host;
    5 a data file; 6 a kept record; 70 a bug in polyreact; 130 interrupted; 1 the reader of the output went
    away before its end.
    """
    if os.environ.get("POLYREACT_PRIVATE"):  # what it takes to read a catalogue is imported only where it is needed
        surroundings = importlib.import_module("polyreact.cli.surroundings")
        click.get_current_context().with_resource(surroundings.open_private())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    as_json = "--json" in arguments
    _open_closed_streams()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        polyreact.main(arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _say("\ninterrupted; what was started has been ended, and whatever is unfinished was not kept", sys.stderr)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:  # a group without a command tells its commands
        _say(error.format_message(), sys.stderr)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _fail(_as_wrong_command_line(error), as_json=as_json)
    except PolyreactError as error:
        _fail(error, as_json=as_json)
    except BrokenPipeError:
        _abandon(sys.stdout)
        sys.exit(_READER_WENT_AWAY)
    except Exception as error:  # noqa: BLE001  # the one place where a bug is caught, kept and told
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _fail(_as_cannot_write(error), as_json=as_json)
        _report_bug(arguments)
        sys.exit(BUG_EXIT_STATUS)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """SIGTERM ends like Ctrl-C, through every `finally` that removes a container or a mount."""
    raise KeyboardInterrupt


def _open_closed_streams() -> None:
    """Give a standard stream that was closed (`2>&-`) /dev/null, before another file takes its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8"))


def _fail(error: PolyreactError, *, as_json: bool) -> NoReturn:
    """Tell the error to whoever still reads, and exit with its status whether or not anybody does."""
    if as_json:
        _say(json.dumps({"error": error.to_json()}, indent=2), sys.stdout)
    _say(error.render(), sys.stderr)
    if error.detail:
        _say(f"\nFor the operator: {error.detail}", sys.stderr)
    sys.exit(error.exit_status)


def _say(text: str, stream: TextIO) -> None:
    try:
        click.echo(text, file=stream)
    except OSError:
        _abandon(stream)


def _abandon(stream: TextIO) -> None:
    """Let what a stream cannot get rid of go nowhere, so that the last flush changes no exit status."""
    with contextlib.suppress(OSError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _as_wrong_command_line(error: click.ClickException) -> WrongCommandLine:
    """What click says, with its usage line and where to find help."""
    hint = "Try 'polyreact --help' for help."
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help."
    return WrongCommandLine(error.format_message(), cure=hint)


def _as_cannot_write(error: OSError) -> CannotWrite:
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "the output"
    return CannotWrite(
        f"cannot write {where}: {error.strerror}",
        cure="Free some space or choose another place, then run the same command again.",
    )


def _report_bug(arguments: Sequence[str]) -> None:
    handle, name = tempfile.mkstemp(prefix="polyreact-bug-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"polyreact {__version__}, Python {sys.version}\n{list(arguments)}\n\n{traceback.format_exc()}")
    last = traceback.format_exc().strip().splitlines()[-1]
    _say(f"E700  this is a bug in polyreact: {last}\n\nPlease report it with the file {name}.", sys.stderr)
