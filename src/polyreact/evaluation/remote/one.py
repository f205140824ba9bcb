"""Run one task to its end, wherever it stands: safe to run twice, also at once, also after a kill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from polyreact.errors import TaskNotRun
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.remote.artefact import RESULTS
from polyreact.evaluation.remote.spool import Lease, Spool
from polyreact.evaluation.remote.tasks import parse_task_inputs, restore_job
from polyreact.results.store import ResultsStore
from polyreact.visible import visible


def run_task(spool: Spool, digest: str, evaluation: Evaluation) -> Path:
    """The artefact of a task, run now unless it was before; what the submission does wrong is in it.

    Of `evaluation` the engine, the settings and what is told are used: there is neither a store nor a label here.
    Raises TaskRefused, TaskNotRun and what else of the platform fails; then it may be tried again.
    """
    task = spool.read_task(digest)
    inputs = parse_task_inputs(spool.read_inputs(task), task)
    candidate, job = restore_job(task, ResultsStore(spool.folder / "none"))
    with spool.hold_lease(task, _tell_of(task.words, evaluation.on_progress), evaluation.wait):
        done = spool.find_done(task.digest)
        if done is not None:
            evaluation.on_progress(f"{task.words}: done before")
            return done
        with spool.open_work(task) as work:
            asked = replace(
                evaluation,
                store=ResultsStore(work / RESULTS),
                is_scored=False,
                read_antibodies=lambda _dataset, _settings, _on_progress: inputs,
                part=task.part,
            )
            (result,) = evaluate(asked, [candidate], [job.track])
            if result.record is None:
                raise result.error or TaskNotRun(f"{task.words} came to no end: it is {result.what}")
            spool.finish(task, work)
    done = spool.find_done(task.digest)
    if done is None:
        raise TaskNotRun(f"{task.words} was run, and its result was removed by somebody else")
    return done


def _tell_of(words: str, say: Callable[[str], None]) -> Callable[[Lease], None]:
    def tell(lease: Lease) -> None:
        say(f"{words}: {visible(lease.host)} runs it, for {lease.age.total_seconds():.0f} s by now; waiting")

    return tell
