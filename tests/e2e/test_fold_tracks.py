"""Fold tracks through real containers: what each run can see, what fails, and where labels go."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.layout import inputs_path, labels_path, training_path
from polyreact.evaluation.submissions import read_candidates
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import render_markdown
from polyreact.leaderboard.table import build_board
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track, load_tracks
from polyreact.tracks.track import order_folds
from unit.leaderboard.sample_boards import render_site

ZOO = Path(__file__).parent.parent.parent / "zoo"


def parse(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def demo_fit():
    """The fold track of the demo set, with room in the log for everything that is printed."""
    track = load_track("demo-fit")
    return replace(track, limits=replace(track.limits, log_bytes=8 << 20, wall_time_s=60))


def test_run_of_each_fold_sees_its_own_tables_and_nothing_of_the_run_before(run, make_candidate, demo_fit):
    (result,) = run([make_candidate("learns-and-tells", mode="fit-predict")], [demo_fit])

    assert result.error is None
    runs = [json.loads(line) for line in result.log.splitlines() if line.startswith("{")]
    assert len(runs) == 3
    ids_of = {}
    for seen in runs:
        assert seen["environment"] == {
            "INPUT": "/data/sequences.csv",
            "TRAIN": "/data/train.csv",
            "OUTPUT": "/output/predictions.csv",
            "POLYREACT_MODE": "fit-predict",
            "POLYREACT_CONTRACT": "1",
        }
        assert seen["left in /tmp"] == []
        assert set(seen["tables"]) == {"sequences.csv", "train.csv"}
        asked, shown = seen["tables"]["sequences.csv"], seen["tables"]["train.csv"]
        assert {tuple(row) for row in asked} == {("sequence_id", "sequence", "light_sequence")}
        assert {tuple(row) for row in shown} == {("sequence_id", "sequence", "light_sequence", "label")}
        ids = [row["sequence_id"] for row in asked + shown]
        assert sorted(ids) == [f"s{number:04d}" for number in range(1, 301)]
        assert {row["sequence"] for row in asked}.isdisjoint(row["sequence"] for row in shown)
        for row in asked + shown:
            ids_of.setdefault(row["sequence"], set()).add(row["sequence_id"])
    assert sum(len(seen["tables"]["sequences.csv"]) for seen in runs) == 300
    assert sum(len(ids) == 3 for ids in ids_of.values()) > 280  # by chance one in a hundred keeps an id


def test_predictions_for_rows_of_the_training_table_are_refused(run, make_candidate, demo_fit):
    (result,) = run([make_candidate("answers-for-training-rows", mode="fit-predict")], [demo_fit])

    assert (result.what, result.error.code) == ("failed", "E311")
    assert result.record.run.outcome.message.startswith("fold 1: predictions.csv does not meet the contract")
    assert "is not one of the ids" in result.error.render()


def test_failure_in_the_second_fold_only_is_named_and_nothing_is_half_kept(run, make_candidate, demo_fit, tmp_path):
    (result,) = run([make_candidate("fails-on-one-fold", mode="fit-predict")], [demo_fit])

    assert (result.what, result.error.code) == ("failed", "E313")
    assert result.record.run.outcome.message == "fold 2: the run ended with exit status 1"
    assert "--- fold 2\ncannot learn from 203 antibodies" in result.log
    assert [(fold.name, fold.exit_code) for fold in result.record.run.folds] == [("1", 0), ("2", 1)]
    assert (result.record.run.predictions, result.record.score) == (None, None)
    assert list((tmp_path / "results").rglob("*.csv")) == []


def test_baseline_that_learns_does_well_in_every_fold_of_the_demo(run):
    (result,) = run(list(read_candidates([ZOO / "composition-logistic"])), [load_track("demo-fit")])

    aurocs = [fold.metrics["roc_auc"].value for fold in result.record.score.folds.values()]
    assert len(aurocs) == 3
    assert min(aurocs) > 0.65


@pytest.mark.real_data
def test_baseline_that_learns_has_these_figures_with_a_family_held_out(run, real_session_settings):
    """Each to .002; tests/integration/test_composition_logistic.py has them from scikit-learn."""
    candidates, tracks = list(read_candidates([ZOO / "composition-logistic"])), [load_track("boughter-lofo")]

    (result,) = run(candidates, tracks, settings=real_session_settings)
    (again,) = run(candidates, tracks, settings=real_session_settings, force=True)

    score = result.record.score
    aurocs = {name: fold.metrics["roc_auc"].value for name, fold in score.folds.items()}
    assert aurocs == pytest.approx({"HIV": 0.761, "influenza": 0.690, "mouse": 0.671}, abs=0.002)
    assert {name: (fold.negatives, fold.positives) for name, fold in score.folds.items()} == {
        "HIV": (79, 108),
        "influenza": (96, 117),
        "mouse": (165, 116),
    }
    assert score.fold_means["roc_auc"].value == pytest.approx(sum(aurocs.values()) / 3)
    assert again.record.run.predictions == result.record.run.predictions
    assert again.record.run.shuffle_seed != result.record.run.shuffle_seed


def tables_in(log):
    """What a container printed of each file in /data, by the name of the file."""
    found = {}
    for part in log.split("\nfile ")[1:]:
        path, _, content = part.partition("\n")
        if path.startswith("/data/"):
            found[path.removeprefix("/data/")] = parse("\n".join(content.splitlines()))
    return found


@pytest.mark.real_data
@pytest.mark.parametrize("track_name", ["boughter-lofo", "boughter-cv10"])
def test_canary_no_label_of_the_fold_that_is_asked_for_and_no_name_is_seen(
    run, make_candidate, real_session_settings, tmp_path, track_name
):
    """Whatever the container of a fold can read holds the labels of the other folds only, and no id or name.

    The submission prints every file it can open and everything /proc tells it. Every hidden row carries the
    antibody's original name beside its label, so each name is a canary.
    """
    track = load_track(track_name)
    dataset = load_dataset(track.dataset, track.revision)
    roomy = replace(track, limits=replace(track.limits, log_bytes=8 << 20))

    (result,) = run([make_candidate("looks-around", mode="fit-predict")], [roomy], settings=real_session_settings)

    assert result.error is None
    assert result.log == ""  # the log of a track with hidden labels is for the operator only
    hidden = parse(labels_path(dataset, real_session_settings).read_text())
    training = {row["sequence_id"]: row for row in parse(training_path(dataset, real_session_settings).read_text())}
    inputs = parse(inputs_path(dataset, real_session_settings).read_text())
    names = [row["name"].lower() for row in hidden]
    ids = [row["sequence_id"] for row in hidden]
    assert len(set(names)) == len(hidden) == dataset.positives + dataset.negatives

    log = (real_session_settings.cache / "logs" / f"test-looks-around.{track_name}.log").read_text()
    folds = order_folds(row[track.folds_by] for row in training.values())
    logs = dict(part.split("\n", 1) for part in log.removeprefix("--- fold ").split("\n--- fold "))
    assert tuple(logs) == folds
    for fold, printed in logs.items():
        tables = tables_in(printed)
        assert set(tables) == {"sequences.csv", "train.csv"}
        asked, shown = (
            [row for row in inputs if (training[row["sequence_id"]][track.folds_by] == fold) == is_asked]
            for is_asked in (True, False)
        )
        assert Counter((row["sequence"], row["light_sequence"]) for row in tables["sequences.csv"]) == Counter(
            (row["sequence"], row["light_sequence"]) for row in asked
        )
        assert Counter(tuple(row.values())[1:] for row in tables["train.csv"]) == Counter(
            (row["sequence"], row["light_sequence"], training[row["sequence_id"]]["label"]) for row in shown
        )
        assert "label" not in tables["sequences.csv"][0]
        rest = printed.replace("sequence_id,sequence,light_sequence,label", "")
        assert ",label" not in rest
        lowered = printed.lower()
        assert [name for name in names if name in lowered] == []
        assert [name for name in ids if name in printed] == []
        assert dataset.id not in lowered
        assert track_name not in printed

    board = build_board(ResultsStore(tmp_path / "results").read_all(), load_tracks())
    published = [path.read_text() for path in (tmp_path / "results").rglob("*") if path.is_file()]
    published += [render_json(board), render_markdown(board), render_site(board, with_datasheets=False)]
    published += [path.read_text() for path in real_session_settings.inputs.rglob("*") if path.is_file()]
    for text in published:
        lowered = text.lower()
        assert [name for name in names if name in lowered] == []
    records = [path.read_text() for path in (tmp_path / "results").rglob("*.json")]
    for text in (*records, render_json(board), render_markdown(board), render_site(board, with_datasheets=False)):
        assert [name for name in ids if name in text] == []
