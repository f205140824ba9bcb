"""Run one shard of the weekly evaluation, into a folder that is brought back as an artefact.

No label is looked at here: runs are kept without a score, and scored by whoever collects them. Of what a container
printed nothing is shown on any track, and of what was wrong with its table only the kind: it may hold sequences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from polyreact.ci.schedule import Schedule, Shard, build_shards, find_submission
from polyreact.errors import NotPlanned
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.evaluation.remote.artefact import RESULTS
from polyreact.evaluation.submissions import Candidate
from polyreact.results.store import ResultsStore
from polyreact.tracks.track import Track

#: How often a job that runs says that it lives, where its output is a log.
HEARTBEAT = timedelta(minutes=1)


def choose_shards(schedule: Schedule, submission: str | None) -> tuple[Shard, ...]:
    """All shards that are due, or those of one submission. Raises NotPlanned where it has none."""
    shards = build_shards(schedule)
    found = tuple(shard for shard in shards if submission in {None, shard.submission})
    if submission is not None and not found:
        raise _not_planned(f"`{ascii(submission)[1:-1][:80]}`")
    return found


def build_given_shard(schedule: Schedule, name: str, submission: str, tracks: Sequence[str]) -> Shard:
    """A shard as the matrix gave it out. Raises NotPlanned where anything of it is not due now."""
    due = {one.where for one in schedule.due}
    absent = sorted(track for track in tracks if (submission, track) not in due)
    if find_submission(name) != submission or absent or not tracks:
        raise _not_planned(f"{ascii(name)[:100]}, {ascii(submission)[:100]} on {ascii(' '.join(tracks))[:200]}")
    return Shard(name, submission, tuple(tracks))


def _not_planned(what: str) -> NotPlanned:
    return NotPlanned(
        f"not all of {what} is due now",
        consequence="Nothing was run.",
        cure="To see what is due, what waits and for what:\n  polyreact ci plan",
    )


def evaluate_shard(
    evaluation: Evaluation, shard: Shard, candidate: Candidate, tracks: Sequence[Track], out: Path
) -> tuple[Result, ...]:
    """Run the shard's jobs into `out`/<its name>; what stands there of them already is not run again.

    Raises as `evaluate`.
    """
    asked = [track for track in tracks if track.id in shard.tracks]
    store = ResultsStore(out / shard.name / RESULTS)
    return evaluate(replace(evaluation, store=store, is_scored=False), [candidate], asked)


def describe_result(result: Result) -> str:
    """One line that anybody may read."""
    code = result.record.run.outcome.code if result.record is not None else None
    code = result.error.code if result.error is not None else code
    kind = f" ({code}  {type(result.error).__doc__})" if result.error is not None else f" ({code})" if code else ""
    return f"{result.submission} on {result.track}: {result.what}{kind}"


def say_from_time_to_time(
    say: Callable[[str], None], every: timedelta = HEARTBEAT
) -> Callable[[str, float, float], None]:
    """A heartbeat for a log: what runs, for how long, and its limit, said once in every `every`."""
    told: dict[str, float] = {}

    def tick(what: str, seconds: float, limit_s: float) -> None:
        if seconds - told.get(what, 0.0) >= every.total_seconds():
            told[what] = seconds
            say(f"{what}: running for {seconds:.0f} s of at most {limit_s:.0f} s")

    return tick
