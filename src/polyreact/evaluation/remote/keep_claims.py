"""Score and keep what another machine brought back and `claims` has checked: labels are read here, not there."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import Finding
from polyreact.evaluation.plan import Job
from polyreact.evaluation.remote.artefact import RESULTS, Claim, refuse_artefact
from polyreact.evaluation.remote.claims import build_record
from polyreact.evaluation.rescore import Scorer, score_run
from polyreact.evaluation.verification.records import check_folds
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where records are kept; `on_progress` takes a line for a person, `on_show` a passing one."""

    store: ResultsStore
    settings: Settings
    on_progress: Callable[[str], None] = lambda _line: None
    on_show: Callable[[str], None] = lambda _line: None


def keep_claim(claim: Claim, job: Job, keeper: Keeper) -> Record:
    """Score and keep what is claimed of a job, and was checked. Raises ArtefactRefused and DatasetError."""
    record = build_record(claim, job)
    if claim.predictions is not None:
        record = _score(claim.predictions, record, job, keeper)
    if claim.packages is not None:
        keeper.store.write_packages(job.submission.id, claim.packages)
    keeper.store.write(record, claim.predictions)
    return record


def _score(predictions: bytes, record: Record, job: Job, keeper: Keeper) -> Record:
    """The record with its score, made beside the store: there it is written only once it is whole."""
    overlaps = OverlapStore.of(keeper.store)
    with open_run_folder(keeper.settings.runs, f"collect-{secrets.token_hex(8)}") as folder:
        beside = ResultsStore(folder / RESULTS)
        beside.write(record, predictions)
        scorer = Scorer(beside, keeper.settings, keeper.on_progress, keeper.on_show, overlaps)
        scored = score_run(record, (job.track, job.dataset), scorer)
    if scored.score is None:
        message = "predictions that meet the contract have a score"
        raise ValueError(message)
    if job.track.has_folds:
        differences = list(check_folds(scored, scored.score))
        if differences:
            findings = [Finding(str(job.track.id), f"{one.what} is not what it should be") for one in differences]
            error = refuse_artefact(job.submission.id, findings)
            keeper.on_progress(error.render())
            raise error
    return scored
