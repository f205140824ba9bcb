"""What a check leaves behind is read as a stranger's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.ci.report_document import (
    MAX_LOG_BYTES,
    MAX_REPORT_BYTES,
    Outcome,
    Step,
    complete,
    failed,
    passed,
    read_report,
    write_report,
)
from polyreact.errors import BadReport, Finding, InvalidManifest, RegistryFailed
from unit.ci.samples import report

_HEAD = "b" * 40


def _bad(folder: Path, said: str) -> None:
    with pytest.raises(BadReport) as raised:
        read_report(folder)
    assert said in raised.value.render()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "report"
    write_report(folder, report(_HEAD), "one\ntwo\n")
    return folder


def test_what_was_written_is_read_again(folder: Path) -> None:
    found, log = read_report(folder)
    assert found == report(_HEAD)
    assert log == "one\ntwo\n"


def test_error_is_kept_with_all_that_its_author_reads() -> None:
    error = InvalidManifest("x.yaml is not valid", findings=[Finding("line 1", "is wrong")] * 80, cure="Mend it.")
    check = failed(Step.MANIFEST, error)
    assert (check.outcome, check.code, check.cure, len(check.findings)) == (Outcome.REFUSED, "E301", "Mend it.", 50)
    assert failed(Step.IMAGE, RegistryFailed("no answer")).outcome is Outcome.UNKNOWN


def test_error_without_an_end_is_cut_and_still_a_report(tmp_path: Path) -> None:
    """What a manifest holds stands in its findings: no submission can make a report that is not read again."""
    text = "\x1b[31m" + "x" * 100_000
    check = failed(Step.MANIFEST, InvalidManifest(text, findings=[Finding(text, text)] * 60, cure=text))
    write_report(tmp_path, report(_HEAD, checks=complete([check])), "y" * (2 * MAX_LOG_BYTES))
    found, log = read_report(tmp_path)
    assert "\x1b" not in found.checks[2].summary
    assert len(log) <= MAX_LOG_BYTES


def test_steps_that_were_not_reached_say_so() -> None:
    assert [check.outcome for check in complete([passed(Step.CHANGE)])] == [
        Outcome.PASSED, *[Outcome.NOT_REACHED] * 4
    ]  # fmt: skip


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    _bad(tmp_path / "absent", "left no report")


def test_folder_without_a_report(tmp_path: Path) -> None:
    _bad(tmp_path, "is absent, or a link")


def test_folder_with_other_files(folder: Path) -> None:
    (folder / "install.sh").write_text("x")
    _bad(folder, "files that no check writes")


@pytest.mark.parametrize("name", ["report.json", "log.txt"])
def test_link_to_a_file_of_this_host(folder: Path, name: str) -> None:
    """A link that was followed would put a file of the host, such as a token, into a public comment."""
    (folder / name).unlink()
    (folder / name).symlink_to("/etc/passwd")
    _bad(folder, "is absent, or a link")


def test_pipe_that_nobody_writes_to(folder: Path) -> None:
    (folder / "log.txt").unlink()
    os.mkfifo(folder / "log.txt")
    _bad(folder, "is no file")


@pytest.mark.parametrize(("name", "limit"), [("report.json", MAX_REPORT_BYTES), ("log.txt", MAX_LOG_BYTES)])
def test_file_that_is_too_large(folder: Path, name: str, limit: int) -> None:
    with (folder / name).open("wb") as file:
        file.truncate(1 << 40)  # of which nothing is on the disk
    _bad(folder, f"more than {limit} bytes")


@pytest.mark.parametrize(
    "changes",
    [
        {"schema_version": 2},
        {"schema_version": "1"},
        {"head_sha": "HEAD"},
        {"head_sha": _HEAD + "\n"},
        {"is_submission": "yes"},
        {"more": 1},
        {"checks": [{"step": "change", "outcome": "passed"}] * 6},
        {"checks": [{"step": "merge", "outcome": "passed"}]},
        {"checks": [{"step": "change", "outcome": "refused", "code": "E301](https://example.org)"}]},
        {"checks": [{"step": "change", "outcome": "refused", "summary": "x" * 2_001}]},
        {"run": {"track": "demo](https://example.org)"}},
        {"wall_s": float("nan")},
        {"wall_s": -1},
    ],
)
def test_report_that_does_not_meet_the_schema(folder: Path, changes: dict[str, object]) -> None:
    document = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps(document | changes))
    _bad(folder, "is not a report of this commit")


@given(content=st.binary(max_size=200) | st.just(b"[" * 100_000) | st.just(b'{"a":' * 40_000))
def test_any_bytes_are_a_report_or_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("report")
    (folder / "report.json").write_bytes(content)
    _bad(folder, "is not a report of this commit")
