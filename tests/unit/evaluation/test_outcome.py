"""Whose doing it was: every way a run can end."""

import pytest

from fakes.engine import exited
from polyreact.engines.output import CollectionDefect
from polyreact.errors import EngineFailed, Finding, HostError, RegistryFailed, RunUndetermined, SubmissionError
from polyreact.evaluation.outcome import (
    VALID,
    describe_for_operator,
    judge_exit,
    judge_host,
    judge_missing_output,
    judge_table,
    name_attempts,
    name_fold,
)
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
    "killed, its memory at the limit": (exited(137, stood_at_memory_limit=True), UNDETERMINED, "E405"),
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


def test_evidence_tells_what_was_seen_and_by_whom():
    seen = ("control group", "kernel log")
    verdict = judge_exit(exited(137, memory_kills_seen_by=seen, stood_at_memory_limit=True), TRACK.limits, TRACK.id)
    evidence = verdict.outcome.evidence
    assert (evidence.exit_code, evidence.signal, evidence.timed_out) == (137, "SIGKILL", False)
    assert (evidence.memory_kills_seen_by, evidence.stood_at_memory_limit) == (seen, True)
    assert judge_exit(exited(3), TRACK.limits, TRACK.id).outcome.evidence.signal is None


def test_doubt_says_that_the_memory_stood_at_the_limit():
    for stood in (True, False):
        verdict = judge_exit(exited(137, stood_at_memory_limit=stood), TRACK.limits, TRACK.id)
        assert ("stood at the limit" in verdict.error.summary) is stood


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EngineFailed("x"), OutcomeKind.PLATFORM_FAULT),
        (RegistryFailed("x"), OutcomeKind.PLATFORM_FAULT),
        (RunUndetermined("x"), OutcomeKind.UNDETERMINED),
    ],
)
def test_failure_of_the_host_is_never_the_submissions(error, kind):
    verdict = judge_host(error)
    assert (verdict.outcome.kind, verdict.outcome.code, verdict.error) == (kind, error.code, error)


def test_earlier_attempts_stand_in_the_evidence():
    fault = judge_exit(exited(1), TRACK.limits, TRACK.id)
    named = name_attempts(fault, [judge_host(EngineFailed("/run/secret.sock is gone"))])
    assert named.outcome.evidence.earlier_attempts == ("E403",)
    assert "secret" not in named.outcome.model_dump_json()
    assert name_attempts(fault, []) == fault
    assert name_attempts(VALID, [judge_host(EngineFailed("x"))]) == VALID


def test_operator_is_told_everything_and_on_one_line_each():
    ended = exited(1, engine_error="dial secret", log=b"\x1b[31m%s\nlast\n" % (b"x" * 9000))
    verdict = judge_exit(ended, TRACK.limits, TRACK.id)
    told = describe_for_operator(verdict, ended)
    assert (told["code"], told["detail"], told["engine_error"]) == ("E403", "dial secret", "dial secret")
    assert told["last_lines"][-1] == "last"
    assert max(map(len, told["last_lines"])) == 300
    assert all(line.isprintable() for line in told["last_lines"])
    assert "secret" not in verdict.outcome.model_dump_json()


def test_operator_is_told_of_a_run_that_came_to_no_end():
    told = describe_for_operator(judge_host(EngineFailed("gone", detail="why")), None)
    assert (told["code"], told["detail"], told["evidence"]) == ("E403", "why", None)
