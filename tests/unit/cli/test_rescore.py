"""`polyreact score --all`."""

import json

import pytest

from fakes.engine import FakeEngine
from lab import as_csv, lab_rows
from polyreact.cli import evaluate as evaluate_cli
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.metrics.catalog import METRICS
from unit.evaluation.conftest import answers
from unit.submission.manifests import lines_of

PAGE = "docs/reference/scoring-changes.md"
#: All but MCC, which is another one, and Youden's J, which is new.
SAME = len(METRICS) - 2


def make_older(path, **figures):
    """Write a score's version down to 1, when it had these figures."""
    document = json.loads(path.read_bytes())
    document["score"]["scoring_version"] = 1
    for key, value in figures.items():
        document["score"]["metrics"][key] = {"value": value}
    del document["score"]["metrics"]["youden"]
    path.write_text(json.dumps(document))


def publish(polyreact, name):
    polyreact("submission", "new", name, name)
    assert polyreact("evaluate", "run", name, "--engine", "process", "--track", "demo").status == 0


@pytest.fixture
def older(polyreact, tmp_path):
    """An entry on the demo track that was scored by version 1; the path of its record."""
    publish(polyreact, "lab-model")
    path = tmp_path / "results" / "lab-model" / "demo.json"
    make_older(path, mcc=0.25)
    return path


def test_all_tells_a_person_what_happened_to_each_and_writes_the_page(polyreact, older, tmp_path):
    ended = polyreact("score", "--all")
    assert ended.status == 0
    table, total = ended.out.split("\n\n")
    heading, row, drawn, compared = (" ".join(line.split()) for line in table.splitlines())
    assert drawn == "curves demo up to date"
    assert compared == "comparisons demo up to date"
    assert heading == "submission track what figures changed same new metrics"
    assert row == f"lab-model demo scored anew: it was of version 1 1 {SAME} 1"
    assert total.splitlines() == [
        f"scoring version {SCORING_VERSION}, 3 records: 1 scored anew, 2 up to date",
        f"figures changed: 1; the same, bit for bit: {SAME}",
    ]
    assert ended.err.startswith("scoring lab-model on demo\n")
    assert f"written: {PAGE}" in ended.err
    page = (tmp_path / PAGE).read_text()
    assert "| lab-model | demo | overall | Matthews correlation | 1 | 0.250 | " in page
    assert f"1 record was scored anew, from version 1. 1 figure changed; {SAME} stayed the same" in page
    assert json.loads(older.read_bytes())["score"]["scoring_version"] == SCORING_VERSION


def test_all_again_changes_nothing_and_says_so(polyreact, older, tmp_path):
    polyreact("score", "--all")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    ended = polyreact("score", "--all")
    assert ended.status == 0
    assert "lab-model demo up to date" in " ".join(ended.out.split())
    assert "figures" not in ended.out.splitlines()[-1]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_all_tells_a_script_every_figure(polyreact, older):
    data = polyreact("score", "--all", "--json").data
    assert data["scoring_version"] == SCORING_VERSION
    record, drawn, compared = data["records"]
    assert (drawn["submission"], drawn["what"]) == ("curves", "up to date")
    assert (compared["submission"], compared["what"]) == ("comparisons", "up to date")
    assert (record["submission"], record["track"], record["what"]) == ("lab-model", "demo", "scored anew")
    assert (record["reason"], record["error"]) == ("it was of version 1", None)
    change = record["change"]
    assert (change["previous_version"], change["changed"], change["unchanged"]) == (1, 1, SAME)
    assert change["new_metrics"] == ["youden"]
    assert (change["figures"][0]["metric"], change["figures"][0]["old"]["value"]) == ("mcc", 0.25)


def test_page_and_folder_may_be_elsewhere(polyreact, older, tmp_path):
    (tmp_path / "results").rename(tmp_path / "kept")
    ended = polyreact("score", "--all", "--results", "kept", "--docs", "pages/changes.md")
    assert ended.status == 0
    assert (tmp_path / "pages/changes.md").is_file()
    assert not (tmp_path / "docs").exists()


def test_page_that_cannot_be_written_does_not_hide_what_was_scored(polyreact, older, tmp_path):
    """Symptom: all that a person saw was that nothing was written, though records were scored anew."""
    (tmp_path / "docs").write_text("a file where a folder is to be")
    ended = polyreact("score", "--all")
    assert ended.status == 2
    assert "scored anew: it was of version 1" in ended.out
    assert "E202" in ended.err
    assert json.loads(older.read_bytes())["score"]["scoring_version"] == SCORING_VERSION


def test_board_of_two_versions_is_refused_until_all_are_scored_again(polyreact, older, tmp_path):
    publish(polyreact, "lab-other")
    refused = polyreact("leaderboard", "build")
    assert refused.status == 6
    assert "scoring versions" in refused.err
    assert "polyreact score --all" in refused.err
    assert not (tmp_path / "LEADERBOARD.md").exists()
    assert polyreact("score", "--all").status == 0
    assert polyreact("leaderboard", "build").status == 0
    assert polyreact("results", "verify").status == 0


def test_lost_predictions_end_with_6_and_the_others_are_scored(polyreact, older, tmp_path):
    publish(polyreact, "lab-other")
    make_older(tmp_path / "results" / "lab-other" / "demo.json")
    before = older.read_bytes()
    for path in older.parent.glob("*.csv"):
        path.unlink()
    ended = polyreact("score", "--all")
    assert ended.status == 6
    assert "could not be scored (E603)" in ended.out
    assert "lab-model on demo:\nE603  cannot read" in ended.err
    assert "1 scored anew, 2 up to date, 1 could not be scored" in ended.out
    assert older.read_bytes() == before
    assert (tmp_path / PAGE).is_file()


def test_data_that_cannot_be_had_end_with_5(polyreact, older, tmp_path, monkeypatch):
    document = json.loads(older.read_bytes()) | {"track": "jain", "dataset": "jain"}
    older.unlink()
    (older.parent / "jain.json").write_text(json.dumps(document))
    (tmp_path / "no-files").mkdir()
    monkeypatch.setenv("POLYREACT_MIRROR", str(tmp_path / "no-files"))
    ended = polyreact("score", "--all", "--json")
    assert ended.status == 5
    assert ended.data["records"][0]["error"]["code"] == "E501"


def test_folder_without_records_ends_with_2_and_nothing_is_made(polyreact, tmp_path):
    ended = polyreact("score", "--all", "--results", "nowhere", "--json")
    assert (ended.status, ended.data["error"]["code"]) == (2, "E102")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give both --predictions and --labels, or --all"),
        (["--labels", "labels.csv"], "give both --predictions and --labels, or --all"),
        (["--probability"], "give both --predictions and --labels, or --all"),
        (["--all", "--labels", "labels.csv"], "--all scores what is kept, so it goes without --labels"),
        (["--all", "--predictions", "a", "--probability"], "goes without --predictions and --probability"),
        (["--predictions", "a", "--labels", "b", "--docs", "c"], "--docs goes with --all"),
        (["--private"], "--private goes with --all"),
        (["--all", "--private", "--docs", "c"], "goes without --results and --docs"),
        (["--all", "--private", "--results", "c"], "goes without --results and --docs"),
    ],
)
def test_options_that_do_not_say_one_thing_end_with_2(polyreact, tmp_path, arguments, words):
    ended = polyreact("score", *arguments)
    assert (ended.status, ended.out, ended.err[:4]) == (2, "", "E103")
    assert words in ended.err
    assert "polyreact score --all" in ended.err
    assert list(tmp_path.iterdir()) == []


# --- private tracks -----------------------------------------------------------------------------------------


@pytest.fixture
def private(polyreact, tmp_path, monkeypatch):
    """The folder of a private track with one record, scored by version 1."""
    monkeypatch.setenv("POLYREACT_PRIVATE", str(tmp_path / "private"))
    (tmp_path / "lab.csv").write_bytes(as_csv(lab_rows()))
    options = ["--name", "ours", "--store", tmp_path / "store", "--id", "clone"]
    assert polyreact("track", "new-private", tmp_path / "lab.csv", *options).status == 0
    (tmp_path / "lab-model.yaml").write_text(lines_of(training_data="{}", score_is_probability="false"))
    monkeypatch.setattr(evaluate_cli, "load_engine", lambda *_: FakeEngine(answers))
    assert polyreact("evaluate", "run", tmp_path / "lab-model.yaml", "--track", "private-ours").status == 0
    make_older(tmp_path / "private/results/lab-model/private-ours.json", mcc=0.2512345)
    return tmp_path / "private"


def test_private_records_are_scored_on_request_and_no_figure_of_theirs_is_told(polyreact, private, older, tmp_path):
    (record,) = (private / "results").glob("*-*/private-ours.json")
    before = record.read_bytes()
    assert polyreact("score", "--all").status == 0
    assert record.read_bytes() == before, "without --private they are left alone"
    page = (tmp_path / PAGE).read_bytes()

    ended = polyreact("score", "--all", "--private")
    assert ended.status == 0
    assert "scored anew: it was of version 1" in ended.out
    told = polyreact("score", "--all", "--private", "--json")
    made = json.loads(record.read_bytes())
    assert made["score"]["scoring_version"] == SCORING_VERSION
    assert made["earlier_scored_runs"] == 0
    (history,) = (private / "results" / "scoring").glob("*.json")
    assert "0.2512345" in history.read_text()
    assert (tmp_path / PAGE).read_bytes() == page
    figures = ["0.2512345", *(str(each["value"]) for each in made["score"]["metrics"].values() if each["value"])]
    said = ended.out + ended.err + told.out + told.err
    assert [figure for figure in figures if len(figure) > 4 and figure in said] == []


def test_script_is_told_how_many_private_figures_changed_and_not_which(polyreact, private):
    record, _ = polyreact("score", "--all", "--private", "--json").data["records"]
    assert (record["change"]["changed"], record["change"]["figures"]) == (1, None)


@pytest.mark.parametrize("command", [("score", "--all", "--private"), ("evaluate", "run", "lab-model.yaml")])
def test_private_score_that_was_changed_by_hand_is_told_without_its_figures(polyreact, private, command):
    polyreact("score", "--all", "--private")
    (path,) = (private / "results").glob("*-*/private-ours.json")
    document = json.loads(path.read_bytes())
    exact = document["score"]["metrics"]["accuracy"]["value"]
    document["score"]["metrics"]["accuracy"]["value"] = 0.987654
    path.write_text(json.dumps(document))
    ended = polyreact(*command, *(["--track", "private-ours"] if command[0] == "evaluate" else []))
    assert ended.status == 6
    assert "its accuracy is not the one of the stored predictions" in ended.err
    assert "0.987654" not in ended.out + ended.err
    assert repr(exact) not in ended.out + ended.err


def test_private_records_without_their_folder_end_with_2(polyreact):
    ended = polyreact("score", "--all", "--private")
    assert (ended.status, ended.err[:4]) == (2, "E201")
