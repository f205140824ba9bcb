"""`polyreact ci evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from polyreact.ci.outcomes import OUTCOMES_FILE, write_outcomes
from polyreact.ci.private import evaluate_private
from polyreact.ci.shards import (
    build_given_shard,
    choose_shards,
    describe_result,
    evaluate_shard,
    say_from_time_to_time,
)
from polyreact.cli.ci_weekly import (
    at_once_option,
    load_context,
    out_option,
    private_option,
    quota_option,
    read_at_once,
    read_weekly,
    submissions_option,
)
from polyreact.cli.surroundings import Terminal, engine_option, load_engine, load_settings, results_option
from polyreact.errors import HostError
from polyreact.evaluation.evaluate import Evaluation, Result


@click.command("evaluate")
@submissions_option
@results_option
@out_option
@click.option(
    "--submission", metavar="NAME", envvar="POLYREACT_SUBMISSION", show_envvar=True, help="Only this one."
)
@click.option(
    "--tracks",
    metavar="NAMES",
    envvar="POLYREACT_TRACKS",
    show_envvar=True,
    help="With --shard: only on these, set off by spaces.",
)
@click.option(
    "--shard",
    metavar="NAME",
    envvar="POLYREACT_SHARD",
    show_envvar=True,
    help="The folder's name, from the matrix.",
)
@at_once_option
@private_option
@quota_option
@engine_option
def command(
    submissions: Path,
    results: Path,
    out: Path,
    submission: str | None,
    tracks: str | None,
    shard: str | None,
    at_once: str | None,
    engine_name: str | None,
    quota: int,
    *,
    private: bool,
) -> None:
    """Run what is due in the sandbox, each shard into a folder of OUT that is called after it.

    Only what `ci plan` says is due, in this checkout, is run; without --submission all of it, one after the other.
    The folders are what `ci collect` takes. No label is read and nothing is scored here, and nothing that a
    container printed or wrote is shown. A run that was killed is done again by the same command.

    With --private what is due on private tracks is run and scored here, into the folder that POLYREACT_PRIVATE
    names; nothing is collected or published of it.

    Exit status 0 also where a submission failed, since that is a result; 4 where this machine did.
    """
    terminal, settings, context = Terminal(), load_settings(), load_context()
    at_once = read_at_once(context, at_once)
    weekly = read_weekly(
        terminal, settings, context, submissions, results, private=private, quota=quota, at_once=at_once
    )
    evaluation = Evaluation(
        engine=load_engine(engine_name, settings),
        store=weekly.store,
        settings=settings,
        on_progress=terminal.say,
        on_tick=say_from_time_to_time(terminal.say),
    )
    if private:
        found, outcomes = evaluate_private(evaluation, weekly)
        write_outcomes(out / OUTCOMES_FILE, outcomes)
    else:
        schedule, found = weekly.build_schedule(), []
        shards = choose_shards(schedule, submission) if shard is None else ()
        if shard is not None:
            shards = (build_given_shard(schedule, shard, submission or "", (tracks or "").split()),)
        for one in shards:
            terminal.say(f"{one.name}: {one.submission} on {', '.join(one.tracks)}")
            found += evaluate_shard(evaluation, one, weekly.find_candidate(one.submission), weekly.tracks, out)
    for result in found:
        terminal.say(describe_result(result))
    if not found:
        terminal.say("nothing is due: `polyreact ci plan` tells what waits, and for what")
    sys.exit(_exit_status(found))


def _exit_status(found: list[Result]) -> int:
    """That of the platform's failures alone."""
    failed = any(result.error is not None and isinstance(result.error, HostError) for result in found)
    return HostError.exit_status if failed else 0
