"""`polyreact submission`: from nothing to a submission that passes its check, with the engine for development."""

import shlex
from pathlib import Path

import pytest

from polyreact.submission.manifest import manifest_schema
from polyreact.submission.scaffold import SCAFFOLD_FILES

RANKS = Path(__file__).parents[2] / "submissions" / "ranks-within-the-file" / "predict.py"


@pytest.fixture
def entry(polyreact, tmp_path):
    """A submission as `submission new` writes it."""
    assert polyreact("submission", "new", "lab-model", "entry").status == 0
    return tmp_path / "entry"


def check(polyreact, path):
    return polyreact("submission", "check", path, "--engine", "process")


def test_new_writes_a_submission_and_tells_how_to_try_it(polyreact, tmp_path):
    ended = polyreact("submission", "new", "lab-model")
    assert ended.status == 0
    assert ended.out.split() == [f"lab-model/{name}" for name in SCAFFOLD_FILES.values()]
    assert "python lab-model/test_predict.py\n" in ended.err
    assert "polyreact submission check ./lab-model\n" in ended.err
    assert "--base local" in ended.err
    assert (tmp_path / "lab-model" / "predict.py").is_file()


@pytest.mark.parametrize("folder", ["my entry", "-entry", "$(id)"])
def test_new_prints_a_next_command_that_can_be_pasted(polyreact, tmp_path, folder):
    """Symptom: the printed command failed for a folder with a blank or a leading dash. Cause: it was not quoted.

    It mattered since it is the first command that an author is told to run.
    """
    ended = polyreact("submission", "new", "lab-model", "--", folder)
    (line,) = (line for line in ended.err.splitlines() if "submission check" in line)
    assert shlex.split(line)[-1] == f"./{folder}"
    assert (tmp_path / folder / "predict.py").is_file()


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", "Lab-Model", "model"])
def test_new_with_a_name_that_is_no_name_writes_nothing(polyreact, tmp_path, name):
    ended = polyreact("submission", "new", name)
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("E301")
    assert list(tmp_path.iterdir()) == []


def test_new_never_overwrites(polyreact, entry):
    (entry / "predict.py").write_text("mine")
    ended = polyreact("submission", "new", "lab-model", "entry")
    assert (ended.status, ended.err[:4]) == (3, "E306")
    assert (entry / "predict.py").read_text() == "mine"


def test_check_of_a_new_submission_passes(polyreact, entry):
    ended = check(polyreact, entry)
    assert ended.status == 0
    assert ended.out.startswith("PASS  lab-model meets the contract on track demo\n")
    assert "limits of track demo: 600 s" in ended.err


def test_check_of_a_claim_of_independence_tells_that_it_holds(polyreact, entry):
    with (entry / "submission.yaml").open("a") as manifest:
        manifest.write("independent: true\n")
    ended = check(polyreact, entry)
    assert ended.status == 0
    assert ended.out.endswith("      independent, as its manifest says: large tracks may be run in slices\n")


def test_check_of_a_false_claim_of_independence_passes_and_tells_what_broke(polyreact, entry):
    with (entry / "submission.yaml").open("a") as manifest:
        manifest.write("independent: true\n")
    (entry / "predict.py").write_text(RANKS.read_text())
    ended = check(polyreact, entry)
    assert ended.status == 0
    assert ended.out.startswith("PASS  lab-model")
    assert "not run in slices" in ended.out
    assert "E340  lab-model says `independent: true`" in ended.err
    assert "halves       of 300 antibodies " in ended.err
    assert "It is run in one piece, and scored as any other." in ended.err


def test_check_of_a_new_submission_that_learns_is_on_the_fold_track(polyreact, tmp_path):
    assert polyreact("submission", "new", "lab-model", "entry", "--mode", "fit-predict").status == 0
    ended = check(polyreact, tmp_path / "entry")
    assert ended.status == 0
    assert ended.out.startswith("PASS  lab-model meets the contract on track demo-fit\n")
    assert "limits of track demo-fit, for each fold: 600 s" in ended.err


def test_check_of_a_program_that_fails_on_one_fold_names_it(polyreact, tmp_path):
    polyreact("submission", "new", "lab-model", "entry", "--mode", "fit-predict")
    program = tmp_path / "entry" / "predict.py"
    lines = program.read_text().replace(
        "    weights, middle = fit(", "    assert len(train) != 203\n    weights, middle = fit("
    )
    program.write_text(lines)
    ended = check(polyreact, tmp_path / "entry")
    assert (ended.status, ended.out) == (3, "")
    assert "E313  fold 2: the run ended with exit status 1" in ended.err


def test_check_of_a_submission_that_only_predicts_on_a_fold_track_has_no_place(polyreact, entry):
    ended = polyreact("submission", "check", entry, "--engine", "process", "--track", "demo-fit")
    assert (ended.status, ended.out) == (3, "")
    assert "this submission has no place on track `demo-fit`: not-applicable" in ended.err


def test_check_of_a_program_that_fails_shows_the_end_of_its_log(polyreact, entry):
    (entry / "predict.py").write_text("print('loading')\nraise SystemExit('no weights')\n")
    ended = check(polyreact, entry)
    assert (ended.status, ended.out) == (3, "")
    assert "  | loading\n" in ended.err
    assert "  | no weights\n" in ended.err
    assert "E313  the run ended with exit status 1" in ended.err
    assert "Nothing was kept." in ended.err


def test_check_of_a_program_that_writes_nothing_says_so(polyreact, entry):
    (entry / "predict.py").write_text("")
    ended = check(polyreact, entry)
    assert (ended.status, ended.out) == (3, "")
    assert "E312" in ended.err


def test_check_of_a_table_with_defects_tells_ten_and_counts_all(polyreact, entry):
    program = (entry / "predict.py").read_text()
    (entry / "predict.py").write_text(program.replace("int(score >= THRESHOLD)", "2"))
    ended = check(polyreact, entry)
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.count('prediction is "2"') == 10
    assert "... and 290 more (300 in all)" in ended.err


def test_check_of_a_bad_manifest_runs_nothing(polyreact, entry):
    manifest = entry / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("license: MIT", "license: free\nprivileged: true"))
    ended = check(polyreact, entry)
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("E301")
    assert "`license` is not an SPDX expression" in ended.err
    assert "`privileged` is not a key of a manifest" in ended.err


def test_check_without_any_engine_ends_with_4(polyreact, entry, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    ended = polyreact("submission", "check", entry)
    assert (ended.status, ended.out) == (4, "")
    assert "E401  no container engine answers" in ended.err


def test_check_on_hidden_labels_refuses_the_engine_for_development(polyreact, entry):
    ended = polyreact("submission", "check", entry, "--engine", "process", "--track", "jain")
    assert (ended.status, ended.out) == (4, "")
    assert "E402  the engine `process` is no sandbox" in ended.err


def test_schema_is_printed_as_it_is(polyreact):
    assert polyreact("submission", "schema").data == manifest_schema()
