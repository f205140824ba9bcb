"""What each bad submission gets: an outcome, a code, and a host that is as it was before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from polyreact.evaluation.submissions import read_candidates
from polyreact.results.records import OutcomeKind

REFUSED = {
    "exits-1": ("E313", "exit status 1"),
    "writes-nothing": ("E312", "wrote no predictions.csv"),
    "writes-elsewhere": ("E312", "wrote no predictions.csv"),
    "writes-symlink": ("E312", "symbolic link"),
    "writes-fifo": ("E312", "predictions.csv"),
    "writes-directory": ("E312", "no plain file"),
    "writes-endless-line": ("E311", "is longer than 1024 bytes"),
    "takes-all-memory": ("E315", "memory limit"),
    "ignores-term": ("E314", "wall time"),
    "missing-id": ("E311", "1 id has no row"),
    "duplicate-id": ("E311", "already given"),
    "forged-ids": ("E311", "is not one of the ids"),
    "not-a-number": ("E311", "expected a finite number"),
}

NO_ENTRYPOINT = "ARG BASE\nFROM ${BASE}\nCOPY predict.py /app/\n"
ENTRYPOINT_ABSENT = NO_ENTRYPOINT + 'ENTRYPOINT ["/nowhere/predict"]\n'
ENTRYPOINT_NOT_EXECUTABLE = NO_ENTRYPOINT + 'ENTRYPOINT ["/app/predict.py"]\n'


@pytest.fixture(autouse=True)
def _host_is_left_alone(session_settings):
    yield
    runs = session_settings.runs
    assert not runs.exists() or list(runs.iterdir()) == []
    assert str(runs) not in Path("/proc/self/mountinfo").read_text()


@pytest.mark.parametrize("condition", REFUSED)
def test_bad_submission_is_recorded_as_its_own_fault_with_a_code(run, make_candidate, quick_track, condition):
    code, sentence = REFUSED[condition]

    (result,) = run([make_candidate(condition)], [quick_track])

    assert result.what == "failed"
    assert result.error is not None
    assert (result.error.code, result.error.exit_status) == (code, 3)
    assert sentence in result.error.render()
    assert result.record is not None
    assert result.record.run.outcome.kind is OutcomeKind.SUBMISSION_FAULT
    assert result.record.run.predictions is None
    assert result.record.score is None


def test_bad_submission_is_not_run_again(run, make_candidate, quick_track):
    candidate = make_candidate("exits-1")
    run([candidate], [quick_track])

    (again,) = run([candidate], [quick_track])

    assert again.what == "failed before"
    assert again.record.run.outcome.code == "E313"


def test_exit_status_137_without_evidence_is_held_against_nobody(run, make_candidate, quick_track, tmp_path):
    (result,) = run([make_candidate("kills-itself-with-137")], [quick_track])

    assert result.error.code == "E405"
    assert result.record is None
    assert list((tmp_path / "results").rglob("*.json")) == []


def test_table_with_crlf_and_no_last_newline_is_accepted(run, make_candidate, quick_track):
    (result,) = run([make_candidate("crlf-without-last-newline")], [quick_track])

    assert result.error is None
    assert result.record.run.predictions.rows == 300


@pytest.mark.parametrize(
    ("dockerfile", "code"),
    [(NO_ENTRYPOINT, "E305"), (ENTRYPOINT_ABSENT, "E316"), (ENTRYPOINT_NOT_EXECUTABLE, "E316")],
    ids=["none", "absent", "not-executable"],
)
def test_image_without_a_working_entrypoint_is_refused(run, make_candidate, quick_track, dockerfile, code):
    (result,) = run([make_candidate("writes-nothing", dockerfile)], [quick_track])

    assert result.error.code == code
    assert result.error.exit_status == 3
    assert str(Path.home()) not in result.error.render()


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        (f"localhost/test/none@sha256:{'0' * 64}", "E304"),
        (f"127.0.0.1:9/test/none@sha256:{'0' * 64}", "E404"),
    ],
    ids=["not-on-this-machine", "registry-down"],
)
def test_image_that_is_missing_is_told_by_name(run, tmp_path, quick_track, reference, code):
    manifest = tmp_path / "test-none.yaml"
    manifest.write_text(
        f"name: test-none\nimage: {reference}\nauthors: [A]\ncontact: a@b.example\nlicense: MIT\n"
        "description: None.\ntraining_data: {}\n"
    )

    (result,) = run(list(read_candidates([manifest])), [quick_track])

    assert result.what == "refused"
    assert result.error.code == code
    assert "test/none" in result.error.render()
    assert list((tmp_path / "results").rglob("*.json")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system to fill")
def test_full_disk_is_told_and_leaves_nothing_half_written(run, make_candidate, quick_track, small_disk):
    from polyreact.results.store import ResultsStore

    (result,) = run([make_candidate("looks-around")], [quick_track], store=ResultsStore(small_disk / "results"))

    assert result.error.code == "E202"
    assert [path for path in small_disk.rglob("*") if path.is_file() and path.name != "filler"] == []
