"""Print docs/reference/errors.md: every code that a person may meet, from the classes in errors.py.

    python scripts/error_reference.py > docs/reference/errors.md

A test compares the two, so that no error can go undocumented.
"""

from __future__ import annotations

from polyreact import errors
from polyreact.errors import BUG_EXIT_STATUS, PolyreactError

HEAD = """\
# Errors

Written by `scripts/error_reference.py` from `src/polyreact/errors.py`; a test holds the two together.

The first digit of a code says who can act, and so does the exit status. Codes from E701 on are of pull requests and
the weekly run, and stand with who can act on them. With `--json` the same message is printed on stdout as an object
with `code`, `summary`, `findings`, `consequence` and `cure`.
"""
TITLES = {
    errors.UsageError: "the command line",
    errors.SettingsError: "the surroundings",
    errors.SubmissionError: "the submission",
    errors.HostError: "the engine and the host",
    errors.DatasetError: "the data",
    errors.ResultsError: "the records",
}
BUG = f"""\
## E700: a bug (exit status {BUG_EXIT_STATUS})

Anything else. A file with the traceback is written, and the message names it; please report it.

| Code | Name | Meaning |
|---|---|---|
| E700 | | A bug in polyreact. |
"""


def render_family(family: type[PolyreactError], title: str) -> str:
    """The table of one family of errors."""
    kinds = sorted(family.__subclasses__(), key=lambda kind: kind.code)
    rows = [f"| {kind.code} | {kind.__name__} | {_meaning(kind)} |" for kind in kinds]
    head = f"## {kinds[0].code[:2]}xx: {title} (exit status {family.exit_status})\n\n{_meaning(family)}\n"
    return "\n".join([head, "| Code | Name | Meaning |", "|---|---|---|", *rows, ""])


def render() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(render_family(family, title) for family, title in TITLES.items()), BUG])


def _meaning(kind: type[PolyreactError]) -> str:
    return " ".join((kind.__doc__ or "").split())


if __name__ == "__main__":
    print(render(), end="")
