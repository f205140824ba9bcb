"""Whether what is published can be trusted: every number made again, bit for bit, and every digest compared.

Made again are the metrics with their intervals, the confusion matrix, the folds and their means, the audit from the
kept overlaps, and the comparisons of every two submissions. `verify_history` and `verify_trust` look at what else
is kept beside the records.
Compared are the digests of predictions, inputs, labels, policy, job and overlaps, and the record with its track.
What only the machine of the run could tell (seconds, memory, the host) and the prose of the manifest have nothing
to be compared with: for those there is the signature. The identities of a kept overlap are taken as they stand, if
they agree with themselves; `polyreact dataset overlap --force` measures them again.

No record is written or repaired; prepared sets that the cache lacks are made.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from polyreact.datasets.catalog import Dataset, is_private_name, load_dataset
from polyreact.datasets.prepared import prepare_once
from polyreact.datasets.public import read_inputs
from polyreact.engines.policy import strict_policy
from polyreact.errors import (
    DatasetError,
    Defects,
    EntryRefuted,
    Finding,
    MissingExtra,
    PolyreactError,
    PredictionsLost,
    RecordTooNew,
    ResultsError,
    UnknownName,
    UnreadableArgument,
)
from polyreact.evaluation.audit import Audit, recall_audit
from polyreact.evaluation.comparisons import COMPARISONS, find_comparable, make_comparisons
from polyreact.evaluation.plan import find_exclusion, job_digest
from polyreact.evaluation.score import SCORING_VERSION, score_record
from polyreact.files import sha256_bytes
from polyreact.images import parse_image_reference
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.describe import describe_limits
from polyreact.results.ledger import validate_count
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.records import ImageRecord, OutcomeKind, Record, ScoreRecord
from polyreact.results.signing import is_good_signature
from polyreact.results.store import ResultsStore, predictions_name
from polyreact.settings import Settings
from polyreact.submission.contract import CONTRACT_VERSION, Mode
from polyreact.submission.predictions import parse_predictions
from polyreact.tracks.catalog import load_track, track_digest, track_ids
from polyreact.tracks.track import Track
from polyreact.visible import visible_lines

OnProgress = Callable[[str], None]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NONE = "none"
#: The fields by which the parts of an audit are told apart.
_NAMES = ("reference", "region", "cut", "submission", "first", "second")


class Verdict(StrEnum):
    """What was found of a record."""

    VERIFIED = "verified"
    DIFFERS = "DIFFERS"
    CANNOT = "cannot be verified here"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not hold: what, as it should be, and as it stands. Of private tracks only what."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        if not self.expected and not self.found:
            return f"{self.what} is not what it should be"
        return f"{self.what}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of one record, of the comparisons of a track, or of another document beside the records.

    `absent` says what is not here to verify all of it, `signed_by` whose it is, `note` what else is to be known,
    and `again` how it is made again if it does not hold, if it can be. `track` is empty where it is of several.

    The differences stand in the order in which they were found; there may be some though a part is absent.
    """

    submission: str
    track: str
    differences: tuple[Difference, ...] = ()
    absent: str = ""
    signed_by: str = ""
    note: str = ""
    again: str = ""

    @property
    def verdict(self) -> Verdict:
        """A difference counts more than what could not be looked at."""
        if self.differences:
            return Verdict.DIFFERS
        return Verdict.CANNOT if self.absent else Verdict.VERIFIED

    def find_failure(self) -> EntryRefuted | None:
        """The error that this amounts to, with every difference; None where none was found."""
        if not self.differences:
            return None
        copy = (
            "Bring the files back from a copy" if is_private_name(self.track) else "Take the files from git again"
        )
        where = f" on {self.track}" if self.track else ""
        return EntryRefuted(
            f"what is published of {self.submission}{where} does not hold",
            findings=[Finding("", str(difference)) for difference in self.differences],
            consequence="Nothing was changed.",
            cure=f"{copy}, or {self.again}" if self.again else f"{copy}.",
        )


@dataclass(frozen=True, slots=True)
class Verifier:
    """What verifying needs besides the records. With `public_key` every record must be signed by that key."""

    store: ResultsStore
    settings: Settings
    public_key: str | None = None
    on_progress: OnProgress = lambda _line: None
    _unprepared: dict[str, DatasetError] = field(default_factory=dict)

    def prepare(self, dataset: Dataset) -> None:
        """As ensure_prepared, and what cannot be had is looked for once."""
        prepare_once(dataset, self.settings, self.on_progress, self._unprepared)


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


def verify_comparisons(verifier: Verifier, submissions: Sequence[str] = ()) -> Iterator[Verification]:
    """Verify the comparisons of each track on which one of these submissions has a score; of all where none is
    named.

    A track whose records cannot be read is left to `verify_records`.
    """
    whole = read_whole(verifier.store)
    for name in sorted({record.track for record in whole} & set(track_ids())):
        track = load_track(name)
        compared = find_comparable(whole, track)
        if compared and (not submissions or {record.submission.id for record in compared} & set(submissions)):
            verifier.on_progress(f"verifying the comparisons on {name}")
            yield _verify_comparisons(track, compared, verifier)


def read_whole(store: ResultsStore) -> tuple[Record, ...]:
    """The records that belong here and can be read; `verify_records` tells of the others."""
    records = []
    for path in store.find_paths():
        if is_private_name(path.stem) != store.is_private:
            continue
        with contextlib.suppress(ResultsError):
            records.append(store.find(path.parent.name, path.stem))
    return tuple(record for record in records if record is not None)


def _verify_comparisons(track: Track, records: Sequence[Record], verifier: Verifier) -> Verification:
    found = Verification(COMPARISONS, track.id, again="make them again:\n  polyreact score --all")
    try:
        kept = ComparisonStore.of(verifier.store).find(track.id)
    except RecordTooNew as error:
        return replace(found, absent=error.summary)
    except ResultsError as error:
        defects = visible_lines("; ".join([error.summary, *map(str, error.findings)]))
        return replace(found, differences=(Difference(COMPARISONS, "those of the records", defects),))
    if kept is None:
        return replace(found, differences=(Difference(COMPARISONS, f"those of {len(records)} records", _NONE),))
    try:
        verifier.prepare(load_dataset(track.dataset, track.revision))
        made = make_comparisons(records, track, verifier.store, verifier.settings)
    except (DatasetError, ResultsError) as error:
        return replace(found, absent=f"{error.code}  {error.summary}")
    differences = find_differences(made.model_dump(), kept.model_dump(), COMPARISONS)
    return replace(found, differences=hide_figures(differences, verifier))


def hide_figures(differences: Iterable[Difference], verifier: Verifier) -> tuple[Difference, ...]:
    """Of private tracks only what differs is told: with few rows, labels could be worked out from the figures."""
    if not verifier.store.is_private:
        return tuple(differences)
    return tuple(replace(difference, expected="", found="") for difference in differences)


def find_differences(expected: object, found: object, what: str) -> Iterator[Difference]:
    """Where two values of a record part, each by its name; figures are the same only if all their bits are."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in [*expected, *(key for key in found if key not in expected)]:
            yield from find_differences(expected.get(key), found.get(key), f"{what}.{key}")
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        yield from find_differences(_by_name(expected), _by_name(found), what)
    elif repr(expected) != repr(found):
        yield Difference(what, _shown(expected), _shown(found))


def _by_name(values: Sequence[object]) -> dict[str, object]:
    """A list of a record with its parts named by what they are of, else by their place."""
    named: dict[str, object] = {}
    for place, value in enumerate(values, start=1):
        parts = [value[key] for key in _NAMES if key in value] if isinstance(value, Mapping) else []
        name = " ".join(map(str, parts)) or str(place)
        named[name if name not in named else f"{name} ({place})"] = value
    return named


def _shown(value: object) -> str:
    if value is None:
        return _NONE
    shown = "some" if isinstance(value, Mapping | list | tuple) else str(value)
    return visible_lines(shown).replace("\n", " ")


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
        defects = "; ".join([error.summary, *map(str, error.findings)])
        return replace(found, differences=(Difference("record", "one that can be read", visible_lines(defects)),))
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
        found = _NONE if signature is None else f"one by {signature.public_key}"
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
        yield Difference("submission.mode", " or ".join(modes), _shown(record.submission.mode))
        return
    yield from _check_question(record, track, dataset)
    yield from _check_run(record, track, dataset)
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


def _check_question(record: Record, track: Track, dataset: Dataset) -> Iterator[Difference]:
    """The record is of what the track asks now."""
    yield from find_differences(track.dataset, record.dataset, "dataset")
    yield from find_differences(track.revision, record.revision, "revision")
    yield from find_differences(track.is_ranked, record.ranked, "ranked")
    yield from find_differences(dataset.inputs_sha256, record.run.inputs_sha256, "run.inputs_sha256")


def _check_run(record: Record, track: Track, dataset: Dataset) -> Iterator[Difference]:
    run = record.run
    yield from find_differences(CONTRACT_VERSION, run.contract, "run.contract")
    limits = describe_limits(track.limits).model_dump()
    yield from find_differences(limits, run.limits.model_dump(), "run.limits")
    yield from find_differences(strict_policy(track.limits).digest(), run.policy_sha256, "run.policy_sha256")
    yield from check_image(run.image)
    reference = parse_image_reference(run.image.reference)
    job = job_digest(
        run.contract,
        None if isinstance(reference, str) else reference.digest,
        # What a manifest says now may be another mode than that of the run, which only the track could choose.
        Mode.FIT_PREDICT if track.has_folds else Mode.PREDICT,
        strict_policy(track.limits).digest(),
        track_digest(track, dataset),
    )
    yield from find_differences(job, run.job, "run.job")


def check_image(image: ImageRecord) -> Iterator[Difference]:
    """What is told of an image agrees with itself."""
    reference = parse_image_reference(image.reference)
    if isinstance(reference, str) or reference.digest is None:
        yield Difference("run.image.reference", "an image with a digest", _shown(image.reference))
    elif reference.is_local:
        yield from find_differences(image.image_id, reference.digest, "run.image.reference")
    for what, digest in (("image_id", image.image_id), ("digest", image.digest)):
        if digest is not None and _DIGEST.fullmatch(digest) is None:
            yield Difference(f"run.image.{what}", "sha256:<64 hex digits>", _shown(digest))


def _check_outcome(record: Record) -> Iterator[Difference]:
    """A valid run has predictions and a score, and no other has any."""
    is_valid = record.run.outcome.kind is OutcomeKind.VALID
    for what, part in (("run.predictions", record.run.predictions), ("score", record.score)):
        if is_valid != (part is not None):
            expected = "those of a valid run" if is_valid else _NONE
            yield Difference(
                what, expected, _NONE if part is None else f"some, and the run {record.run.outcome.kind}"
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
    counts = {name: fold.positives + fold.negatives for name, fold in made.folds.items()}
    rows = {name: {"test_rows": n, "train_rows": sum(counts.values()) - n} for name, n in counts.items()}
    told = {fold.name: {"test_rows": fold.test_rows, "train_rows": fold.train_rows} for fold in record.run.folds}
    yield from find_differences(rows, told, "run.folds")


def _is_excluded(record: Record, track: Track) -> bool:
    """Whether the submission has no place on the track by its manifest of now; its old score stays as it is."""
    return find_exclusion(record.submission.training_data, Mode(record.submission.mode), track) is not None


def worst_status(found: Iterable[Verification]) -> int:
    """0 where all is verified; 3 where something differs, else 5 where something could not be verified here."""
    verdicts = {one.verdict for one in found}
    kinds: tuple[tuple[Verdict, type[PolyreactError]], ...] = (
        (Verdict.DIFFERS, EntryRefuted),
        (Verdict.CANNOT, DatasetError),
    )
    return next((kind.exit_status for verdict, kind in kinds if verdict in verdicts), 0)
