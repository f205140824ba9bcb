"""What a check found, as the artefact that it leaves: `report.json` and `log.txt`.

Read again, both are a stranger's: the workflow that wrote them may have been edited by the pull request.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from polyreact.errors import BadReport, Finding, HostError, PolyreactError
from polyreact.evaluation.trust.independence import Independence
from polyreact.files import write_atomically
from polyreact.visible import visible_lines

REPORT_FILE, LOG_FILE = "report.json", "log.txt"
MAX_REPORT_BYTES, MAX_LOG_BYTES = 256 << 10, 1 << 20
_MOST_FINDINGS, _SHORT, _LONG = 50, 500, 2_000
_CUT = "..."


class Step(StrEnum):
    """What is checked, in this order; each is checked only where all before it passed."""

    CHANGE = "change"
    OWNER = "owner"
    MANIFEST = "manifest"
    IMAGE = "image"
    RUN = "run"


class Outcome(StrEnum):
    """`refused` is the author's to mend, `unknown` the platform's; `not reached` stands behind one of both."""

    PASSED = "passed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_REACHED = "not reached"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FindingRecord(_Kept):
    """One defect."""

    where: Annotated[str, Field(max_length=_SHORT)]
    message: Annotated[str, Field(max_length=_LONG)]


class _ToldRecord(_Kept):
    """An error as its author reads it, where there is one."""

    code: Annotated[str, Field(pattern=r"^E[1-9]\d{2}$")] | None = None
    summary: Annotated[str, Field(max_length=_LONG)] = ""
    findings: Annotated[tuple[FindingRecord, ...], Field(max_length=_MOST_FINDINGS, strict=False)] = ()
    cure: Annotated[str, Field(max_length=_LONG)] = ""


class CheckRecord(_ToldRecord):
    """One step; where it did not pass, why."""

    step: Annotated[Step, Field(strict=False)]
    outcome: Annotated[Outcome, Field(strict=False)]


class ClaimRecord(_ToldRecord):
    """Whether a submission is independent, as its manifest says, and if not, why; it is accepted either way.

    `holds` is None where that was not looked at.
    """

    holds: bool | None = None


class RunFigures(_Kept):
    """What the smoke run took."""

    track: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}$")]
    engine: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    wall_s: Annotated[float, Field(ge=0, strict=False)]
    wall_limit_s: Annotated[int, Field(ge=0)]
    peak_memory_bytes: Annotated[int, Field(ge=0)] | None
    memory_limit_bytes: Annotated[int, Field(ge=0)]
    image_bytes: Annotated[int, Field(ge=0)]


class Report(_Kept):
    """Of one commit of one pull request. `is_submission` is false where nothing in `submissions/` is touched."""

    schema_version: Literal[1] = 1
    polyreact: Annotated[str, Field(max_length=_SHORT)]
    head_sha: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    is_submission: bool
    manifest_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    checks: Annotated[tuple[CheckRecord, ...], Field(max_length=len(Step), strict=False)] = ()
    run: RunFigures | None = None
    independence: ClaimRecord | None = None
    wall_s: Annotated[float, Field(ge=0, strict=False)] = 0.0


def passed(step: Step) -> CheckRecord:
    """A step that was passed."""
    return CheckRecord(step=step, outcome=Outcome.PASSED)


def failed(step: Step, error: PolyreactError) -> CheckRecord:
    """A step that ended with this error; the platform's own are held against nobody."""
    outcome = Outcome.UNKNOWN if isinstance(error, HostError) else Outcome.REFUSED
    return CheckRecord(step=step, outcome=outcome, **_tell(error))


def judged(claim: Independence) -> ClaimRecord:
    """What was found of a claim to be independent."""
    return ClaimRecord(holds=claim.holds, **({} if claim.error is None else _tell(claim.error)))


def complete(checks: Iterable[CheckRecord]) -> tuple[CheckRecord, ...]:
    """A record for every step, in order; those that were not reached say so."""
    known = {check.step: check for check in checks}
    return tuple(known.get(step, CheckRecord(step=step, outcome=Outcome.NOT_REACHED)) for step in Step)


def write_report(folder: Path, report: Report, log: str) -> None:
    """Write both files; of a log that is too long its end. Raises CannotWrite."""
    content = visible_lines(log).encode("utf-8", "replace")[-MAX_LOG_BYTES:]
    write_atomically(folder / LOG_FILE, content.decode("utf-8", "ignore").encode())
    write_atomically(folder / REPORT_FILE, (report.model_dump_json(indent=2) + "\n").encode())


def read_report(folder: Path) -> tuple[Report, str]:
    """A report and the log beside it, from a folder that a stranger filled. Raises BadReport with what is wrong."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        raise _bad([Finding("", "the check left no report behind")]) from error
    others = [name for name in names if name not in {REPORT_FILE, LOG_FILE}]
    if others:
        raise _bad([Finding("", f"holds {len(others)} files that no check writes")])
    content = _read(folder / REPORT_FILE, MAX_REPORT_BYTES)
    log = _read(folder / LOG_FILE, MAX_LOG_BYTES) if LOG_FILE in names else b""
    try:
        report = Report.model_validate_json(content, strict=True)
    except (ValidationError, RecursionError) as error:
        defects = error.errors(include_url=False, include_input=False) if isinstance(error, ValidationError) else []
        findings = [Finding(".".join(map(str, defect["loc"]))[:80], defect["msg"][:200]) for defect in defects[:10]]
        raise _bad(findings or [Finding("", "is nested too deeply")]) from error
    return report, visible_lines(log.decode("utf-8", "replace"))


def _read(path: Path, limit: int) -> bytes:
    """A regular file of at most `limit` bytes; a link is not followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _bad([Finding(path.name, "is absent, or a link")]) from error
    with os.fdopen(handle, "rb", closefd=True) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _bad([Finding(path.name, "is no file")])
        content = file.read(limit + 1)
    if len(content) > limit:
        raise _bad([Finding(path.name, f"has more than {limit} bytes")])
    return content


def _bad(findings: list[Finding]) -> BadReport:
    return BadReport(
        "what the check left behind is not a report of this commit",
        findings=findings,
        consequence="The run counts as not done, and nothing is merged.",
        cure="Comment `/check` to run it again; if it happens again, an organiser looks at the log of the check.",
    )


def _tell(error: PolyreactError) -> dict[str, Any]:
    findings = [
        FindingRecord(where=_cut(finding.where, _SHORT), message=_cut(finding.message, _LONG))
        for finding in error.findings[:_MOST_FINDINGS]
    ]
    return {
        "code": error.code,
        "summary": _cut(error.summary, _LONG),
        "findings": tuple(findings),
        "cure": _cut(error.cure, _LONG),
    }


def _cut(text: str, limit: int) -> str:
    text = visible_lines(text)
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT
