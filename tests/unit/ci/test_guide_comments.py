"""The comments that the submission guide shows are those that a pull request gets."""

import re
from pathlib import Path

import pytest

from polyreact.ci.comment import MARKER, render_check
from polyreact.ci.outcomes import Ending, JobOutcome
from polyreact.ci.report_document import Report, RunFigures, Step, complete, failed, passed
from polyreact.ci.tell import MARKER as OUTCOMES_MARKER
from polyreact.ci.tell import render_outcomes
from polyreact.engines.policy import MIB
from polyreact.errors import Finding
from polyreact.evaluation.outcome import judge_table

GUIDE = Path(__file__).parent.parent.parent.parent / "BENCHMARK_SUBMISSION_GUIDE.md"
QUOTE = re.compile(r"(?:^>.*\n)+", re.MULTILINE)
HEAD = "4f1c0de2a9b84f1c0de2a9b84f1c0de2a9b84f1c"
PAGES, RUN = "https://github.com/bench/polyreact/blob/main", "https://github.com/bench/polyreact/actions/runs/77"
BEFORE = (Step.CHANGE, Step.OWNER, Step.MANIFEST, Step.IMAGE)


def accepted():
    return [passed(step) for step in Step], 0.3, ""


def refused():
    error = judge_table((Finding("line 31", 'score is "nan"; expected a finite number'),), "demo").error
    return complete([*map(passed, BEFORE), failed(Step.RUN, error)]), 0.3, "RuntimeWarning: divide by zero"


def render(checks, wall_s, log):
    figures = RunFigures(
        track="demo",
        engine="podman",
        wall_s=wall_s,
        wall_limit_s=600,
        peak_memory_bytes=8 * MIB,
        memory_limit_bytes=4096 * MIB,
        image_bytes=78 * MIB,
    )
    report = Report(
        polyreact="1", head_sha=HEAD, is_submission=True, checks=tuple(checks), run=figures, wall_s=38.0
    )
    return render_check(checks, report, log, head_sha=HEAD, pages=PAGES, run=RUN).removeprefix(f"{MARKER}\n")


def read_quote(number):
    """What the guide quotes, by its number from 0 on."""
    quote = QUOTE.findall(GUIDE.read_text())[number]
    return re.sub(r"^> ?", "", quote, flags=re.MULTILINE)


@pytest.mark.parametrize(("number", "told"), [(0, accepted), (1, refused)])
def test_comment_in_the_guide_is_the_one_that_is_written(number, told):
    assert read_quote(number) == render(*told())


def test_outcomes_in_the_guide_are_told_as_they_are():
    outcomes = [
        JobOutcome(submission="yourlab-yourmodel", track="jain", ending=Ending.SCORED),
        JobOutcome(
            submission="yourlab-yourmodel",
            track="harvey-test",
            ending=Ending.FAILED,
            code="E314",
            message="the run was stopped at the wall time of track `harvey-test`, 3600 s",
        ),
        JobOutcome(submission="yourlab-yourmodel", track="shehata", ending=Ending.PUT_OFF, code="E403"),
    ]
    told = render_outcomes(outcomes, RUN, f"{PAGES}/docs/reference/errors.md")
    assert read_quote(2) == told.removeprefix(f"{OUTCOMES_MARKER}\n")
