"""Whose doing it was: every way a run can end."""

import pytest

from fakes.engine import exited
from polyreact.engines.output import CollectionDefect
from polyreact.errors import Finding, HostError, SubmissionError
from polyreact.evaluation.outcome import VALID, judge_exit, judge_missing_output, judge_table, name_fold
from polyreact.results.records import OutcomeKind
from polyreact.tracks.catalog import load_track

TRACK = load_track("demo")

FAULT, UNDETERMINED = OutcomeKind.SUBMISSION_FAULT, OutcomeKind.UNDETERMINED
PLATFORM = OutcomeKind.PLATFORM_FAULT

ENDS = {
    "error of its own": (exited(1), FAULT, "E313"),
    "highest exit status": (exited(255), FAULT, "E313"),
    "terminated by itself": (exited(143), FAULT, "E313"),
    "crashed": (exited(139), FAULT, "E313"),
    "wall time": (exited(143, timed_out=True), FAULT, "E314"),
    "wall time, killed": (exited(137, timed_out=True), FAULT, "E314"),
    "wall time, ended well meanwhile": (exited(0, timed_out=True), FAULT, "E314"),
    "memory": (exited(137, out_of_memory=True), FAULT, "E315"),
    "memory, a child": (exited(1, out_of_memory=True), FAULT, "E315"),
    "no entrypoint": (exited(127, start_error="no such file"), FAULT, "E316"),
    "no entrypoint, killed": (exited(137, start_error="no such file"), FAULT, "E316"),
    "killed without evidence": (exited(137), UNDETERMINED, "E405"),
    "engine died": (exited(0, engine_error="connection lost"), PLATFORM, "E403"),
    "engine died, exit 1": (exited(1, engine_error="connection lost"), PLATFORM, "E403"),
    "engine died at the time limit": (exited(137, timed_out=True, engine_error="lost"), PLATFORM, "E403"),
    "engine died before the start": (exited(127, start_error="x", engine_error="lost"), PLATFORM, "E403"),
}


@pytest.mark.parametrize(("ended", "kind", "code"), ENDS.values(), ids=ENDS)
def test_run_that_did_not_end_well_is_judged(ended, kind, code):
    verdict = judge_exit(ended, TRACK.limits, TRACK.id)
    assert (verdict.outcome.kind, verdict.outcome.code, verdict.error.code) == (kind, code, code)
    assert verdict.outcome.message == verdict.error.summary
    assert isinstance(verdict.error, SubmissionError if kind is FAULT else HostError)


@pytest.mark.parametrize(
    "ended", [exited(0), exited(0, out_of_memory=True)], ids=["plain", "a child was killed for memory and survived"]
)
def test_run_that_ended_well_is_judged_by_its_output(ended):
    assert judge_exit(ended, TRACK.limits, TRACK.id) is None


def test_doubt_is_recorded_nowhere_and_said_so():
    verdict = judge_exit(exited(137), TRACK.limits, TRACK.id)
    assert verdict.error.consequence.startswith("Nothing was recorded")


def test_text_of_the_engine_is_for_the_operator_only():
    verdict = judge_exit(exited(1, engine_error="dial unix /run/secret.sock"), TRACK.limits, TRACK.id)
    assert "secret" not in verdict.error.render() + verdict.outcome.message
    assert "secret" in verdict.error.detail


def test_limits_are_named_where_they_were_met():
    for ended, limit in [(exited(137, timed_out=True), "600 s"), (exited(137, out_of_memory=True), "4096 MiB")]:
        assert limit in judge_exit(ended, TRACK.limits, TRACK.id).error.summary


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("missing", "E312"),
        ("symlink", "E312"),
        ("not-a-file", "E312"),
        ("hard-link", "E312"),
        ("unreadable", "E312"),
        ("too-large", "E311"),
    ],
)
def test_output_that_is_no_plain_file_is_the_submissions_fault(kind, code):
    verdict = judge_missing_output(CollectionDefect(kind, "what is wrong with it"), TRACK.id)
    assert (verdict.outcome.kind, verdict.outcome.code) == (FAULT, code)
    assert "what is wrong with it" in verdict.error.render()
    assert "polyreact submission check" in verdict.error.cure


def test_table_with_defects_is_the_submissions_fault_with_every_finding():
    findings = tuple(Finding(f"line {number}", "wrong") for number in range(20))
    verdict = judge_table(findings, TRACK.id)
    assert (verdict.outcome.kind, verdict.outcome.code) == (FAULT, "E311")
    assert verdict.error.findings == findings


def test_findings_are_not_in_the_public_record():
    assert "line 3" not in judge_table((Finding("line 3", "wrong"),), TRACK.id).outcome.message


def test_valid_run_has_neither_code_nor_error():
    assert (VALID.outcome.kind, VALID.outcome.code, VALID.error) == (OutcomeKind.VALID, None, None)


def test_verdict_on_a_fold_names_it_and_keeps_the_rest():
    findings = (Finding("line 3", "wrong"),)
    plain = judge_table(findings, TRACK.id)
    named = name_fold(plain, "HIV")
    assert named.outcome.message == f"fold HIV: {plain.outcome.message}"
    assert (named.outcome.kind, named.outcome.code) == (FAULT, "E311")
    assert (named.error.findings, named.error.cure) == (findings, plain.error.cure)
    assert name_fold(VALID, "HIV") == VALID


def test_detail_for_the_operator_is_kept_when_a_fold_is_named():
    named = name_fold(judge_exit(exited(1, engine_error="dial secret"), TRACK.limits, TRACK.id), "1")
    assert named.error.detail == "dial secret"
    assert "secret" not in named.error.render()
