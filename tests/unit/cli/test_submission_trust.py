"""`polyreact submission trust`, with the engine for development."""

import json

import pytest

BY_ID = """\
import csv, os
with open(os.environ["INPUT"]) as source, open(os.environ["OUTPUT"], "w") as target:
    target.write("sequence_id,prediction,score\\n")
    for row in csv.DictReader(source):
        score = int(row["sequence_id"][1:]) % 7
        target.write(f"{row['sequence_id']},{int(score > 3)},{score}\\n")
"""
FAILS_ON_HALF = """\
import csv, os
with open(os.environ["INPUT"]) as source:
    rows = list(csv.DictReader(source))
if len(rows) < 300:
    raise SystemExit("too few\\x1b[31m rows")
with open(os.environ["OUTPUT"], "w") as target:
    target.write("sequence_id,prediction,score\\n")
    target.writelines(f"{row['sequence_id']},0,{len(row['sequence'])}\\n" for row in rows)
"""


@pytest.fixture
def entry(polyreact, tmp_path):
    """A submission as `submission new` writes it."""
    polyreact("submission", "new", "lab-model", "entry")
    return tmp_path / "entry"


@pytest.fixture
def trust(polyreact, entry):
    """Check the entry on the demo track."""
    return lambda *more: polyreact("submission", "trust", entry, "--engine", "process", *more)


def test_trust_of_an_honest_submission_is_told_check_by_check_and_kept(trust, tmp_path):
    ended = trust()
    assert ended.status == 0
    assert ended.out.startswith("lab-model on demo: checked\nChecked on ")
    assert ended.out.count(" holds ") == 4
    assert "near-identical antibodies  reported only" in ended.out
    assert "In another order every antibody got the same answer." in ended.out
    assert ended.err.count("running on 300 antibodies, 600 s at most") == 5
    assert ended.err.count("running on 150 antibodies, 600 s at most") == 2
    kept = json.loads((tmp_path / "results" / "trust" / "lab-model" / "demo.json").read_text())
    assert kept["submission"] == "lab-model"


def test_trust_that_is_asked_for_again_runs_nothing(trust):
    first, second, third = trust("--json"), trust("--json"), trust("--json", "--force")
    assert [ended.data[0]["what"] for ended in (first, second, third)] == ["checked", "done before", "checked"]
    assert first.data[0]["record"] == second.data[0]["record"]
    assert "Nothing to do" in second.err
    assert "running on" not in second.err
    assert "Nothing to do" not in third.err


def test_trust_in_a_submission_that_answers_by_id_is_a_finding_and_no_failure(trust, entry):
    (entry / "predict.py").write_text(BY_ID)
    ended = trust()
    assert ended.status == 0
    assert "other ids                  does not hold" in ended.out
    assert "depends on its id, which says nothing about it" in ended.out


def test_trust_of_a_submission_whose_run_fails_ends_with_3_and_the_end_of_its_log(trust, entry):
    (entry / "predict.py").write_text(FAILS_ON_HALF)
    ended = trust()
    assert ended.status == 3
    assert ended.out.startswith("lab-model on demo: failed (E313)\n")
    assert "asked in two halves        could not be run (E313)" in ended.out
    assert "  | too few\\x1b[31m rows\n" in ended.err
    assert "E313  the first half: the run ended with exit status 1" in ended.err
    again = trust("--json")
    assert (again.status, again.data[0]["what"]) == (3, "failed before")


def test_trust_gives_json_for_a_script(trust):
    (result,) = trust("--json").data
    assert (result["submission"], result["track"], result["error"]) == ("lab-model", "demo", None)
    findings = {finding["check"]: finding for finding in result["record"]["findings"]}
    assert findings["ids"]["comparison"]["changed_scores"] == 0
    assert findings["variants"]["looks_like_lookup"] is False


def test_trust_of_a_submission_that_learns_is_on_the_fold_track(polyreact, tmp_path):
    polyreact("submission", "new", "lab-model", "entry", "--mode", "fit-predict")
    ended = polyreact("submission", "trust", tmp_path / "entry", "--engine", "process")
    assert ended.status == 0
    assert ended.out.startswith("lab-model on demo-fit: checked\n")
    assert "on demo-fit, fold 1: " in ended.out


def test_trust_on_a_track_without_a_place_for_it_says_so(trust):
    ended = trust("--track", "demo-fit", "--track", "demo")
    assert ended.status == 0
    assert "lab-model on demo-fit: not-applicable\n" in ended.out
    assert "lab-model on demo: checked\n" in ended.out


def test_trust_that_is_refused_on_one_track_is_not_called_nothing_to_do(trust):
    trust()
    ended = trust("--track", "demo", "--track", "jain")
    assert ended.status == 4
    assert "lab-model on demo: done before\n" in ended.out
    assert "Nothing to do" not in ended.err


def test_trust_on_an_unknown_track_ends_with_2(trust):
    ended = trust("--track", "nowhere")
    assert (ended.status, ended.err[:4]) == (2, "E101")


def test_trust_on_hidden_labels_without_a_sandbox_ends_with_4(trust, tmp_path):
    ended = trust("--track", "jain")
    assert ended.status == 4
    assert "E402  the engine `process` is no sandbox" in ended.err
    assert list((tmp_path / "results").rglob("*.json")) == []


def test_trust_of_a_bad_manifest_runs_nothing(trust, entry):
    (entry / "submission.yaml").write_text("name: lab-model\n")
    ended = trust()
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("E301")


def test_trust_record_is_no_record_of_a_score(trust, polyreact):
    trust()
    ended = polyreact("results", "verify")
    assert (ended.status, ended.err[:4]) == (2, "E102")
    assert "there is no record in" in ended.err


def test_leaderboard_is_built_beside_trust_records(trust, polyreact, entry):
    trust()
    polyreact("evaluate", "run", entry, "--engine", "process", "--track", "demo")
    assert polyreact("leaderboard", "build").status == 0
