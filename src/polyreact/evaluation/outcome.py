"""How a run ended and whose doing it was, decided in one place from evidence.

An exit code alone proves nothing: a submission may exit 137 itself, and an engine that dies leaves the same code.
In doubt the run is `undetermined` and is repeated, never held against the submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.engines.interface import RunExit
from polyreact.engines.output import CollectionDefect
from polyreact.engines.policy import MIB, Limits
from polyreact.errors import (
    CannotStart,
    Finding,
    HostError,
    InvalidPredictions,
    NothingWritten,
    OutOfMemory,
    PolyreactError,
    RunFailed,
    RunTimedOut,
    RunUndetermined,
    SubmissionError,
)
from polyreact.results.records import OutcomeKind, OutcomeRecord
from polyreact.submission.contract import OUTPUT_FILE

#: A run that ends with one of these is recorded, and held against the submission.
RUN_FAULTS = (InvalidPredictions, NothingWritten, RunFailed, RunTimedOut, OutOfMemory, CannotStart)

_KILLED = 137


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and the error that says it to a person; None for a valid run."""

    outcome: OutcomeRecord
    error: PolyreactError | None


VALID = Verdict(OutcomeRecord(kind=OutcomeKind.VALID), None)


def judge_exit(ended: RunExit, limits: Limits, track: str) -> Verdict | None:
    """The verdict on how the container ended; None when it ended well, and its output is to be judged."""
    error = _find_platform_doubt(ended, track) or _find_failure(ended, limits, track)
    return None if error is None else _verdict(error)


def _find_platform_doubt(ended: RunExit, track: str) -> PolyreactError | None:
    again = "Nothing was recorded; the next evaluation repeats the run."
    if ended.engine_error is not None:
        summary = f"the engine failed while the run on track `{track}` was going on"
        return RunUndetermined(summary, consequence=again, detail=ended.engine_error)
    shown = ended.start_error is not None or ended.timed_out or ended.out_of_memory
    if ended.exit_code == _KILLED and not shown:
        return RunUndetermined(
            f"the run on track `{track}` was killed (exit status 137), and nothing shows by whom",
            consequence=again,
            cure="If it happens again, the submission is likely to need more memory than the track allows.",
        )
    return None


def _find_failure(ended: RunExit, limits: Limits, track: str) -> PolyreactError | None:
    if ended.start_error is not None:
        return _fault(CannotStart, f"the image's entrypoint cannot be started: {ended.start_error}")
    if ended.timed_out:
        summary = f"the run was stopped at the wall time of track `{track}`, {limits.wall_time_s} s"
        return _fault(RunTimedOut, summary)
    if ended.out_of_memory and ended.exit_code != 0:
        memory = f"{limits.memory_bytes // MIB} MiB"
        return _fault(OutOfMemory, f"the run was killed at the memory limit of track `{track}`, {memory}")
    if ended.exit_code != 0:
        return _fault(RunFailed, f"the run ended with exit status {ended.exit_code}")
    return None


def judge_missing_output(defect: CollectionDefect, track: str) -> Verdict:
    """The verdict on an output that is not there, or is something else than a plain file."""
    if defect.kind == "too-large":
        return judge_table((Finding(OUTPUT_FILE, defect.message),), track)
    return _verdict(_fault(NothingWritten, f"there is no {OUTPUT_FILE} to read: {defect.message}"))


def judge_table(findings: Sequence[Finding], track: str) -> Verdict:
    """The verdict on a table with defects."""
    return _verdict(_fault(InvalidPredictions, _not_met(track), findings))


def name_fold(verdict: Verdict, fold: str) -> Verdict:
    """The same verdict, its sentence beginning with the fold it is about."""
    error = verdict.error
    if error is None:
        return verdict
    summary = f"fold {fold}: {error.summary}"
    named = type(error)(
        summary, findings=error.findings, consequence=error.consequence, cure=error.cure, detail=error.detail
    )
    return Verdict(verdict.outcome.model_copy(update={"message": summary}), named)


def _not_met(track: str) -> str:
    return f"{OUTPUT_FILE} does not meet the contract for track `{track}`."


def _fault(kind: type[SubmissionError], summary: str, findings: Sequence[Finding] = ()) -> SubmissionError:
    """The submission's own failure; the check at home runs the same code on the demo track."""
    return kind(
        summary,
        findings=findings,
        consequence="The run is kept as invalid and is not ranked.",
        cure="To repeat this check at home:\n  polyreact submission check ./my-entry",
    )


def _verdict(error: PolyreactError) -> Verdict:
    kind = OutcomeKind.UNDETERMINED if isinstance(error, HostError) else OutcomeKind.SUBMISSION_FAULT
    return Verdict(OutcomeRecord(kind=kind, code=error.code, message=error.summary), error)
