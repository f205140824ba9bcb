"""`polyreact dataset export`."""

import csv
import io
import os
import stat
import sys

import pytest

from polyreact.datasets.catalog import load_dataset


@pytest.fixture
def terminal(monkeypatch, polyreact):
    """The program as somebody sees it who looks at its stdout."""

    def run(*arguments):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        return polyreact(*arguments)

    return run


def test_export_to_a_pipe_is_the_inputs_and_tells_no_label(polyreact, tmp_path):
    ended = polyreact("dataset", "export", "demo")
    assert ended.status == 0
    assert ended.out == (tmp_path / "cache/inputs/demo-r1/inputs.csv").read_text()
    assert ended.err == "preparing demo, revision 1\n"


def test_export_with_labels_has_the_labels_of_the_set(polyreact, tmp_path):
    rows = list(csv.DictReader(io.StringIO(polyreact("dataset", "export", "demo", "--labels").out)))
    kept = list(csv.DictReader(io.StringIO((tmp_path / "cache/hidden/demo-r1/labels.csv").read_text())))
    assert {row["sequence_id"]: row["label"] for row in rows} == {row["sequence_id"]: row["label"] for row in kept}
    assert sum(row["label"] == "1" for row in rows) == load_dataset("demo").positives


def test_export_on_a_terminal_writes_a_file_and_says_which(terminal, tmp_path):
    ended = terminal("dataset", "export", "demo")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err.endswith("wrote demo-r1.csv\n")
    assert (tmp_path / "demo-r1.csv").read_text() == (tmp_path / "cache/inputs/demo-r1/inputs.csv").read_text()
    assert terminal("dataset", "export", "demo", "--labels", "--format", "fasta").status == 0
    labelled = tmp_path / "demo-r1-labels.fasta"
    assert labelled.read_text().startswith(">demo-0001|VH label=")
    assert stat.S_IMODE(labelled.stat().st_mode) == 0o600


def test_export_to_a_dash_is_stdout_also_on_a_terminal(terminal, tmp_path):
    assert terminal("dataset", "export", "demo", "--output", "-").out.startswith("sequence_id,sequence,")
    assert list(tmp_path.glob("demo*")) == []


def test_export_overwrites_nothing_unless_told_to(polyreact, tmp_path):
    (tmp_path / "mine.csv").write_text("precious")
    ended = polyreact("dataset", "export", "demo", "--output", "mine.csv")
    assert ended.status == 2
    assert ended.err.startswith("E202  mine.csv is there already")
    assert (tmp_path / "mine.csv").read_text() == "precious"
    assert not (tmp_path / "cache").exists()  # it was known before any work
    assert polyreact("dataset", "export", "demo", "--output", "mine.csv", "--force").status == 0
    assert (tmp_path / "mine.csv").read_text().startswith("sequence_id,")


def test_export_of_a_set_that_is_not_prepared_is_refused(polyreact, tmp_path):
    ended = polyreact("dataset", "export", "harvey", "--output", "harvey.csv")
    assert ended.status == 5
    assert "E505" in ended.err
    assert not (tmp_path / "harvey.csv").exists()


def test_export_takes_known_formats_only(polyreact):
    assert polyreact("dataset", "export", "demo", "--format", "xlsx").status == 2


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_export_never_takes_the_place_of_what_is_no_regular_file(polyreact, tmp_path, force):
    """Symptom: --force put a file where a pipe, or as root a device such as /dev/null, had been."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("pipe", "folder", "dangling"):
        ended = polyreact("dataset", "export", "demo", "--output", name, *force)
        assert (ended.status, ended.err.splitlines()[0]) == (2, f"E202  {name} is not a regular file")
    assert (tmp_path / "pipe").is_fifo()


def test_export_to_a_name_that_is_too_long_is_no_bug(polyreact):
    ended = polyreact("dataset", "export", "demo", "--output", "a" * 300)
    assert ended.status == 2
    assert "E202" in ended.err
    assert "File name too long" in ended.err
