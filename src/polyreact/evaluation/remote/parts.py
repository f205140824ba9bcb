"""A job as tasks, one or one for each slice, and back: from what came of them to the one claim that is checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from polyreact.errors import Defects, Finding, TaskNotRun
from polyreact.evaluation.plan import Job
from polyreact.evaluation.remote.artefact import Claim, read_artefact, refuse_artefact
from polyreact.evaluation.remote.tasks import Task, build_task
from polyreact.evaluation.slices import cut_rows, list_slices, merge_predictions, merge_runs
from polyreact.files import sha256_bytes
from polyreact.results.records import OutcomeKind, PredictionsRecord
from polyreact.results.store import predictions_name
from polyreact.sequences import Antibody, SequenceId
from polyreact.submission.predictions import Prediction, parse_predictions, render_predictions


def build_tasks(job: Job, antibodies: Sequence[Antibody], of: int) -> list[tuple[Task, bytes]]:
    """The tasks of a job that is cut in so many slices, with their inputs; one task where it is not cut."""
    return [
        build_task(job, cut_rows(antibodies, part), part.number, part.of) if of > 1 else build_task(job, antibodies)
        for part in list_slices(of)
    ]


def read_task_claim(folder: Path, task: Task, job: Job) -> Claim:
    """What the artefact of a task claims of its job; as yet nothing of it is known to be true.

    Raises ArtefactRefused, and TaskNotRun where it tells of another job.
    """
    track = str(job.track.id)
    claim = read_artefact(folder, job.submission.id, {track: job.track}).claims.get(track)
    if claim is None or claim.record.run.job != job.digest:
        raise TaskNotRun(f"what came back of {task.words} tells nothing of it")
    return claim


def merge_claims(claims: Sequence[tuple[Task, Claim]], job: Job, antibodies: Sequence[Antibody]) -> Claim:
    """One claim of the claims of all slices, each checked as such, as a whole run would make it; to be checked too.

    Raises ArtefactRefused where a table is not that of its slice, or the claims are not of one job.
    """
    name = f"{job.submission.id} on {job.track.id}"
    first = claims[0][1]
    for task, claim in claims:
        run = claim.record.run
        if claim.record.model_copy(update={"run": run}) != first.record.model_copy(update={"run": run}):
            raise refuse_artefact(name, [Finding(task.words, "tells another story than the other slices")])
    try:
        run = merge_runs([claim.record.run for _, claim in claims])
    except ValueError as error:
        raise refuse_artefact(name, [Finding("", str(error))]) from error
    packages = next((claim.packages for _, claim in claims if claim.packages is not None), None)
    if run.outcome.kind is not OutcomeKind.VALID:
        return Claim(first.record.model_copy(update={"run": run}), None, None)
    content = _merge_tables(name, claims, job, antibodies)
    digest = sha256_bytes(content)
    named = PredictionsRecord(file=predictions_name(job.track.id, digest), sha256=digest, rows=len(antibodies))
    run = run.model_copy(update={"predictions": named})
    return Claim(first.record.model_copy(update={"run": run}), content, packages)


def _merge_tables(
    name: str, claims: Sequence[tuple[Task, Claim]], job: Job, antibodies: Sequence[Antibody]
) -> bytes:
    declared = job.submission.manifest.score_is_probability
    tables: list[Sequence[Prediction]] = []
    for (task, claim), part in zip(claims, list_slices(len(claims)), strict=True):
        ids: Sequence[SequenceId] = [row.sequence_id for row in cut_rows(antibodies, part)]
        table = parse_predictions(claim.predictions or b"", tuple(sorted(ids)), score_is_probability=declared)
        if isinstance(table, Defects):
            findings = [Finding(task.words, f"the predictions have {len(table.findings)} defects")]
            raise refuse_artefact(name, findings)
        tables.append(table)
    merged = merge_predictions(tables, [row.sequence_id for row in antibodies])
    if isinstance(merged, Defects):
        raise refuse_artefact(name, merged.findings)
    return render_predictions(merged)
