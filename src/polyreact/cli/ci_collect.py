"""`polyreact ci collect`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from polyreact.ci.collect import Collector, collect
from polyreact.ci.context import write_summary
from polyreact.ci.outcomes import OUTCOMES_FILE, JobOutcome, write_outcomes
from polyreact.cli.ci_weekly import (
    at_once_option,
    load_context,
    open_checkout,
    out_option,
    read_at_once,
    read_weekly,
    submissions_option,
)
from polyreact.cli.leaderboard import write_markdown
from polyreact.cli.surroundings import Terminal, load_settings, results_option
from polyreact.errors import ArtefactRefused, BadEvent
from polyreact.evaluation.queue import Place
from polyreact.submission.contract import MANIFEST_SUFFIX

_MOST_LISTED = 100


@click.command("collect")
@submissions_option
@results_option
@out_option
@click.option(
    "--matrix",
    envvar="POLYREACT_MATRIX",
    show_envvar=True,
    metavar="JSON",
    help="The jobs that were given out, as `ci plan` wrote them.  [default: all that are due]",
)
@at_once_option
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("LEADERBOARD.md"),
    show_default=True,
    help="Where the board as Markdown stands.",
)
@click.option("--branch", metavar="NAME", help="Where the commit goes.  [default: the branch that is checked out]")
@click.option(
    "--push/--no-push",
    default=None,
    help="Whether the commit is put onto the branch at origin.  [default: where GITHUB_TOKEN is set]",
)
def command(
    submissions: Path,
    results: Path,
    out: Path,
    matrix: str | None,
    at_once: str | None,
    markdown: Path,
    branch: str | None,
    *,
    push: bool | None,
) -> None:
    """Verify, score and keep what the evaluation jobs brought back into OUT, and commit it as one commit.

    The folders of OUT are taken as hostile: only what a planned job writes is looked at, whatever can be known here
    is not taken from them, and predictions are parsed again and scored here. Curves, comparisons and LEADERBOARD.md
    follow, and the queue: a job that brought nothing back is put off. Where the branch moved on meanwhile, the
    commit is put on top of it.

    Exit status 4 also where an artefact was refused: the machine that wrote it is to be looked at.
    """
    terminal, settings, context = Terminal(), load_settings(), load_context()
    weekly = read_weekly(terminal, settings, context, submissions, results, at_once=read_at_once(context, at_once))
    collector = Collector(weekly.store, settings, lambda: datetime.now(UTC), terminal.say, terminal.show)
    planned = None if matrix is None else read_matrix(matrix)
    with terminal.live("collecting"):
        outcomes = collect(collector, out, weekly.build_schedule, weekly.tracks, planned)
    names = sorted(candidate.manifest.name for candidate in weekly.candidates)
    write_markdown(results, [submissions / f"{name}{MANIFEST_SUFFIX}" for name in names], markdown)
    write_outcomes(out / OUTCOMES_FILE, outcomes)
    for outcome in outcomes:
        terminal.say(_describe(outcome))
    checkout = open_checkout(context)
    made = checkout.commit([results.as_posix(), markdown.as_posix()], _render_message(outcomes))
    terminal.say(f"committed: {made}" if made else "nothing changed, so there is nothing to commit")
    if push if push is not None else bool(context.token):
        terminal.say(f"on the branch: {checkout.push(branch)}")  # with what a killed run committed and did not push
    else:
        terminal.say("It is not pushed without GITHUB_TOKEN, or --push.")
    write_summary(context, "\n".join(f"- {_describe(outcome)}" for outcome in outcomes) or _count(outcomes))
    if any(outcome.code == ArtefactRefused.code for outcome in outcomes):
        sys.exit(ArtefactRefused.exit_status)


def read_matrix(text: str) -> frozenset[Place]:
    """The jobs of a matrix that `ci plan` wrote. Raises BadEvent for anything else."""
    try:
        jobs = json.loads(text)["include"]
        return frozenset((str(job["submission"]), track) for job in jobs for track in str(job["tracks"]).split())
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadEvent(
            "POLYREACT_MATRIX is not what `ci plan` writes",
            consequence="Nothing was collected.",
            cure="Leave it out to collect all that is due.",
        ) from error


def _describe(outcome: JobOutcome) -> str:
    code = f" ({outcome.code})" if outcome.code else ""
    return f"{outcome.submission} on {outcome.track}: {outcome.ending.value}{code}"


def _count(outcomes: Sequence[JobOutcome]) -> str:
    counts = Counter(outcome.ending.value for outcome in outcomes)
    return ", ".join(f"{count} {ending}" for ending, count in counts.items()) or "nothing was due"


def _render_message(outcomes: Sequence[JobOutcome]) -> str:
    """The commit's message: the counts, then a line for each job. Names and codes only."""
    lines = [_describe(outcome) for outcome in outcomes[:_MOST_LISTED]]
    if len(outcomes) > _MOST_LISTED:
        lines.append(f"and {len(outcomes) - _MOST_LISTED} more")
    return "\n".join([f"Evaluation: {_count(outcomes)}", *(["", *lines] if lines else [])]) + "\n"
