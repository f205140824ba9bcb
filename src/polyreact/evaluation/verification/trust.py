"""Whether what is kept of trust checks agrees with the track, the image that was scored, and with itself.

What the runs answered is not kept, so how many answers changed is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.variants import VARIANT_SEED
from polyreact.engines.policy import strict_policy
from polyreact.errors import DatasetError, RecordTooNew, ResultsError
from polyreact.evaluation.trust.checks import read_question
from polyreact.evaluation.trust.findings import looks_like_lookup
from polyreact.evaluation.trust.inputs import ROW_SEED
from polyreact.evaluation.verification.findings import (
    Difference,
    Verification,
    Verifier,
    describe_unreadable,
    find_differences,
    read_whole,
)
from polyreact.evaluation.verification.records import check_image
from polyreact.results.records import Record
from polyreact.results.trust_records import Check, TrustFindingRecord, TrustRecord, TrustVerdict
from polyreact.results.trust_store import TrustStore, is_current, is_of_image_scored
from polyreact.submission.contract import CONTRACT_VERSION
from polyreact.tracks.catalog import load_track

TRUST = "trust"
_NOT_SHOWN = "of another image than the one scored, or of an older set or rule: not shown on any board"


def verify_trust(verifier: Verifier, submissions: Sequence[str] = ()) -> Iterator[Verification]:
    """Verify the trust checks of these submissions, of all where none is named; private records have none."""
    if verifier.store.is_private:
        return
    store, records = TrustStore.of(verifier.store), read_whole(verifier.store)
    for path in store.find_paths():
        submission = path.parent.name
        if not submissions or submission in submissions:
            verifier.on_progress(f"verifying the trust checks of {submission} on {path.stem}")
            yield _verify(path, store, [other for other in records if other.submission.id == submission], verifier)


def _verify(path: Path, store: TrustStore, scored: Sequence[Record], verifier: Verifier) -> Verification:
    again = f"check again:\n  polyreact submission trust PATH --track {path.stem} --force"
    found = Verification(f"trust checks of {path.parent.name}", path.stem, again=again)
    try:
        record = store.read(path)
    except RecordTooNew as error:
        return replace(found, absent=error.summary)
    except ResultsError as error:
        defects = describe_unreadable(error)
        return replace(found, differences=(Difference(TRUST, "a record that can be read", defects),))
    wrong = tuple(_check_image(record, scored))
    if wrong:
        return replace(found, differences=wrong)
    if not is_current(record) or not is_of_image_scored(record, scored):
        return replace(found, note=_NOT_SHOWN)
    differences = [*_check_run(record, scored), *_check_findings(record)]
    try:
        differences += _check_question(record, verifier)
    except DatasetError as error:
        return replace(found, differences=tuple(differences), absent=f"{error.code}  {error.summary}")
    return replace(found, differences=tuple(differences))


def _check_image(record: TrustRecord, scored: Sequence[Record]) -> Iterator[Difference]:
    """The image agrees with itself, and is that of the score whose job these checks name."""
    yield from check_image(record.image)
    for other in scored:
        if other.run.job == record.job:
            yield from find_differences(other.run.image.image_id, record.image.image_id, f"{TRUST}.image.image_id")


def _check_run(record: TrustRecord, scored: Sequence[Record]) -> Iterator[Difference]:
    track = load_track(record.track)
    yield from find_differences(CONTRACT_VERSION, record.contract, f"{TRUST}.contract")
    same_image = [other for other in scored if other.run.image.image_id == record.image.image_id]
    gpus = max((other.run.limits.gpus for other in same_image), default=0)
    policy = strict_policy(track.limits, gpus)
    yield from find_differences(policy.digest(), record.policy_sha256, f"{TRUST}.policy_sha256")
    for other in scored:
        if other.track == record.track:
            yield from find_differences(other.run.job, record.job, f"{TRUST}.job")


def _check_question(record: TrustRecord, verifier: Verifier) -> Iterator[Difference]:
    """The rows and their variants, drawn again."""
    track = load_track(record.track)
    dataset = load_dataset(track.dataset, track.revision)
    verifier.prepare(dataset)
    question = read_question(track, dataset, verifier.settings)
    asked = {
        "fold": question.fold,
        "rows_in_track": question.rows_in_track,
        "rows": len(question.rows),
        "row_seed": ROW_SEED,
        "variant_seed": VARIANT_SEED,
        "inputs_sha256": question.inputs_sha256,
        "variants_sha256": question.variants_sha256,
        "left_out": dict(question.variants.left_out),
    }
    yield from find_differences(asked, record.model_dump(include=set(asked)), TRUST)


def _check_findings(record: TrustRecord) -> Iterator[Difference]:
    """No finding counts what cannot be, and what is said of variants follows from their figures."""
    varied = record.rows - sum(record.left_out.values())
    for finding in record.findings:
        what = f"{TRUST}.{finding.check}"
        if finding.verdict is TrustVerdict.NOT_RUN or finding.comparison is None:
            continue
        rows = varied if finding.check is Check.VARIANTS else record.rows
        runs = 2 if finding.check is Check.HALVES and record.rows > 1 else 1
        yield from find_differences(rows, finding.comparison.rows, f"{what}.rows")
        yield from find_differences(runs, finding.runs, f"{what}.runs")
        yield from _check_counts(finding, what)


def _check_counts(finding: TrustFindingRecord, what: str) -> Iterator[Difference]:
    compared = finding.comparison
    if compared is None:
        return
    for most, name in ((compared.rows, "changed_predictions"), (compared.rows, "changed_scores")):
        if getattr(compared, name) > most:
            yield Difference(f"{what}.{name}", f"at most {most}", str(getattr(compared, name)))
    if compared.beyond_rounding > compared.changed_scores:
        yield Difference(
            f"{what}.beyond_rounding", f"at most {compared.changed_scores}", str(compared.beyond_rounding)
        )
    if (compared.largest_difference > 0) != (compared.changed_scores > 0):
        expected = "above 0" if compared.changed_scores else "0"
        yield Difference(f"{what}.largest_difference", expected, str(compared.largest_difference))
    if finding.spearman is not None:
        says = looks_like_lookup(compared, finding.spearman.value, finding.spearman.reason)
        yield from find_differences(says, finding.looks_like_lookup, f"{what}.looks_like_lookup")
