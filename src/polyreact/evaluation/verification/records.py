"""Whether what is published of a record can be trusted: every number made again, and every digest compared.

Made again, bit for bit, are the metrics with their intervals, the confusion matrix, the folds and their means, and
the audit from the kept overlaps. The modules beside this one look at
what else is kept beside the records.
Compared are the digests of predictions, inputs, labels, policy, job and overlaps, and the record with its track.
What only the machine of the run could tell (seconds, memory, the host) and the prose of the manifest have nothing
to be compared with: for those there is the signature. The identities of a kept overlap are taken as they stand, if
they agree with themselves; `polyreact dataset overlap --force` measures them again.

No record is written or repaired; prepared sets that the cache lacks are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from polyreact.datasets.catalog import Dataset, is_private_name, load_dataset
from polyreact.datasets.public import read_inputs
from polyreact.engines.policy import strict_policy
from polyreact.errors import (
    DatasetError,
    Defects,
    MissingExtra,
    PredictionsLost,
    RecordTooNew,
    ResultsError,
    UnknownName,
    UnreadableArgument,
)
from polyreact.evaluation.audit import Audit, recall_audit
from polyreact.evaluation.plan import find_exclusion, job_digest
from polyreact.evaluation.score import SCORING_VERSION, score_record
from polyreact.evaluation.slices import Slice, count_rows, is_within_wall_time, list_slices, sum_up
from polyreact.evaluation.verification.findings import (
    NONE,
    Difference,
    Verification,
    Verifier,
    describe_unreadable,
    find_differences,
    hide_figures,
    show,
)
from polyreact.files import sha256_bytes
from polyreact.images import parse_image_reference
from polyreact.results.describe import describe_limits
from polyreact.results.ledger import validate_count
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.records import ImageRecord, OutcomeKind, Record, RunRecord, ScoreRecord
from polyreact.results.signing import is_good_signature
from polyreact.results.store import ResultsStore, predictions_name
from polyreact.settings import Settings
from polyreact.submission.contract import CONTRACT_VERSION, Mode
from polyreact.submission.predictions import parse_predictions
from polyreact.tracks.catalog import load_track, track_digest
from polyreact.tracks.track import Track

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def choose_records(store: ResultsStore, submissions: Sequence[str]) -> tuple[Path, ...]:
    """The records of these submissions, of all where none is named.

    Raises UnknownName for one without a record, UnreadableArgument where there is no record at all, BadRecord.
    """
    paths = store.find_paths()
    known = {path.parent.name for path in paths}
    for name in submissions:
        if name not in known:
            raise UnknownName("submission with records", name, known)
    if not paths:
        raise UnreadableArgument(f"there is no record in {store.folder}", cure="Name their folder with --results.")
    return tuple(path for path in paths if not submissions or path.parent.name in submissions)


def verify_records(paths: Iterable[Path], verifier: Verifier) -> Iterator[Verification]:
    """Verify one record after the other; a wrong one is a result, and the next one follows.

    Raises SettingsError for a cache that cannot be used.
    """
    for path in paths:
        verifier.on_progress(f"verifying {path.parent.name} on {path.stem}")
        found = _verify(path, verifier)
        yield replace(found, differences=hide_figures(found.differences, verifier))


def _verify(path: Path, verifier: Verifier) -> Verification:
    again = f"repeat the run:\n  polyreact evaluate run --track {path.stem} --force"
    found = Verification(path.parent.name, path.stem, again=again)
    if is_private_name(path.stem) != verifier.store.is_private:
        return replace(found, differences=(Difference("track", "one whose records belong here", path.stem),))
    try:
        document = path.read_bytes()
        record = verifier.store.find(found.submission, found.track)
    except RecordTooNew as error:
        return replace(found, absent=error.summary)
    except OSError as error:
        return replace(found, absent=f"cannot read {path}: {error.strerror or error}")
    except ResultsError as error:
        defects = describe_unreadable(error)
        return replace(found, differences=(Difference("record", "one that can be read", defects),))
    if record is None:
        return replace(found, absent="the record went away")
    absent: list[str] = []
    differences = list(_check_record(record, verifier, absent))
    differences += _check_signature(record, document, verifier.public_key, absent)
    return replace(
        found,
        differences=tuple(differences),
        absent="; ".join(absent),
        signed_by="" if record.signature is None else record.signature.public_key,
    )


def _check_signature(
    record: Record, document: bytes, public_key: str | None, absent: list[str]
) -> Iterator[Difference]:
    signature = record.signature
    if public_key is not None and (signature is None or signature.public_key != public_key):
        found = NONE if signature is None else f"one by {signature.public_key}"
        yield Difference("signature", f"one by {public_key}", found)
    if signature is None:
        return
    try:
        is_good = is_good_signature(document, signature)
    except MissingExtra as error:
        absent.append(error.summary)
        return
    if not is_good:
        yield Difference("signature", f"one of this record by {signature.public_key}", "one of something else")


def _check_record(record: Record, verifier: Verifier, absent: list[str]) -> Iterator[Difference]:
    try:
        track = load_track(record.track)
        dataset = load_dataset(record.dataset, record.revision)
    except UnknownName as error:
        yield Difference("catalogue", "the track and the dataset that the record names", error.summary)
        return
    modes = [mode.value for mode in Mode]
    if record.submission.mode not in modes:
        yield Difference("submission.mode", " or ".join(modes), show(record.submission.mode))
        return
    yield from check_question(record, track, dataset)
    yield from check_run(record, track, dataset)
    yield from _check_outcome(record)
    yield from _check_count(record, verifier.settings)
    if record.run.predictions is None:
        return
    not_here: list[str] = []
    wrong = list(_check_predictions(record, dataset, verifier, not_here))
    yield from wrong
    absent += not_here
    if record.score is not None:
        yield from _check_basis(record, record.score, track, dataset)
        if not wrong and not not_here:
            yield from _check_score(record, record.score, (track, dataset), verifier, absent)


def check_question(record: Record, track: Track, dataset: Dataset) -> Iterator[Difference]:
    """The record is of what the track asks now."""
    yield from find_differences(track.dataset, record.dataset, "dataset")
    yield from find_differences(track.revision, record.revision, "revision")
    yield from find_differences(track.is_ranked, record.ranked, "ranked")
    yield from find_differences(dataset.inputs_sha256, record.run.inputs_sha256, "run.inputs_sha256")


def check_run(record: Record, track: Track, dataset: Dataset) -> Iterator[Difference]:
    """The run is of the image, under the limits and by the policy that the record and the track name.

    One in slices is of all rows of the set, and its figures are those of its slices.
    """
    yield from _check_job(record.run, track, dataset)
    if record.run.slices:
        yield from _check_slices(record.run, track, dataset.positives + dataset.negatives)


def check_slice_run(record: Record, part: Slice, track: Track, dataset: Dataset) -> Iterator[Difference]:
    """What was brought back of one slice is of that slice: `check_run` for what is no whole run yet."""
    run = record.run
    yield from _check_job(run, track, dataset)
    rows = count_rows(dataset.positives + dataset.negatives, part)
    asked = [{"number": part.number, "of": part.of, "rows": rows}]
    told = [one.model_dump(include={"number", "of", "rows"}) for one in run.slices]
    yield from find_differences(asked, told, "run.slices")
    if len(run.slices) == 1:
        yield from _check_sums(run)


def _check_job(run: RunRecord, track: Track, dataset: Dataset) -> Iterator[Difference]:
    yield from find_differences(CONTRACT_VERSION, run.contract, "run.contract")
    # Whether the submission declared a GPU then is known from the record alone; the digest of the job holds it.
    policy = strict_policy(track.limits, run.limits.gpus)
    limits = describe_limits(policy.limits, policy.gpus).model_dump()
    yield from find_differences(limits, run.limits.model_dump(), "run.limits")
    yield from find_differences(policy.digest(), run.policy_sha256, "run.policy_sha256")
    yield from check_image(run.image)
    reference = parse_image_reference(run.image.reference)
    job = job_digest(
        run.contract,
        None if isinstance(reference, str) else reference.digest,
        # What a manifest says now may be another mode than that of the run, which only the track could choose.
        Mode.FIT_PREDICT if track.has_folds else Mode.PREDICT,
        policy.digest(),
        track_digest(track, dataset),
    )
    yield from find_differences(job, run.job, "run.job")


def _check_slices(run: RunRecord, track: Track, rows: int) -> Iterator[Difference]:
    """The slices are those that the set is cut in, and the figures of the run are theirs.

    A valid run has all of them, and took no longer than a whole one may.
    """
    of = run.slices[0].of
    if track.has_folds or not 1 < of <= rows:
        yield Difference("run.slices", NONE if track.has_folds else f"2 to {rows} slices", f"{of} slices")
        return
    is_valid = run.outcome.kind is OutcomeKind.VALID
    numbers = [part.number for part in run.slices]
    if is_valid or sorted(set(numbers)) != numbers or numbers[-1] > of:
        yield from find_differences(list(range(1, of + 1)), numbers, "run.slices.number")
    sizes = {part.number: count_rows(rows, part) for part in list_slices(of)}
    for part in run.slices:
        told = {"of": of, "rows": sizes.get(part.number)}
        yield from find_differences(told, part.model_dump(include=set(told)), f"run.slices.{part.number}")
    yield from _check_sums(run)
    if is_valid and not is_within_wall_time(run):
        yield Difference("run.wall_s", f"at most {run.limits.wall_time_s}", show(run.wall_s))
    if len({part.shuffle_seed for part in run.slices}) != len(run.slices):
        yield Difference("run.slices.shuffle_seed", "another for each slice", "one that is given twice")


def _check_sums(run: RunRecord) -> Iterator[Difference]:
    summed = sum_up(run.slices)
    yield from find_differences(summed, run.model_dump(include=set(summed)), "run")
    if run.exit_code not in {part.exit_code for part in run.slices}:
        yield Difference("run.exit_code", "that of a slice", show(run.exit_code))


def check_image(image: ImageRecord) -> Iterator[Difference]:
    """What is told of an image agrees with itself."""
    reference = parse_image_reference(image.reference)
    if isinstance(reference, str) or reference.digest is None:
        yield Difference("run.image.reference", "an image with a digest", show(image.reference))
    elif reference.is_local:
        yield from find_differences(image.image_id, reference.digest, "run.image.reference")
    for what, digest in (("image_id", image.image_id), ("digest", image.digest)):
        if digest is not None and _DIGEST.fullmatch(digest) is None:
            yield Difference(f"run.image.{what}", "sha256:<64 hex digits>", show(digest))


def _check_outcome(record: Record) -> Iterator[Difference]:
    """A valid run has predictions and a score, and no other has any."""
    is_valid = record.run.outcome.kind is OutcomeKind.VALID
    for what, part in (("run.predictions", record.run.predictions), ("score", record.score)):
        if is_valid != (part is not None):
            expected = "those of a valid run" if is_valid else NONE
            yield Difference(
                what, expected, NONE if part is None else f"some, and the run {record.run.outcome.kind}"
            )


def _check_count(record: Record, settings: Settings) -> Iterator[Difference]:
    if not is_private_name(record.track):
        yield from find_differences(None, record.earlier_scored_runs, "earlier_scored_runs")
    elif settings.private is not None:
        try:
            validate_count(settings.private, record)
        except ResultsError as error:
            yield Difference("earlier_scored_runs", "the number in the ledger", error.summary)


def _check_predictions(
    record: Record, dataset: Dataset, verifier: Verifier, absent: list[str]
) -> Iterator[Difference]:
    """The file is there, is the one that the record names, and has one row for every antibody."""
    named = record.run.predictions
    if named is None:
        return
    what = f"predictions {named.file}"
    name = predictions_name(record.track, named.sha256)
    yield from find_differences(name, named.file, "run.predictions.file")
    try:
        content = (verifier.store.folder / record.submission.id / named.file).read_bytes()
    except OSError as error:
        yield Difference(what, "a file beside the record", error.strerror or str(error))
        return
    yield from find_differences(named.sha256, sha256_bytes(content), f"{what} sha256")
    try:
        verifier.prepare(dataset)
        ids = tuple(antibody.sequence_id for antibody in read_inputs(dataset, verifier.settings))
    except DatasetError as error:
        absent.append(f"{dataset.reference} ({error.code}  {error.summary})")
        return
    yield from find_differences(len(ids), named.rows, "run.predictions.rows")
    table = parse_predictions(content, ids)
    if isinstance(table, Defects):
        for finding in table.findings:
            yield Difference(what, f"one row for each of {len(ids)} antibodies", str(finding).strip())


def _check_basis(record: Record, score: ScoreRecord, track: Track, dataset: Dataset) -> Iterator[Difference]:
    """What the score says that it was made from."""
    named = record.run.predictions
    yield from find_differences(named and named.sha256, score.predictions_sha256, "score.predictions_sha256")
    yield from find_differences(dataset.labels_sha256, score.labels_sha256, "score.labels_sha256")
    if not _is_excluded(record, track):
        declared = record.submission.score_is_probability
        yield from find_differences(declared, score.score_is_probability, "score.score_is_probability")


def _check_score(
    record: Record, kept: ScoreRecord, asked: tuple[Track, Dataset], verifier: Verifier, absent: list[str]
) -> Iterator[Difference]:
    """Every published number, made again. What is excluded now was scored by the manifest of then."""
    track, dataset = asked
    if kept.scoring_version != SCORING_VERSION:
        absent.append(f"scored by version {kept.scoring_version}, and this program scores by {SCORING_VERSION}")
        return
    declared: Mapping[str, Sequence[str]] | str = record.submission.training_data
    if _is_excluded(record, track) and kept.audit is not None:
        then = kept.audit.declared
        declared = then if isinstance(then, str) else dict.fromkeys(then, ())
    not_compared = {"polyreact"}  # which release of the program wrote it, and no number
    audit, not_audited = Audit("unknown"), () if kept.audit is None else kept.audit.not_audited
    try:
        audit = recall_audit(declared, track, dataset, OverlapStore.of(verifier.store), not_audited)
    except RecordTooNew as error:
        absent.append(error.summary)
        not_compared.add("audit")
    except ResultsError as error:
        yield Difference("overlap", "those of the audit, as they were written", error.summary)
        not_compared.add("audit")
    submission = record.submission.model_copy(update={"score_is_probability": kept.score_is_probability})
    try:
        made = score_record(
            record.model_copy(update={"submission": submission}),
            dataset,
            verifier.store,
            verifier.settings,
            audit,
            folds_by=track.folds_by,
        ).score
    except (DatasetError, PredictionsLost) as error:
        absent.append(f"{error.code}  {error.summary}")
        return
    except ResultsError as error:
        yield Difference("overlap", "one of the antibodies that are scored", error.summary)
        return
    if made is None:
        message = "a scored record has a score"
        raise ValueError(message)
    yield from find_differences(
        made.model_dump(exclude=not_compared), kept.model_dump(exclude=not_compared), "score"
    )
    yield from check_folds(record, made)


def check_folds(record: Record, made: ScoreRecord) -> Iterator[Difference]:
    """The runs of the folds are of as many antibodies as there are in each of them."""
    counts = {name: fold.positives + fold.negatives for name, fold in made.folds.items()}
    rows = {name: {"test_rows": n, "train_rows": sum(counts.values()) - n} for name, n in counts.items()}
    told = {fold.name: {"test_rows": fold.test_rows, "train_rows": fold.train_rows} for fold in record.run.folds}
    yield from find_differences(rows, told, "run.folds")


def _is_excluded(record: Record, track: Track) -> bool:
    """Whether the submission has no place on the track by its manifest of now; its old score stays as it is."""
    return find_exclusion(record.submission.training_data, Mode(record.submission.mode), track) is not None
