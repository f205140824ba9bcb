"""Pages on which commands are shown with what they print: ```console blocks, each command after `$ `."""

import os
import re
import subprocess
from dataclasses import dataclass

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A line that stands for any lines, and what else a line may leave out.
ANYTHING = "..."
#: What no two machines have alike.
MEASURED = re.compile(r"\d+(?:\.\d+)?(?= (?:s|MiB)\b)")
LAST_COLUMN = re.compile(r"( +)\d+\.\d$")  # the seconds in a table of runs


@dataclass(frozen=True)
class Step:
    """A command, and the lines that it is said to print."""

    command: str
    expected: tuple


def read_steps(page):
    """Every command of the page's console blocks, in order; after a backslash one goes on in the next line."""
    steps = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line.removeprefix("$ "), ()))
            elif steps[-1].command.endswith("\\"):
                steps[-1] = Step(f"{steps[-1].command}\n{line}", ())
            else:
                steps[-1] = Step(steps[-1].command, (*steps[-1].expected, line))
    return steps


class Shell:
    """Runs one command after another as one shell would, in `folder`, with `polyreact` on the path."""

    def __init__(self, folder, environment, programs):
        self._folder = folder
        self._environment = environment | {"PATH": f"{programs}{os.pathsep}{environment.get('PATH', '')}"}

    def run(self, command):
        """What the command printed, to stdout and stderr, in the order in which it came; `export` is remembered."""
        script = f"{command}\nstatus=$?; env -0 > .environment; exit $status"
        ended = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        kept = (self._folder / ".environment").read_text().split("\0")
        self._environment = dict(pair.split("=", 1) for pair in kept if pair)
        return ended.stdout.splitlines()


def find_difference(step, printed):
    """None where the command printed what the page shows, and otherwise the line shown that was not printed."""
    position = 0
    skips = False
    for line in step.expected:
        if line == ANYTHING:
            skips = True
            continue
        found = next((i for i in range(position, len(printed)) if _is_alike(line, printed[i])), None)
        if found is None or (found != position and not skips):
            return line
        position, skips = found + 1, False
    return None if skips or position == len(printed) else f"nothing after: {step.expected[-1:]}"


def _is_alike(shown, printed):
    shown, printed = (LAST_COLUMN.sub(r"\1#", MEASURED.sub("#", line)) for line in (shown, printed))
    pattern = re.escape(shown).replace(re.escape(ANYTHING), ".*")
    return re.fullmatch(pattern + " *", printed) is not None
