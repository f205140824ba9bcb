"""The tables and sentences of the app: filters, models, pairs."""

import json
import re
from dataclasses import replace

import pytest

from polyreact.leaderboard.formats.json import render_json
from polyreact.space.board import Filters, Openness, TrainingData, build_board_table, describe_track
from polyreact.space.document import parse_leaderboard
from polyreact.space.model import (
    NOT_CHECKED,
    build_manifest_table,
    build_metrics_table,
    build_other_metrics,
    build_trust_table,
    describe_submission,
    describe_trust,
)
from polyreact.space.pair import SAME, describe_pair
from unit.leaderboard.sample_boards import NAMES, sample_board
from unit.leaderboard.test_formats import HOSTILE, hostile_board
from unit.sample_trust import trust_record


@pytest.fixture(scope="module")
def board():
    return parse_leaderboard(render_json(sample_board()).encode(), "leaderboard.json")


def words(table, heading):
    place = table.headings.index(heading)
    return [row[place].words for row in table.rows]


def models(board, **wanted):
    return words(build_board_table(board, board.tracks[0], Filters(**wanted)), "Model")


def test_every_entry_has_a_row_and_no_cell_is_blank(board):
    for shown in board.tracks:
        table = build_board_table(board, shown, Filters())
        assert len(table.rows) == len(NAMES)
        assert all(len(row) == len(table.headings) for row in table.rows)
        assert all(cell.words.strip() for row in table.rows for cell in row)


def test_state_stands_in_words(board):
    table = build_board_table(board, board.tracks[0], Filters())
    found = dict(zip(words(table, "Model"), words(table, "Result"), strict=True))
    assert found["hermes-poly"] == "failed (E311)"
    assert found["quiet-river"] == "missing"


def test_rank_and_value_sort_as_numbers(board):
    table = build_board_table(board, board.tracks[0], Filters())
    ranks = [row[0].value for row in table.rows if row[0].value != ""]
    assert ranks == sorted(ranks)
    values = [row[4].value for row in table.rows if row[4].value != ""]
    assert values == sorted(values, reverse=True)
    assert all(isinstance(value, float) for value in values)


def test_filters_keep_what_passes_all_of_them(board):
    assert len(models(board, with_baselines=False)) == 5
    assert models(board, text="TUB graph") == ["tub-graphite"]
    assert models(board, text="okafor", with_baselines=False) != []
    assert models(board, training_data=TrainingData.UNKNOWN) == ["pharma-x-developability"]
    assert models(board, training_data=TrainingData.PROPRIETARY) == []
    assert set(models(board, only_ranked=True)).isdisjoint({"hermes-poly", "quiet-river"})
    assert len(models(board, openness=Openness.CODE)) == 2
    assert models(board, text="tub", training_data=TrainingData.UNKNOWN) == []


def test_track_says_what_it_can_resolve(board):
    assert "can be told apart" in describe_track(board, board.tracks[0])


def test_model_has_a_row_for_each_track_with_intervals(board):
    table = build_metrics_table(board, NAMES[2])
    assert words(table, "Track") == [shown.id for shown in board.tracks]
    assert all("[" in text for text in words(table, "AUROC"))
    assert {"Youden's J"} <= set(words(build_other_metrics(board, NAMES[2]), "Metric"))
    assert words(build_manifest_table(board, NAMES[2]), "")[0] == NAMES[2]


def test_trust_checks_stand_with_what_they_mean():
    checked = trust_record()
    made = replace(sample_board(), trust=(checked,))
    board = parse_leaderboard(render_json(made).encode(), "leaderboard.json")
    known = next(name for name in board.by_id if name != checked.submission)
    assert describe_trust(board, known) == NOT_CHECKED
    changed = json.loads(render_json(made))
    changed["trust"][0]["submission"] = known
    board = parse_leaderboard(json.dumps(changed).encode(), "leaderboard.json")
    assert len(build_trust_table(board, known).rows) == 5
    assert "Checked on" in describe_trust(board, known)


@pytest.mark.parametrize("defect", HOSTILE)
def test_hostile_manifest_stays_text(defect):
    board = parse_leaderboard(render_json(hostile_board(HOSTILE[defect])).encode(), "leaderboard.json")
    (name,) = board.by_id
    head = describe_submission(board, name)
    assert "<" not in head.replace("<https://", "").replace("<!-- -->", "")
    assert re.search(r"(?<!\\)\]\((?!<https://)", head) is None
    assert head.count("\n\n") == 3
    for table in (
        build_board_table(board, board.tracks[0], Filters()),
        build_metrics_table(board, name),
        build_manifest_table(board, name),
    ):
        assert all(cell.words.isprintable() and len(cell.words) <= 400 for row in table.rows for cell in row)


def test_pair_is_the_same_from_both_sides(board):
    shown = board.tracks[0]
    one, other = shown.pairs.listed[0].first, shown.pairs.listed[0].second
    assert "AUROC" in describe_pair(board, shown, one, other)
    assert "**Agreement**: both are right on " in describe_pair(board, shown, one, other)
    forth, back = describe_pair(board, shown, one, other), describe_pair(board, shown, other, one)
    assert ("cannot be told apart" in forth) is ("cannot be told apart" in back)
    assert describe_pair(board, shown, one, one) == SAME


def test_pair_that_is_not_listed_names_the_command(board):
    shown = board.tracks[0].model_copy(update={"pairs": ()})
    told = describe_pair(board, shown, NAMES[0], NAMES[1])
    assert f"polyreact compare {NAMES[0]} {NAMES[1]} --track jain" in told


def test_pair_without_a_score_says_why(board):
    assert "has no score on jain: failed (E311)" in describe_pair(board, board.tracks[0], NAMES[0], "hermes-poly")
