"""The weekly evaluation of private tracks: on a machine of the organiser's own, which nothing of it leaves.

Runs are scored where they are made, into the store of private records, and counted in its ledger before their score
can be seen; so the quota is asked right before each run, with the records held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from polyreact.ci.outcomes import Ending, JobOutcome
from polyreact.ci.schedule import Readiness, ScheduledJob
from polyreact.ci.weekly import Weekly
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.results.queue_records import QueueState
from polyreact.results.queue_store import QueueStore

_ENDINGS = {QueueState.REFUSED: Ending.REFUSED, QueueState.GIVEN_UP: Ending.GIVEN_UP}


def evaluate_private(evaluation: Evaluation, weekly: Weekly) -> tuple[list[Result], tuple[JobOutcome, ...]]:
    """Run and score what is due on the private tracks; results for the operator, outcomes for the authors.

    Raises as `evaluate`, and BadRecord where the ledger cannot be read.
    """
    schedule = weekly.build_schedule()
    permitted = replace(evaluation, permit=weekly.quota.permit) if weekly.quota else evaluation
    results: list[Result] = []
    for one in schedule.due:
        results += evaluate(permitted, [weekly.find_candidate(one.where[0])], [one.job.track])
    return results, (*_describe(results, weekly), *_describe_over_quota(schedule.jobs))


def _describe(results: Sequence[Result], weekly: Weekly) -> Iterator[JobOutcome]:
    queue = QueueStore.of(weekly.store).find_whole()
    kept = {(job.submission, job.track): job for job in queue.jobs} if queue else {}
    known = {candidate.manifest.name for candidate in weekly.candidates}
    for result in results:
        if result.submission not in known:
            continue  # it is of the comparisons
        job = kept.get((result.submission, result.track))
        if job is not None:
            ending, code = _ENDINGS.get(job.state, Ending.PUT_OFF), job.code
        elif result.error is not None:
            ending, code = Ending.FAILED, result.error.code
        else:
            ending, code = Ending.SCORED, None
        yield JobOutcome(submission=result.submission, track=result.track, ending=ending, code=code)


def _describe_over_quota(jobs: Sequence[ScheduledJob]) -> Iterator[JobOutcome]:
    for one in jobs:
        if one.readiness is Readiness.OVER_QUOTA:
            submission, track = one.where
            yield JobOutcome(submission=submission, track=track, ending=Ending.PUT_OFF, code=one.code)
