"""A visitor's predictions: scored by the official code, refused with every defect."""

import json

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.errors import WrongCommandLine
from polyreact.evaluation.own_labels import score_files
from polyreact.evaluation.public_labels import find_public_tracks, read_sequences, score_public
from polyreact.leaderboard.formats.json import render_json
from polyreact.settings import Settings
from polyreact.space.check import Upload, check_on_own_labels, check_on_track
from polyreact.space.document import parse_leaderboard
from polyreact.tracks.catalog import load_public_tracks, load_track
from unit.leaderboard.sample_boards import sample_board


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return Settings(cache=tmp_path_factory.mktemp("cache"), mirror=None, engine=None)


@pytest.fixture(scope="module")
def board():
    return parse_leaderboard(render_json(sample_board()).encode(), "leaderboard.json")


@pytest.fixture(scope="module")
def answers(demo):
    ids = [line.split(",")[0] for line in read_sequences(load_track("demo"), demo).decode().splitlines()[1:]]
    rows = "".join(f"{name},{n % 2},{n % 10 / 10}\n" for n, name in enumerate(ids))
    return ("sequence_id,prediction,score\n" + rows).encode()


def check(answers, board, demo, track="demo"):
    shown = board.find_track(track)
    return check_on_track(Upload("/tmp/x/mine.csv", answers), shown, board, demo, is_probability=False)


def test_only_the_demonstrations_have_public_labels():
    assert {track.id for track in find_public_tracks(load_public_tracks())} == {"demo", "demo-fit"}


def test_figures_are_those_of_polyreact_score(answers, board, demo, tmp_path):
    found = score_public(answers, "mine.csv", load_track("demo"), demo, score_is_probability=False).measurement
    (tmp_path / "predictions.csv").write_bytes(answers)
    dataset = load_dataset("demo", 1)
    kept = (demo.hidden / dataset.key / "labels.csv").read_text().splitlines()
    labels = "\n".join(",".join(line.split(",")[:2]) for line in kept) + "\n"
    (tmp_path / "labels.csv").write_text(labels)
    again = score_files(tmp_path / "predictions.csv", tmp_path / "labels.csv", score_is_probability=False)
    assert found.table.metrics["roc_auc"] == again.table.metrics["roc_auc"]
    assert found.intervals["accuracy"] == again.intervals["accuracy"]
    verdict = check(answers, board, demo)
    assert verdict.is_accepted
    assert f"{again.table.metrics['accuracy'].value:.3f}" == verdict.table.rows[0][1].words
    assert "polyreact-length" in verdict.table.headings


def test_fold_track_has_its_means(answers, demo):
    found = score_public(answers, "mine.csv", load_track("demo-fit"), demo, score_is_probability=False)
    assert found.fold_means.metrics["roc_auc"].value is not None


def test_documents_word_on_labels_is_no_permission(answers, board, demo):
    """A leaderboard.json that calls hidden labels public must not make the app score files against them."""
    changed = json.loads(render_json(sample_board()))
    assert changed["tracks"][0]["id"] == "jain"
    assert changed["tracks"][0]["labels_are_public"] is True
    verdict = check(answers, board, demo, "jain")
    assert not verdict.is_accepted
    assert "labels of track `jain` are not public" in verdict.summary
    with pytest.raises(WrongCommandLine):
        read_sequences(load_track("jain"), demo)


def test_baselines_of_another_revision_are_left_out(answers, board, demo):
    shown = board.find_track("demo").model_copy(update={"revision": 7})
    verdict = check_on_track(Upload("mine.csv", answers), shown, board, demo, is_probability=False)
    assert verdict.is_accepted
    assert len(verdict.table.headings) == 4


def test_every_defect_has_its_line_and_value(answers, board, demo):
    lines = answers.decode().splitlines()
    lines[3] = lines[3].rsplit(",", 1)[0] + ",nan"
    lines[7] = "nobody,1,0.5"
    verdict = check("\n".join(lines).encode(), board, demo)
    told = [(row[0].words, row[1].words) for row in verdict.table.rows]
    assert verdict.summary.startswith("E311  mine.csv does not meet the contract.")
    assert any(where == "line 4" and "nan" in what for where, what in told)
    assert any(where == "line 8" and "nobody" in what for where, what in told)
    assert "/tmp/x" not in verdict.summary


def test_defects_beyond_what_is_shown_are_counted(board, demo):
    labels = "sequence_id,label\n" + "".join(f"a{n},7\n" for n in range(1500))
    verdict = check_on_own_labels(Upload("p.csv", b"x"), Upload("l.csv", labels.encode()), is_probability=False)
    assert verdict.summary.startswith("E506")
    assert "1,500 defects, of which the first 1,000 are shown." in verdict.summary
    assert len(verdict.table.rows) == 1000


@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"\xff\xfe", b"a,b\n" * 10, b"\x1b[31m,1,1"], ids=repr)
def test_what_is_no_table_is_refused_in_printable_words(content, board, demo):
    verdict = check(content, board, demo)
    assert not verdict.is_accepted
    assert all(line.isprintable() for line in verdict.summary.splitlines())
    assert all(cell.words.isprintable() for row in verdict.table.rows for cell in row)
