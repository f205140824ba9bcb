"""How a run ended and whose doing it was, decided in one place from evidence.

An exit code alone proves nothing: a submission may exit 137 itself, and an engine that dies leaves the same code.
So a fault of the submission needs somebody who saw it; whatever the platform may have done is `platform_fault`
where something of it failed, `undetermined` where only the doubt is left. Both are repeated, a bounded number of
times, and never held against the submission; its own faults are recorded and never repeated.

Every verdict speaks in two voices: the error's summary and the record's message and evidence are public, its
`detail` is for the operator alone.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.engines.interface import RunExit
from polyreact.engines.output import CollectionDefect
from polyreact.engines.policy import MIB, Limits
from polyreact.errors import (
    CannotStart,
    EngineFailed,
    Finding,
    HostError,
    InvalidPredictions,
    NoEngine,
    NothingWritten,
    OutOfMemory,
    PolyreactError,
    RegistryFailed,
    RunFailed,
    RunTimedOut,
    RunUndetermined,
    SubmissionError,
)
from polyreact.results.records import EvidenceRecord, OutcomeKind, OutcomeRecord, Record
from polyreact.submission.contract import OUTPUT_FILE
from polyreact.visible import visible_lines

#: A run that ends with one of these is recorded, and held against the submission.
RUN_FAULTS = (InvalidPredictions, NothingWritten, RunFailed, RunTimedOut, OutOfMemory, CannotStart)

#: How many seconds to wait before each repetition, by what went wrong. What is not here would only fail again.
REPEATED_AFTER_S: tuple[tuple[type[HostError], tuple[float, ...]], ...] = (
    (EngineFailed, (2, 10, 30)),  # a daemon that is restarted takes ten seconds to end, and as long to come up
    (NoEngine, (2, 10, 30)),
    (RegistryFailed, (2,)),  # engines ask registries several times themselves
    (RunUndetermined, (1,)),
)

_KILLED = 137
_SIGNAL_BASE = 128
_KEPT_LINES = 20
_KEPT_LINE_LENGTH = 300
_AGAIN = "Nothing was recorded; the next evaluation repeats the run."


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and the error that says it to a person; None for a valid run."""

    outcome: OutcomeRecord
    error: PolyreactError | None


VALID = Verdict(OutcomeRecord(kind=OutcomeKind.VALID), None)


def judge_exit(ended: RunExit, limits: Limits, track: str) -> Verdict | None:
    """The verdict on how the container ended; None when it ended well, and its output is to be judged."""
    error = _find_platform_failure(ended, track) or _find_failure(ended, limits, track)
    return None if error is None else _verdict(error, ended)


def judge_host(error: HostError) -> Verdict:
    """The verdict on a run that the platform did not bring to an end."""
    return _verdict(error)


def delays_before_repeating(error: PolyreactError | None) -> tuple[float, ...]:
    """The seconds to wait before each repetition of what ended with this error; empty where it is not repeated."""
    return next((delays for kind, delays in REPEATED_AFTER_S if isinstance(error, kind)), ())


def describe_for_operator(verdict: Verdict, ended: RunExit | None) -> dict[str, object]:
    """Everything that a verdict rests on, the text of the engine and the end of the log included; never public."""
    lines = [] if ended is None else visible_lines(ended.log.decode("utf-8", "replace")).splitlines()
    return {
        **verdict.outcome.model_dump(mode="json", exclude={"evidence"}),
        "detail": verdict.error.detail if verdict.error else "",
        "evidence": None if ended is None else _evidence(ended).model_dump(mode="json"),
        "start_error": None if ended is None else ended.start_error,
        "engine_error": None if ended is None else ended.engine_error,
        "started_at": None if ended is None else ended.started_at.isoformat(),
        "wall_s": None if ended is None else ended.wall_s,
        "peak_memory_bytes": None if ended is None else ended.peak_memory_bytes,
        "last_lines": [line[:_KEPT_LINE_LENGTH] for line in lines[-_KEPT_LINES:]],
    }


def _find_platform_failure(ended: RunExit, track: str) -> HostError | None:
    if ended.engine_error is not None:
        summary = f"the engine failed while the run on track `{track}` was going on"
        return EngineFailed(summary, consequence=_AGAIN, detail=ended.engine_error)
    shown = ended.start_error is not None or ended.timed_out or ended.out_of_memory
    if ended.exit_code == _KILLED and not shown:
        at_limit = ", though its memory stood at the limit" if ended.stood_at_memory_limit else ""
        return RunUndetermined(
            f"the run on track `{track}` was killed (exit status 137), and nothing shows by whom{at_limit}",
            consequence=_AGAIN,
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


def name_attempts(verdict: Verdict, earlier: Sequence[Verdict]) -> Verdict:
    """The same verdict, its evidence telling which failures of the platform came before it."""
    evidence = verdict.outcome.evidence
    if evidence is None or not earlier:
        return verdict
    codes = tuple(attempt.outcome.code or "" for attempt in earlier)
    told = evidence.model_copy(update={"earlier_attempts": codes})
    return Verdict(verdict.outcome.model_copy(update={"evidence": told}), verdict.error)


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


def _verdict(error: PolyreactError, ended: RunExit | None = None) -> Verdict:
    evidence = None if ended is None else _evidence(ended)
    outcome = OutcomeRecord(kind=_kind_of(error), code=error.code, message=error.summary, evidence=evidence)
    return Verdict(outcome, error)


def _kind_of(error: PolyreactError) -> OutcomeKind:
    if isinstance(error, RunUndetermined):
        return OutcomeKind.UNDETERMINED
    return OutcomeKind.PLATFORM_FAULT if isinstance(error, HostError) else OutcomeKind.SUBMISSION_FAULT


def _evidence(ended: RunExit) -> EvidenceRecord:
    name = None
    with contextlib.suppress(ValueError):
        name = signal.Signals(ended.exit_code - _SIGNAL_BASE).name
    return EvidenceRecord(
        exit_code=ended.exit_code,
        signal=name,
        timed_out=ended.timed_out,
        memory_kills_seen_by=ended.memory_kills_seen_by,
        stood_at_memory_limit=ended.stood_at_memory_limit,
        clock_was_set=ended.clock_was_set,
    )


def find_fault(record: Record) -> PolyreactError | None:
    """The error that a recorded run ended with, None where it was valid: for who tells of a run made elsewhere."""
    outcome = record.run.outcome
    for fault in RUN_FAULTS:
        if outcome.kind is OutcomeKind.SUBMISSION_FAULT and fault.code == outcome.code:
            return fault(outcome.message)
    return None
