"""Whether a submission that says `independent: true` is: by the trust checks on the demo track, once an image.

Only such a submission may be run in slices. What is found is kept as any other trust check, where everybody can
see it.
"""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.engines.interface import EngineFacts, Image
from polyreact.errors import Finding, IndependenceUnknown, NotIndependent, SubmissionError
from polyreact.evaluation.plan import TRIAL_TRACKS, Submission, build_job
from polyreact.evaluation.trust.checks import TrustChecks, check_resolved
from polyreact.results.store import ResultsStore
from polyreact.results.trust_records import Check, TrustFindingRecord, TrustRecord, TrustVerdict
from polyreact.results.trust_store import TrustStore, is_current
from polyreact.submission.contract import Mode
from polyreact.tracks.catalog import load_track

#: What must hold: in a slice the other rows are missing, and order and ids are others. The answers on variants are
#: another matter.
INDEPENDENCE_CHECKS = (Check.REPEAT, Check.ORDER, Check.HALVES, Check.IDS)

INDEPENDENCE_TRACK = TRIAL_TRACKS[Mode.PREDICT]

_RUN_WHOLE = "It is run in one piece, and scored as any other."


@dataclass(frozen=True, slots=True)
class Independence:
    """Whether a submission may be run in slices, and if it says so and may not, what its author is told.

    `record` is what it was concluded from; None for one that claims nothing.
    """

    holds: bool
    error: SubmissionError | None = None
    record: TrustRecord | None = None


NOT_CLAIMED = Independence(holds=False)


def find_independence(submission: Submission, store: ResultsStore) -> Independence | None:
    """What is known of the claim without a run; None where only one can tell.

    Of a submission that claims nothing it is known that it may not be cut. Raises BadRecord and RecordTooNew;
    ValueError for private records, and for a submission whose image is not known.
    """
    if not submission.manifest.independent:
        return NOT_CLAIMED
    if submission.image is None:
        message = f"which image {submission.id} is must be known before its claim is looked at"
        raise ValueError(message)
    kept = TrustStore.of(store).find(submission.id, INDEPENDENCE_TRACK)
    job = build_job(submission, load_track(INDEPENDENCE_TRACK), store, force=True)
    if kept is None or kept.job != job.digest or not is_current(kept):
        return None
    return judge_independence(kept)


def ensure_independent(
    checks: TrustChecks, submission: Submission, image: Image, facts: EngineFacts
) -> Independence:
    """Whether the submission may be run in slices: looked up, or found by seven containers and kept.

    Nothing is run of one that claims nothing, nor of an image whose claim was looked at before, unless
    `checks.force` is set. It is for the holder of the records' lock, and the records are public ones. What a
    submission does wrong is in `error`, to be told; it is then run in one piece.

    Raises HostError where the platform fails, with nothing written: who cannot wait runs the submission in one
    piece. Raises what the submission cannot be run for, CannotWrite, BadRecord and RecordTooNew.
    """
    known = find_independence(submission, checks.store)
    if known is not None and (known is NOT_CLAIMED or not checks.force):
        return known
    checks.on_progress(f"{submission.id} says that it is independent; looking whether it is")
    track = load_track(INDEPENDENCE_TRACK)
    result = check_resolved(checks, submission, lambda: image, track, facts)
    if result.record is None:
        return unknown_independence(f"it has no place on track `{track.id}`: {result.what}")
    return judge_independence(result.record)


def judge_independence(record: TrustRecord) -> Independence:
    """What a record of trust checks says of the claim."""
    findings = [finding for finding in record.findings if finding.check in INDEPENDENCE_CHECKS]
    broken = [finding for finding in findings if finding.verdict is TrustVerdict.DOES_NOT_HOLD]
    if broken:
        error = NotIndependent(
            f"{record.submission} says `independent: true`, and its answers depend on more than the antibody",
            findings=[Finding(finding.check, _count_changes(finding)) for finding in broken],
            consequence=_RUN_WHOLE,
            cure="Leave `independent` out of the manifest, or find what the answers hang on:\n"
            f"  polyreact submission trust ./my-entry --track {record.track}",
        )
        return Independence(holds=False, error=error, record=record)
    failed = next((finding for finding in findings if finding.verdict is TrustVerdict.NOT_RUN), None)
    if failed is not None:
        return unknown_independence(f"{failed.code}  {failed.message}", record)
    return Independence(holds=True, record=record)


def unknown_independence(why: str, record: TrustRecord | None = None) -> Independence:
    """A claim that could not be looked at for what the submission does or is."""
    error = IndependenceUnknown(
        f"whether the submission is independent, as its manifest says, could not be found: {why}",
        consequence=_RUN_WHOLE,
        cure="To see whether the submission works at all:\n  polyreact submission check ./my-entry",
    )
    return Independence(holds=False, error=error, record=record)


def _count_changes(finding: TrustFindingRecord) -> str:
    compared = finding.comparison
    if compared is None:
        message = "a check that does not hold has figures"
        raise ValueError(message)
    return (
        f"of {compared.rows} antibodies {compared.changed_predictions} got another prediction, "
        f"and {compared.beyond_rounding} a score that differs by more than rounding"
    )
