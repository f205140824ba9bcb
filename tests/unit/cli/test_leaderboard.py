"""The board put together from records and manifests."""

import json
import shutil

import pytest

from fakes.engine import FakeEngine
from polyreact.cli.leaderboard import publish_board, read_board
from polyreact.errors import BadRecord, PredictionsLost
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.results.curve_store import CurveStore
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate
from unit.submission.manifests import lines_of

OTHER = f"registry.example/lab/model@sha256:{'ee' * 32}"


@pytest.fixture
def results(tmp_path, settings):
    """A results folder with one record on the demo track."""
    store = ResultsStore(tmp_path / "results")
    evaluate(Evaluation(FakeEngine(answers), store, settings), [candidate()], [load_track("demo")])
    return store.folder


def publish(results, tmp_path, **changes):
    """The published board with a manifest beside the records: everything, and the state on the demo track."""
    manifest = tmp_path / "lab-model.yaml"
    manifest.write_text(lines_of(**{"training_data": "{}", **changes}))
    published = publish_board(results, [manifest], tmp_path / "LEADERBOARD.md", tmp_path / "site")
    board = json.loads(published.json.read_text())
    (demo,) = (track for track in board["tracks"] if track["id"] == "demo")
    return published.json.read_text(), demo["entries"][0]["state"]


def test_score_of_the_manifests_image_is_shown(results, tmp_path):
    assert publish(results, tmp_path)[1] == "score"


def test_score_of_another_image_is_not_shown_under_a_new_manifest(results, tmp_path):
    """Symptom: the old image's score stood under the new manifest, while the plan said "to run"."""
    assert publish(results, tmp_path, image=OTHER)[1] == "missing"


def test_manifest_says_who_and_what_and_not_an_older_record(results, tmp_path):
    assert "A corrected title" in publish(results, tmp_path, title="A corrected title")[0]
    assert publish(results, tmp_path, training_data="{demo: [labels]}")[1] == "trained-on"


def test_predictions_that_are_not_those_of_the_record_stop_the_board(results, tmp_path):
    (path,) = (results / "lab-model").glob("*.csv")
    path.write_bytes(path.read_bytes().replace(b",1,", b",0,", 1))
    with pytest.raises(PredictionsLost):
        publish(results, tmp_path)
    assert not (tmp_path / "LEADERBOARD.md").exists()


def curves_on_demo(results):
    """Of the only entry, as the board is built from the folder."""
    (entry,) = read_board(results, [], None).entries
    return entry.cells["demo"].curves


def test_board_has_the_kept_curves_of_each_score(results):
    kept = CurveStore.of(ResultsStore(results)).find("lab-model", "demo")
    assert kept is not None
    assert curves_on_demo(results) == kept


def test_checkout_without_curves_or_with_older_ones_gives_a_board_without(results):
    store = CurveStore.of(ResultsStore(results))
    kept = store.find("lab-model", "demo")
    store.write(kept.model_copy(update={"predictions_sha256": "00" * 32}))
    assert curves_on_demo(results) is None
    shutil.rmtree(store.folder)
    assert curves_on_demo(results) is None


def test_damaged_curves_stop_the_board_and_say_what_to_do(results, tmp_path):
    CurveStore.of(ResultsStore(results)).find_path("lab-model", "demo").write_text("{}")
    with pytest.raises(BadRecord):
        publish(results, tmp_path)
    assert not (tmp_path / "LEADERBOARD.md").exists()
