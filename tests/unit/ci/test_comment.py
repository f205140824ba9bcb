"""A comment shows what a stranger wrote as characters, and says what is to be done."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from polyreact.ci.comment import MARKER, Verdict, decide, fence, render_check
from polyreact.ci.report_document import (
    CheckRecord,
    ClaimRecord,
    FindingRecord,
    Outcome,
    Report,
    Step,
    complete,
    passed,
)
from unit.ci.samples import figures, refused, report

_HEAD = "b" * 40
_PAGES = "https://github.com/lab/benchmark/blob/main"
_HOSTILE = [
    "```\n# accepted\n@everyone [x](https://example.org) <img src=x onerror=y>",
    "``````````\n<script>",
    "~~~\n|a|b|",
    "</details><!-- polyreact:check -->",
    "\x1b[2J\u202eevil\u0000",
    "`" * 500,
    "```text\n```\n@lab",
    " ```\n<b>",
    "x\r```\r\n<b>",
]


def _render(checks: tuple[CheckRecord, ...], log: str = "", made: Report | None = None, **more: bool) -> str:
    return render_check(checks, made, log, head_sha=_HEAD, pages=_PAGES, run=None, **more)


def test_accepted_submission_is_told_with_what_its_run_took() -> None:
    body = _render(report(_HEAD).checks, "hello\n", report(_HEAD))
    assert body.startswith(f"{MARKER}\n### This submission is accepted\n")
    assert body.count("passed") >= len(Step)
    assert "1.5 s of at most 600 s, 50 MiB of at most 4096 MiB memory; the image has 130 MiB" in body
    assert "hello" in body


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (ClaimRecord(holds=True), "a large track may be run in slices"),
        (ClaimRecord(holds=None), "was not looked at here"),
        (ClaimRecord(holds=False, code="E340", summary="it is not", cure="Mend."), "E340  it is not"),
    ],
)
def test_claim_to_be_independent_is_told_of_an_accepted_submission(claim: ClaimRecord, told: str) -> None:
    body = _render(report(_HEAD).checks, made=report(_HEAD, independence=claim))
    assert "### This submission is accepted" in body
    assert told in body


def test_draft_is_told_what_to_do() -> None:
    assert "Mark it as ready for review" in _render(report(_HEAD).checks, is_draft=True)


def test_refusal_is_told_with_code_findings_and_cure() -> None:
    finding = FindingRecord(where="line 3:1", message="`license` is not an SPDX expression")
    body = _render(
        complete([passed(Step.CHANGE), refused(Step.OWNER, "E703", "no", findings=(finding,), cure="Mend.")])
    )
    assert "### This submission needs work" in body
    assert "| **refused** | E703 |" in body
    for line in ("E703  no", "line 3:1  `license` is not an SPDX expression", "Mend."):
        assert line in body
    assert body.count("not reached") == 3


def test_verdict_needs_every_step() -> None:
    """A report that leaves out the run has no step that failed, and none that passed either."""
    everything = tuple(passed(step) for step in Step)
    unknown = CheckRecord(step=Step.IMAGE, outcome=Outcome.UNKNOWN, code="E404")
    assert decide(everything) is Verdict.READY
    assert decide(everything[:-1]) is Verdict.NEEDS_A_PERSON
    assert decide(()) is Verdict.NEEDS_A_PERSON
    assert decide(complete([*everything[:3], unknown])) is Verdict.NEEDS_A_PERSON
    assert decide(complete([refused(Step.CHANGE, "E702"), unknown])) is Verdict.NEEDS_WORK


def _tokens_outside_code(body: str) -> list[tuple[str, str]]:
    """What a reader of Markdown sees that is no code: (kind, content) of every inline token."""
    tokens = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(body)
    found = [(token.type, token.content) for token in tokens if token.type in {"html_block", "heading_open"}]
    for token in tokens:
        found += [(child.type, child.content) for child in token.children or ()]
    return found


@pytest.mark.parametrize("text", _HOSTILE)
def test_text_of_a_stranger_is_shown_and_does_nothing(text: str) -> None:
    """Title, findings and log can hold fences, tags, mentions and links; nothing of it may leave its block."""
    finding = FindingRecord(where=text[:100], message=text)
    checks = complete([refused(Step.CHANGE, "E702", text, findings=(finding,), cure=text)])
    quiet = complete(
        [refused(Step.CHANGE, "E702", "x", findings=(FindingRecord(where="x", message="x"),), cure="x")]
    )
    assert _tokens_outside_code(_render(checks, text)) == _tokens_outside_code(_render(quiet, "x"))


@pytest.mark.parametrize("text", _HOSTILE)
def test_claim_of_a_stranger_is_shown_and_does_nothing(text: str) -> None:
    def body(words: str) -> str:
        finding = FindingRecord(where=words[:100], message=words)
        claim = ClaimRecord(holds=False, code="E340", summary=words, findings=(finding,), cure=words)
        return _render(report(_HEAD).checks, made=report(_HEAD, independence=claim))

    assert _tokens_outside_code(body(text)) == _tokens_outside_code(body("x"))


@given(text=st.text(alphabet=st.sampled_from("`~ \n\tx@<>|\r\\#-*"), max_size=60))
def test_fence_holds_any_text(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"before\n\n{fence(text)}\n\nafter")
    assert [token.type for token in tokens if token.level == 0 and token.type != "paragraph_close"] == [
        "paragraph_open", "fence", "paragraph_open"
    ]  # fmt: skip


def test_comment_is_never_longer_than_github_takes() -> None:
    finding = FindingRecord(where="w" * 500, message="m" * 2_000)
    check = refused(Step.MANIFEST, "E301", "s" * 2_000, findings=(finding,) * 50, cure="c" * 2_000)
    claim = ClaimRecord(holds=False, **check.model_dump(exclude={"step", "outcome"}))
    body = _render(complete([check] * 5), "line\n" * 100_000, report(_HEAD, independence=claim))
    assert len(body.encode()) < 65_536


def test_log_is_cut_to_its_end() -> None:
    body = _render(report(_HEAD).checks, "".join(f"line {number}\n" for number in range(100)))
    assert "The end of what the container printed" in body
    assert "line 99" in body
    assert re.search(r"\bline 10\b", body) is None


def test_run_whose_memory_is_not_known_is_told_without() -> None:
    body = _render(report(_HEAD).checks, made=report(_HEAD, run=figures(peak_memory_bytes=None)))
    assert "memory" not in body.split("The run on track")[1].split("\n")[0]
