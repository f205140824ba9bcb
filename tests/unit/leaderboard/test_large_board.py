"""The large boards that benchmarks measure are boards like others: every reader takes them."""

import json

import pytest

from benchmarks.large_board import TRACKS, write_large_board
from polyreact.cli import leaderboard as leaderboard_cli
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import render_markdown
from polyreact.leaderboard.table import build_board
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track

SUBMISSIONS = 60


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large") / "results"
    write_large_board(folder, SUBMISSIONS, TRACKS[:6])
    return folder


def test_large_board_is_built_from_what_was_written(large):
    store = ResultsStore(large)
    records, comparisons = store.read_all(), ComparisonStore.of(store).read_all()
    board = build_board(records, [load_track(name) for name in TRACKS[:6]], comparisons=comparisons)
    assert len(board.entries) == SUBMISSIONS
    states = {cell.state for entry in board.entries for cell in entry.cells.values()}
    assert {CellState.SCORE, CellState.MISSING, CellState.FAILED} <= states
    for track_board in board.tracks:
        assert track_board.resolution.pairs == len(track_board.pairs) > 0
    ranks = [entry.cells["jain"].rank for entry in board.entries if entry.cells["jain"].rank]
    assert 1 < len({rank.lowest for rank in ranks}) < len(ranks)
    assert any(entry.find_audit("jain") and entry.find_audit("jain").sets for entry in board.entries)
    assert json.loads(render_json(board))["schema_version"] == 3
    assert "| jain |" not in render_markdown(board)


def test_comparisons_of_a_large_board_say_what_its_scores_say(large):
    store = ResultsStore(large)
    (jain,) = (record for record in ComparisonStore.of(store).read_all() if record.track == "jain")
    scores = {record.submission.id: record.score for record in store.read_track("jain") if record.score}
    assert set(jain.places) == set(scores)
    for pair in jain.read_pairs(list(jain.places)):
        first, second = (scores[name].metrics for name in (pair.first, pair.second))
        for metric, told in (("roc_auc", pair.auroc), ("accuracy", pair.accuracy)):
            assert told.difference == pytest.approx(first[metric].value - second[metric].value)
            assert told.low <= told.difference <= told.high
            assert (told.p_value <= 0.05) == (told.low > 0 or told.high < 0 or 0 in {told.low, told.high})
        counts = pair.agreement
        assert (counts.only_first - counts.only_second) / counts.total == pytest.approx(pair.accuracy.difference)


def test_same_arguments_give_the_same_bytes_and_more_submissions_change_no_other(large, tmp_path):
    write_large_board(tmp_path / "again", SUBMISSIONS, TRACKS[:6])
    write_large_board(tmp_path / "few", 7, TRACKS[:2])

    def files(folder):
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert files(tmp_path / "again") == files(large)
    few = {path: content for path, content in files(tmp_path / "few").items() if path.parts[0] != "comparisons"}
    assert few.items() <= files(large).items()
    with pytest.raises(FileExistsError):
        write_large_board(large, 1)


def test_every_published_form_is_made_of_a_large_board(large, tmp_path):
    published = leaderboard_cli.publish_board(large, [], tmp_path / "LEADERBOARD.md", tmp_path / "site")
    assert published.site.start.stat().st_size > 100_000
    states = {
        entry["state"] for track in json.loads(published.json.read_bytes())["tracks"] for entry in track["entries"]
    }
    assert states == {state.value for state in CellState}
