"""A check told as Markdown: the comment on its pull request, and the page of its run.

What a stranger wrote stands in fenced blocks only, each with a fence longer than any in it; there GitHub shows
characters, and no link, picture, mention or tag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from polyreact.ci.report_document import CheckRecord, ClaimRecord, Outcome, Report, RunFigures, Step
from polyreact.engines.policy import MIB
from polyreact.visible import visible_lines

MARKER = "<!-- polyreact:check -->"
_LOG_LINES, _LINE_LENGTH = 40, 200
_MOST_FINDINGS, _MOST_BLOCK = 20, 6_000
_FENCE = re.compile(r"`{3,}")

_QUESTIONS = {
    Step.CHANGE: "The pull request brings one manifest and changes nothing else",
    Step.OWNER: "Its author may hand in for this owner",
    Step.MANIFEST: "The manifest is valid and names its image by digest",
    Step.IMAGE: "The image can be pulled, is for linux/amd64, and is not too large",
    Step.RUN: "It runs on the public demo track in the whole sandbox, without root and network",
}
_ANSWERS = {
    Outcome.PASSED: "passed",
    Outcome.REFUSED: "**refused**",
    Outcome.UNKNOWN: "**could not be told**",
    Outcome.NOT_REACHED: "not reached",
}


class Verdict(StrEnum):
    """What is to happen with a submission's pull request; also the label that says so."""

    READY = "ready"
    NEEDS_WORK = "needs-work"
    NEEDS_A_PERSON = "needs-a-person"


_HEADLINES = {
    Verdict.READY: (
        "This submission is accepted",
        (
            "It is merged as soon as all that this branch requires has passed. The next weekly run evaluates it, "
            "and its outcome is told here."
        ),
    ),
    Verdict.NEEDS_WORK: (
        "This submission needs work",
        (
            "What is in its way stands below, with what mends it. Push a new commit to this branch, and it is "
            "checked again."
        ),
    ),
    Verdict.NEEDS_A_PERSON: (
        "This check could not be brought to its end",
        (
            "That is not held against the submission. Comment `/check` to run it again; if it happens again, an "
            "organiser has a look."
        ),
    ),
}

_DRAFT = "It is a draft, and no draft is merged. Mark it as ready for review, then comment `/check`."


def decide(checks: Sequence[CheckRecord]) -> Verdict:
    """The verdict on all steps: what its author can mend comes before what nobody could tell."""
    outcomes = {check.outcome for check in checks}
    if Outcome.REFUSED in outcomes:
        return Verdict.NEEDS_WORK
    everything = {check.step for check in checks} == set(Step)
    return Verdict.READY if everything and outcomes == {Outcome.PASSED} else Verdict.NEEDS_A_PERSON


def render_check(
    checks: Sequence[CheckRecord],
    report: Report | None,
    log: str,
    *,
    head_sha: str,
    pages: str,
    run: str | None,
    is_draft: bool = False,
) -> str:
    """The comment on a pull request at `head_sha`.

    `report` has the figures of the run, where it can be believed; `pages` is the address of the repository's own
    pages, and `run` that of the check's run.
    """
    verdict = decide(checks)
    headline, sentence = _HEADLINES[verdict]
    if verdict is Verdict.READY and is_draft:
        sentence = _DRAFT
    rows = [f"| {_QUESTIONS[check.step]} | {_ANSWERS[check.outcome]} | {check.code or ''} |" for check in checks]
    parts = [
        f"{MARKER}\n### {headline}",
        sentence,
        "\n".join(["| Check | Result | Code |", "|---|---|---|", *rows]),
        *(_render_error(check) for check in checks if check.code is not None),
        *([_describe_run(report.run)] if report is not None and report.run is not None else []),
        *([_render_claim(report.independence)] if report is not None and report.independence is not None else []),
        *([_render_log(log, is_open=verdict is not Verdict.READY)] if log.strip() else []),
        _render_footer(report, head_sha, pages, run),
    ]
    return "\n\n".join(parts) + "\n"


def fence(text: str) -> str:
    """A block that shows `text` as it is."""
    shown = visible_lines(text)
    longest = max((len(ticks) for ticks in _FENCE.findall(shown)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}text\n{shown}\n{ticks}"


def _render_error(check: CheckRecord | ClaimRecord) -> str:
    findings = [
        f"  {finding.where}  {finding.message}" if finding.where else f"  {finding.message}"
        for finding in check.findings[:_MOST_FINDINGS]
    ]
    hidden = len(check.findings) - _MOST_FINDINGS
    more = [f"  ... and {hidden} more"] if hidden > 0 else []
    lines = [f"{check.code}  {check.summary}", *([""] if findings else []), *findings, *more]
    if check.cure:
        lines += ["", check.cure]
    return fence("\n".join(lines)[:_MOST_BLOCK])


def _describe_run(run: RunFigures) -> str:
    peak = "" if run.peak_memory_bytes is None else f", {run.peak_memory_bytes / MIB:.0f} MiB"
    memory = f"{peak} of at most {run.memory_limit_bytes / MIB:.0f} MiB memory" if peak else ""
    size = f"{run.image_bytes / MIB:.0f} MiB"
    took = f"{run.wall_s:.1f} s of at most {run.wall_limit_s} s{memory}"
    return f"The run on track `{run.track}` took {took}; the image has {size}."


def _render_claim(claim: ClaimRecord) -> str:
    if claim.holds:
        return "It is independent, as its manifest says: a large track may be run in slices, on several machines."
    if claim.holds is None:
        return (
            "Whether it is independent, as its manifest says, was not looked at here. That is done before a large "
            "track is first run in slices."
        )
    told = "It says `independent: true`, which keeps it from nothing; it is run in one piece, since:"
    return f"{told}\n\n{_render_error(claim)}"


def _render_log(log: str, *, is_open: bool) -> str:
    lines = [line[:_LINE_LENGTH] for line in log.strip("\n").splitlines()]
    shown = "\n".join(lines[-_LOG_LINES:])[-_MOST_BLOCK:]
    title = "What the container printed" if len(lines) <= _LOG_LINES else "The end of what the container printed"
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>\n\n{fence(shown)}\n\n</details>"


def _render_footer(report: Report | None, head_sha: str, pages: str, run: str | None) -> str:
    took = f" in {report.wall_s:.0f} s" if report is not None else ""
    where = f" ([everything that it said]({run}))" if run else ""
    return (
        f"Commit {head_sha[:12]} was checked{took}{where}. The same check at home: `polyreact submission check`. "
        f"[Every code]({pages}/docs/reference/errors.md) · [how to hand in]({pages}/BENCHMARK_SUBMISSION_GUIDE.md)"
    )
