"""`polyreact ci plan`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from polyreact.ci.context import write_output, write_summary
from polyreact.ci.schedule import Schedule, ScheduledJob, Shard, build_shards
from polyreact.ci.weekly import write_queue
from polyreact.cli.ci_weekly import (
    at_once_option,
    load_context,
    private_option,
    quota_option,
    read_at_once,
    read_weekly,
    submissions_option,
)
from polyreact.cli.surroundings import Terminal, json_option, load_settings, print_json, print_table, results_option
from polyreact.evaluation.plan import JobState

_COLUMNS = ["place", "submission", "track", "what", "waiting since", "not before", "tries", "code"]
_NOTHING = "Nothing waits: every job has a record."


@click.command("plan")
@submissions_option
@results_option
@at_once_option
@private_option
@quota_option
@click.option("--write", is_flag=True, help="Write what waits, and since when, to queue.json beside the records.")
@json_option
def command(
    submissions: Path,
    results: Path,
    at_once: str | None,
    quota: int,
    *,
    private: bool,
    write: bool,
    as_json: bool,
) -> None:
    """Tell what the weekly evaluation runs now, and what waits for what. Nothing is run, pulled or fetched.

    Outputs for the workflow: `has_jobs` (true or false) and `matrix`, whose jobs have a `shard`, a `submission` and
    its `tracks`. A hosted machine ends after six hours, so what may take longer is split; a matrix has 256 jobs at
    most, and what is beyond waits for the next evaluation.

    What the platform failed at is tried again after an hour and after a day, and given up after three times;
    what is a submission's own fault is not tried again until its manifest changes. --at-once runs one all the same.
    """
    terminal, context = Terminal(), load_context()
    at_once = read_at_once(context, at_once)
    weekly = read_weekly(
        terminal, load_settings(), context, submissions, results, private=private, quota=quota, at_once=at_once
    )
    schedule = weekly.build_schedule()
    shards = () if private else build_shards(schedule)
    if write:
        write_queue(weekly.store, schedule)
    if not private:
        matrix = {"include": [_matrix_job(shard) for shard in shards]}
        write_output(context, "has_jobs", "true" if shards else "false")
        write_output(context, "matrix", json.dumps(matrix, separators=(",", ":")))
        write_summary(context, _render_summary(schedule))
    if as_json:
        print_json({"jobs": [_as_data(one) for one in schedule.jobs], "shards": [_matrix_job(s) for s in shards]})
        return
    if schedule.jobs:
        print_table(_COLUMNS, [_as_row(one) for one in schedule.jobs], right=["place", "tries"])
    else:
        terminal.say(_NOTHING)
    terminal.say(_count(schedule, shards))


def _matrix_job(shard: Shard) -> dict[str, str]:
    return {"shard": shard.name, "submission": shard.submission, "tracks": " ".join(shard.tracks)}


def _count(schedule: Schedule, shards: Sequence[Shard]) -> str:
    settled = schedule.settled
    done = settled.get(JobState.DONE, 0) + settled.get(JobState.FAILED_BEFORE, 0)
    due, waiting = len(schedule.due), len(schedule.jobs)
    return f"{waiting} jobs wait, of which {due} are due, in {len(shards)} shards; {done} have a record"


def _as_row(one: ScheduledJob) -> list[str]:
    return [
        str(one.place) if one.place else "",
        one.where[0],
        one.where[1],
        one.readiness.value,
        _time(one.since),
        _time(one.not_before) if one.not_before else "",
        str(one.attempts) if one.attempts else "",
        one.code or "",
    ]


def _as_data(one: ScheduledJob) -> dict[str, object]:
    return {
        "submission": one.where[0],
        "track": one.where[1],
        "what": one.readiness.value,
        "place": one.place or None,
        "since": one.since.isoformat(),
        "not_before": one.not_before.isoformat() if one.not_before else None,
        "attempts": one.attempts,
        "code": one.code,
    }


def _render_summary(schedule: Schedule) -> str:
    """For the page of the workflow's run; nothing in it but names and codes of ours."""
    if not schedule.jobs:
        return _NOTHING
    lines = [f"| {' | '.join(_COLUMNS)} |", "|" + " --- |" * len(_COLUMNS)]
    lines += [f"| {' | '.join(_as_row(one))} |" for one in schedule.jobs]
    return "\n".join(lines)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
