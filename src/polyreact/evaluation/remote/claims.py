"""From what an artefact claims of a job to a record that is made here, or to the reasons why there is none.

Whatever can be known here is not taken from the claim but put in its place, and a claim that says another is
refused. What only the machine of the run could know (times, memory, how the run ended, the container's own words
about its image) is taken within bounds; the predictions are parsed again by the contract, and scored here. So a
machine that a container got out on can make the predictions of what it was given to run others than the image
gives. About other submissions it can say nothing where each brings its artefact itself; in a folder that all
machines write to it can, and that folder is only for machines that are trusted so far.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from polyreact import __version__
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.choose import SANDBOXES
from polyreact.errors import DatasetError, Defects, Finding
from polyreact.evaluation.outcome import RUN_FAULTS
from polyreact.evaluation.plan import Job
from polyreact.evaluation.remote.artefact import Artefact, Claim, refuse_artefact
from polyreact.evaluation.slices import Slice
from polyreact.evaluation.verification.findings import find_differences
from polyreact.evaluation.verification.records import check_image, check_question, check_run, check_slice_run
from polyreact.files import sha256_bytes
from polyreact.results.describe import describe_limits, describe_submission
from polyreact.results.records import FoldRunRecord, OutcomeKind, Record, RunRecord, SliceRunRecord
from polyreact.results.store import name_packages, predictions_name
from polyreact.sequences import SequenceId
from polyreact.settings import Settings
from polyreact.submission.contract import CONTRACT_VERSION
from polyreact.submission.predictions import parse_predictions, render_predictions
from polyreact.visible import visible, visible_lines

_MOST_CHARACTERS, _MOST_MESSAGE = 300, 2000
_SEED = re.compile(r"[0-9a-f]{32}")
_FAULTS = frozenset(fault.code for fault in RUN_FAULTS)
#: How old what is brought back may be: longer than GitHub keeps an artefact.
_OLDEST, _AHEAD = timedelta(days=100), timedelta(hours=1)
#: A run is ended at its limit, and what ends it may be late.
_LATE_S = 120.0


def check_artefact(
    artefact: Artefact,
    name: str,
    jobs: Sequence[Job],
    settings: Settings,
    now: datetime,
    on_progress: Callable[[str], None],
) -> Artefact:
    """The artefact with no other claims than those about these jobs, each of them checked.

    A record of another image, left over from before, is none; a job whose set cannot be had here is put off. An
    artefact that lies about one job is believed about none: raises ArtefactRefused.
    """
    checked: dict[str, Claim] = {}
    put_off = dict(artefact.put_off)
    findings: list[Finding] = []
    for job in jobs:
        track = str(job.track.id)
        claim = artefact.claims.get(track)
        if claim is None or claim.record.run.job != job.digest:
            continue
        try:
            ensure_prepared(job.dataset, settings, on_progress)
            findings += check_claim(claim, job, settings, now)
            checked[track] = claim
        except DatasetError as error:
            on_progress(f"{job.submission.id} on {track} cannot be checked: {error.code}  {error.summary}")
            put_off[track] = error.code
    if findings:
        raise refuse_artefact(name, findings)
    return Artefact(checked, put_off)


def build_record(claim: Claim, job: Job) -> Record:
    """The record that the claim amounts to, without a score: what is known here, and of the claim only the rest."""
    claimed = claim.record.run
    known = {
        "job": job.digest,
        "contract": CONTRACT_VERSION,
        "polyreact": __version__,
        "image": claimed.image.model_copy(update={"reference": str(job.submission.image)}),
        "limits": describe_limits(job.policy.limits, job.policy.gpus),
        "policy_sha256": job.policy.digest(),
        "inputs_sha256": job.dataset.inputs_sha256,
    }
    return Record(
        track=job.track.id,
        dataset=job.dataset.id,
        revision=job.dataset.revision,
        ranked=job.track.is_ranked,
        submission=describe_submission(job.submission.manifest, job.submission.manifest_sha256),
        run=claimed.model_copy(update=known),
        score=None,
    )


def check_claim(claim: Claim, job: Job, settings: Settings, now: datetime) -> tuple[Finding, ...]:
    """Everything that is wrong with a claim; the job's set must be prepared. Raises DatasetError."""
    record = build_record(claim, job)
    differences = [
        *find_differences(record.model_dump(mode="json"), claim.record.model_dump(mode="json"), "record"),
        *check_question(record, job.track, job.dataset),
        *check_run(record, job.track, job.dataset),
    ]
    # What it says instead is not told: whoever got out would say there what nobody is to read.
    wrong = dict.fromkeys(f"{difference.what} is not what it should be" for difference in differences)
    problems = (
        *_check_texts(claim),
        *_check_run_facts(record, job, now),
        *_check_packages(claim),
        *_check_ending(claim, job, settings),
    )
    return tuple(Finding(str(job.track.id), problem) for problem in (*wrong, *problems))


def check_slice_claim(claim: Claim, part: Slice, job: Job, name: str) -> None:
    """Raises ArtefactRefused unless a claim is about this slice; all of them together are checked as a whole."""
    differences = check_slice_run(claim.record, part, job.track, job.dataset)
    wrong = dict.fromkeys(f"{difference.what} is not what it should be" for difference in differences)
    if wrong:
        raise refuse_artefact(name, [Finding(str(job.track.id), problem) for problem in wrong])


def _check_texts(claim: Claim) -> Iterator[str]:
    """Nothing that is shown can act on a terminal or a page, or is longer than what an honest run says."""
    run = claim.record.run
    message = run.outcome.message
    if message != visible_lines(message) or len(message) > _MOST_MESSAGE:
        yield f"run.outcome.message is no visible text of at most {_MOST_MESSAGE} characters"
    told = run.model_copy(update={"outcome": run.outcome.model_copy(update={"message": ""})})
    packages = claim.packages.model_dump(mode="json") if claim.packages else {}
    for name, part in (("run", told.model_dump(mode="json")), ("packages", packages)):
        if any(visible(text) != text or len(text) > _MOST_CHARACTERS for text in _texts(part)):
            yield f"{name} holds a text that is not visible, or has more than {_MOST_CHARACTERS} characters"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _check_run_facts(record: Record, job: Job, now: datetime) -> Iterator[str]:
    """What cannot be known here is at least possible."""
    run = record.run
    if run.engine.name not in SANDBOXES:
        yield f"it ran on {visible(run.engine.name[:_MOST_CHARACTERS])}, which is no sandbox"
    digest = job.submission.image.digest if job.submission.image else None
    if run.image.digest not in {None, digest}:
        yield "run.image.digest is of another image"
    if run.image.packages is not None and run.predictions is None:
        yield "run.image.packages are listed for valid runs only"
    if any(True for _ in check_image(run.image)):
        yield "run.image does not agree with itself"
    yield from _check_figures(run, job, now)


def _check_figures(run: RunRecord, job: Job, now: datetime) -> Iterator[str]:
    """Times, memory and seeds of the run, and of each fold or slice of it."""
    parts: tuple[FoldRunRecord | SliceRunRecord, ...] = (*run.folds, *run.slices)
    starts = [run.started_at, *(part.started_at for part in parts)]
    if any(at.tzinfo is None or not now - _OLDEST <= at <= now + _AHEAD for at in starts):
        yield "run.started_at is no time of an evaluation of now"
    if bool(run.folds) != job.track.has_folds:
        yield "run.folds are those of another kind of track"
    if run.slices and not job.submission.manifest.independent:
        yield "run.slices are those of a submission that may not be cut"
    longest_s = job.track.limits.wall_time_s + _LATE_S
    longest_of_all_s = max(1, len(parts)) * longest_s
    if not 0 <= run.wall_s <= longest_of_all_s or any(not 0 <= part.wall_s <= longest_s for part in parts):
        yield "run.wall_s is no time that the limits allow"
    measured = [run.cpu_s, run.peak_memory_bytes, run.image.size_bytes, run.image.layers]
    measured += [figure for part in parts for figure in (part.cpu_s, part.peak_memory_bytes)]
    if any(figure is not None and figure < 0 for figure in measured):
        yield "run has a figure below zero"
    seeds = [fold.shuffle_seed.partition("-")[0] for fold in run.folds] or [run.shuffle_seed]
    drawn = [run.shuffle_seed, *(part.shuffle_seed for part in run.slices)]
    if any(seed != run.shuffle_seed for seed in seeds) or any(_SEED.fullmatch(seed) is None for seed in drawn):
        yield "run.shuffle_seed is none of ours"


def _check_packages(claim: Claim) -> Iterator[str]:
    image, packages = claim.record.run.image, claim.packages
    if packages is None:
        return
    if name_packages(packages) != image.packages:
        yield "run.image.packages are not those beside the record"
    if packages.image_id != image.image_id:
        yield "run.image.packages are of another image"


def _check_ending(claim: Claim, job: Job, settings: Settings) -> Iterator[str]:
    """A valid run has a table that meets the contract, and no other run has any."""
    outcome, named = claim.record.run.outcome, claim.record.run.predictions
    if outcome.kind is OutcomeKind.SUBMISSION_FAULT:
        if outcome.code not in _FAULTS:
            yield "run.outcome.code is no fault that a run ends with"
        if named is not None:
            yield "run.predictions are those of a run that failed"
        return
    if outcome.kind is not OutcomeKind.VALID or outcome.code is not None or outcome.message:
        yield "run.outcome is no end that is recorded"
        return
    if named is None or claim.predictions is None:
        yield "run.predictions are none, and the run is said to be valid"
        return
    ids = tuple(sorted(antibody.sequence_id for antibody in read_inputs(job.dataset, settings)))
    yield from _check_table(claim.predictions, ids, job)
    digest = sha256_bytes(claim.predictions)
    if (named.file, named.sha256, named.rows) != (predictions_name(job.track.id, digest), digest, len(ids)):
        yield "run.predictions are not the ones beside the record"


def _check_table(content: bytes, ids: tuple[SequenceId, ...], job: Job) -> Iterator[str]:
    """The table is a defectless one of these antibodies, byte for byte as this program writes it."""
    declared = job.submission.manifest.score_is_probability
    table = parse_predictions(content, ids, score_is_probability=declared)
    if isinstance(table, Defects):
        yield f"the predictions do not meet the contract: {len(table.findings)} defects"
    elif render_predictions(table) != content:
        yield "the predictions are not written as this program writes them"
