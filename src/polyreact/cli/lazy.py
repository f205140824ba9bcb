"""Groups whose commands are imported when they are called, so that `--help` is quick."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

#: Command -> the module that holds it (as `command`) and the line that `--help` shows for it, in the order of use.
Commands = Mapping[str, tuple[str, str]]


class LazyGroup(click.Group):
    """A group that knows only where its commands stand; keyword `lazy` of `click.group` says it."""

    def __init__(self, *arguments: object, lazy: Commands, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        del ctx
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in self._lazy:
            return None
        command = importlib.import_module(self._lazy[cmd_name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._lazy.items()])
