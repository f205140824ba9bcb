"""Print docs/reference/cli.md: the `--help` of every command, as the program itself says it.

    python scripts/cli_reference.py > docs/reference/cli.md

A test compares the two, so that no command can go undocumented or be documented wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from polyreact.cli.main import polyreact

WIDTH = 100
HEAD = """\
# The command line

Written by `scripts/cli_reference.py` from the program's own help; a test holds the two together.

What is meant for a script goes to stdout, what is meant for a person to stderr. Codes of errors:
[errors.md](errors.md). These environment variables are read by every command that needs them; those of one option
stand in its help:

| variable | what it says |
|---|---|
| `POLYREACT_CACHE` | where raw files, prepared sets and runs are kept; a folder of this machine's own |
| `POLYREACT_MIRROR` | a folder that stands in for the network |
| `POLYREACT_ENGINE` | which engine to use |
| `POLYREACT_PRIVATE` | the folder of private tracks |
| `POLYREACT_USER_NAMESPACE` | the first user id of each container's own namespace, with podman |
| `POLYREACT_GPUS` | the GPUs that submissions may get, as `0,1`; `none` for none; all of the machine when unset |
| `POLYREACT_IMAGE_BUDGET` | what all pulled images may take, as `50GB`; unset: what leaves 5 GB of the disk free |
"""


def walk(context: click.Context) -> Iterator[click.Context]:
    """The context of a command and of every command below it, in the order of their help."""
    yield context
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from walk(_context(inner, name, context))


def all_contexts() -> Iterator[click.Context]:
    """One context for each command of the program."""
    return walk(_context(polyreact, "polyreact", None))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )


def render() -> str:
    """The whole page."""
    parts = [HEAD]
    parts += [f"## `{c.command_path}`\n\n```text\n{c.command.get_help(c)}\n```\n" for c in all_contexts()]
    return "\n".join(parts)


if __name__ == "__main__":
    print(render(), end="")
