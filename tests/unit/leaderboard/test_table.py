"""Which cell says what, in which order, and who has which rank."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from polyreact.errors import BadRecord
from polyreact.leaderboard import table
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.pairs import LEADING, Pairs
from polyreact.leaderboard.table import build_board
from polyreact.results.records import MetricRecord, OutcomeKind
from polyreact.tracks.track import Standing, TrackId
from unit.leaderboard.sample_boards import (
    TRACKS,
    compare,
    curves_of,
    make_board,
    record,
    run,
    sample_board,
    sample_records,
    score,
    submission,
    track,
    with_auroc,
)

JAIN = TrackId("jain")


def ranks(board, place=0):
    chosen = board.tracks[place]
    return {
        entry.submission.id: (cell.rank.lowest, cell.rank.highest)
        if (cell := entry.cells[chosen.track.id]).rank
        else None
        for entry in chosen.entries
    }


def only_cell(records=(), **options):
    board = make_board(records, [options.pop("on", track())], **options)
    (entry,) = board.entries
    (cell,) = entry.cells.values()
    return cell


def test_rank_is_from_how_many_are_better_to_how_many_are_not_worse():
    """Of .80, .75, .70, .65 and .60, those .10 apart or more can be told apart."""
    values = {"a": 0.8, "b": 0.75, "c": 0.7, "d": 0.65, "e": 0.6}
    board = make_board([with_auroc(name, value) for name, value in values.items()], [track()])
    assert ranks(board) == {"a": (1, 2), "b": (1, 3), "c": (2, 4), "d": (3, 5), "e": (4, 5)}
    tied = [entry.submission.id for entry in board.entries if entry.cells[JAIN].rank.ties_with_best]
    assert tied == ["a", "b"]
    resolution = board.tracks[0].resolution
    assert (resolution.separable, resolution.pairs, resolution.is_measured) == (6, 10, True)
    assert resolution.detectable == pytest.approx(2.8 * 0.05, abs=1e-3)


def test_lone_entry_has_the_first_place():
    board = make_board([with_auroc("a", 0.7)], [track()])
    assert ranks(board) == {"a": (1, 1)}
    resolution = board.tracks[0].resolution
    assert (resolution.separable, resolution.pairs, resolution.is_measured) == (0, 0, False)
    assert 0.12 < resolution.detectable < 0.20  # planned for 29 and 57


def test_p_values_are_adjusted_for_all_pairs_of_the_board():
    """Each pair alone is told apart at .03; of three pairs together none is."""
    records = [with_auroc(name, value) for name, value in (("a", 0.8), ("b", 0.7), ("c", 0.6))]
    two = build_board(records[:2], [track()], comparisons=compare(records[:2], lambda gap: 0.03))
    three = build_board(records, [track()], comparisons=compare(records, lambda gap: 0.03))
    assert ranks(two) == {"a": (1, 1), "b": (2, 2)}
    assert set(ranks(three).values()) == {(1, 3)}


def test_entry_that_the_board_does_not_show_is_not_adjusted_for():
    """Comparisons hold every record; a submission that declares the labels now has no place among the ranks."""
    records = [with_auroc(name, value) for name, value in (("a", 0.8), ("b", 0.7), ("c", 0.6))]
    compared = compare(records, lambda gap: 0.03)
    board = build_board(records, [track()], declared={("c", JAIN): CellState.TRAINED_ON}, comparisons=compared)
    assert ranks(board) == {"a": (1, 1), "b": (2, 2), "c": None}


def test_ranks_of_a_track_that_asks_for_accuracy_come_from_accuracies():
    records = [record("good", scored=score(3)), record("bad", scored=score(-1))]
    board = make_board(records, [track(primary_metric="accuracy")])
    assert ranks(board) == {"good": (1, 1), "bad": (2, 2)}


def test_ranks_do_not_hang_on_rounded_values():
    """Of a private track values are shown to two decimals, and may be equal there."""
    exact = [with_auroc("a", 0.8049), with_auroc("b", 0.7951)]
    shown = [with_auroc("a", 0.80), with_auroc("b", 0.80)]
    board = build_board(shown, [track()], comparisons=compare(exact, lambda gap: 1e-5))
    assert ranks(board) == {"a": (1, 1), "b": (2, 2)}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda records: [],
        lambda records: compare(records[:2]),
        lambda records: [replace(c, scoring_version=0) for c in compare(records)],
        lambda records: [replace(c, labels_sha256="00" * 32) for c in compare(records)],
        lambda records: [
            replace(c, entries=(c.entries[0].model_copy(update={"predictions_sha256": "00" * 32}), *c.entries[1:]))
            for c in compare(records)
        ],
    ],
    ids=["none", "an entry less", "older scoring", "other labels", "other predictions"],
)
def test_comparisons_of_other_scores_make_no_board(spoil):
    records = [with_auroc(name, value) for name, value in (("a", 0.8), ("b", 0.7), ("c", 0.6))]
    with pytest.raises(BadRecord, match="were not compared as their records stand now") as refused:
        build_board(records, [track()], comparisons=spoil(records))
    assert "polyreact score --all" in refused.value.render()


def cell_with(curves, records):
    board = make_board(records, [track()], curves=list(curves))
    return board.tracks[0].entries[0].cells[JAIN]


def test_cell_has_the_curves_of_its_score():
    records = [with_auroc("a", 0.8), with_auroc("b", 0.6)]
    curves = [curves_of(record) for record in records]
    assert cell_with(curves, records).curves == curves[0]
    assert cell_with(reversed(curves), records).curves == curves[0]


@pytest.mark.parametrize(
    "change",
    [
        {"predictions_sha256": "00" * 32},
        {"labels_sha256": "00" * 32},
        {"scoring_version": 99},
        {"score_is_probability": False},
        {"submission": "b"},
        {"track": "shehata"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_curves_of_anything_else_are_not_shown_and_stop_no_board(change):
    record = with_auroc("a", 0.8)
    assert cell_with([curves_of(record, **change)], [record]).curves is None
    assert cell_with([], [record]).curves is None


def test_curves_are_not_shown_where_there_is_no_score():
    scored = with_auroc("a", 0.8)
    board = make_board(
        [scored], [track()], declared={("a", JAIN): CellState.TRAINED_ON}, curves=[curves_of(scored)]
    )
    assert board.tracks[0].entries[0].cells[JAIN].curves is None


def test_pairs_stand_in_the_order_of_the_entries_and_are_told_from_the_first():
    board = make_board([with_auroc("a", 0.6), with_auroc("b", 0.8), with_auroc("c", 0.7)], [track()])
    told = [(pair.first, pair.second, round(pair.auroc.difference, 3)) for pair in board.tracks[0].pairs]
    assert told == [("b", "c", 0.1), ("b", "a", 0.2), ("c", "a", 0.1)]
    (first, _, last) = board.tracks[0].pairs
    assert (first.auroc.low, first.auroc.high) == pytest.approx((0.0, 0.2))
    assert (last.auroc.low, last.auroc.high) == pytest.approx((0.0, 0.2))


def test_pairs_are_found_and_counted_without_being_told_all():
    names = {f"m-{place:02d}": 0.9 - place / 100 for place in range(40)}
    pairs = make_board([with_auroc(name, value) for name, value in names.items()], [track()]).tracks[0].pairs
    assert len(pairs) == 40 * 39 / 2 == len(list(pairs))
    assert [(pair.first, pair.second) for pair in pairs.leading(3)] == [
        ("m-00", "m-01"),
        ("m-00", "m-02"),
        ("m-01", "m-02"),
    ]
    assert len(pairs.leading()) == LEADING * (LEADING - 1) / 2
    found = pairs.find("m-39", "m-00")
    assert (found.first, found.second, found.auroc.difference) == ("m-39", "m-00", pytest.approx(-0.39))
    assert pairs.find("m-00", "m-00") is pairs.find("m-00", "nobody") is Pairs().find("m-00", "m-01") is None
    assert (len(Pairs()), list(Pairs()), Pairs().leading()) == (0, [], ())


def test_overall_is_the_mean_skill_of_entries_with_a_score_on_every_ranked_track():
    tracks = [track("jain"), track("harvey"), track("demo", Standing.DEMO)]
    records = [
        with_auroc("whole", 0.8, interval=(0.7, 0.9)),
        with_auroc("whole", 0.6, "harvey", interval=(0.59, 0.62), ranked=True),
        with_auroc("half", 0.9, interval=(0.8, 0.95)),
        with_auroc("half", 0.9, "demo", interval=(0.8, 0.95)),
    ]
    (overall,) = make_board(records, tracks).overall
    assert overall.entry.submission.id == "whole"
    assert overall.skill == pytest.approx((0.6 + 0.2) / 2)
    assert overall.low == pytest.approx(0.4 - (0.1**2 + 0.01**2) ** 0.5)
    assert overall.high == pytest.approx(0.4 + (0.1**2 + 0.02**2) ** 0.5)
    assert make_board(records, tracks[:1]).overall == ()  # with one ranked track the track says it all


@pytest.mark.parametrize("standing", [Standing.SHOWN, Standing.HISTORICAL, Standing.DEMO])
def test_unranked_track_has_no_ranks_and_is_ordered_by_value_then_name(standing):
    records = [with_auroc("z", 0.9), with_auroc("B", 0.7), with_auroc("a", 0.7)]
    board = make_board(records, [track(standing=standing)])
    assert ranks(board) == {"z": None, "a": None, "B": None}
    assert [entry.submission.id for entry in board.tracks[0].entries] == ["z", "a", "B"]
    assert board.lead_track is None


def test_run_that_does_not_count_has_a_score_and_no_rank():
    board = make_board([with_auroc("a", 0.9, ranked=False), with_auroc("b", 0.8)], [track()])
    assert ranks(board) == {"a": None, "b": (1, 1)}
    assert board.entries[0].cells[JAIN].reason == table.RUN_NOT_RANKED


def test_score_without_the_primary_metric_has_no_rank_and_stands_below():
    without = score().model_copy(update={"metrics": {"roc_auc": MetricRecord(value=None, reason="no scores")}})
    board = make_board([record("a", scored=without), with_auroc("b", 0.1)], [track()])
    assert ranks(board) == {"b": (1, 1), "a": None}
    assert board.entries[1].cells[JAIN].metric("accuracy").value is None


def test_cell_valid_run_is_a_score():
    assert only_cell([record("a", scored=score())]).state is CellState.SCORE


def test_cell_submission_fault_is_failed_with_its_code():
    cell = only_cell([record("a", run=run(OutcomeKind.SUBMISSION_FAULT, "E314", "stopped at the wall time"))])
    assert (cell.state, cell.code, cell.reason) == (CellState.FAILED, "E314", "stopped at the wall time")


@pytest.mark.parametrize("kind", [OutcomeKind.PLATFORM_FAULT, OutcomeKind.UNDETERMINED])
def test_cell_platform_fault_is_missing_not_failed(kind):
    cell = only_cell([record("a", run=run(kind, "E405", "operator's words"))])
    assert (cell.state, cell.reason) == (CellState.MISSING, table.TO_REPEAT)


def test_cell_valid_run_without_score_is_missing():
    assert only_cell([record("a")]).reason == table.NOT_SCORED


def test_cell_of_another_revision_is_missing():
    cell = only_cell([record("a", scored=score())], on=track(revision=2))
    assert (cell.state, cell.reason) == (CellState.MISSING, "run on jain r1; not run on jain r2 yet")


def test_cell_pending_is_missing():
    assert only_cell(pending=[(submission("a"), JAIN)]).reason == table.NOT_RUN


@pytest.mark.parametrize("state", [CellState.TRAINED_ON, CellState.NOT_APPLICABLE])
def test_cell_declared_stands_even_over_an_older_score(state):
    for records in ([], [record("a", scored=score())]):
        cell = only_cell(records, pending=[(submission("a"), JAIN)], declared={("a", JAIN): state})
        assert (cell.state, cell.score, cell.rank) == (state, None, None)


def test_cell_declared_missing_does_not_hide_a_score():
    assert only_cell([record("a", scored=score())], declared={("a", JAIN): CellState.MISSING}).score is not None


@pytest.mark.parametrize("state", [CellState.SCORE, CellState.FAILED])
def test_declared_score_raises(state):
    with pytest.raises(ValueError, match="takes a record"):
        only_cell(pending=[(submission("a"), JAIN)], declared={("a", JAIN): state})


def test_every_entry_has_a_cell_on_every_track():
    board = sample_board()
    for entry in board.entries:
        assert list(entry.cells) == [chosen.id for chosen in TRACKS]
    assert {cell.state for entry in board.entries for cell in entry.cells.values()} == set(CellState)


def test_submission_is_described_by_its_newest_manifest():
    older = record("a", "jain", submission=submission("a", name="Old"), run=run(day=1))
    newer = record("a", "demo", submission=submission("a", name="New"), run=run(day=2))
    tracks = [track(), track("demo", Standing.DEMO)]
    assert make_board([newer, older], tracks).entries[0].submission.name == "New"
    pending = [(submission("a", name="Newest"), JAIN)]
    assert make_board([newer, older], tracks, pending).entries[0].submission.name == "Newest"


def test_overview_follows_the_first_ranked_track():
    records = [
        with_auroc("a", 0.9, "demo"),
        with_auroc("b", 0.8, "demo"),
        with_auroc("a", 0.6),
        with_auroc("b", 0.7),
    ]
    board = make_board(records, [track("demo", Standing.DEMO), track()])
    assert board.lead_track.id == "jain"
    assert [entry.submission.id for entry in board.entries] == ["b", "a"]


def test_overview_follows_the_track_that_leads():
    leading = replace(track("late"), leads=True)
    assert make_board([], [track("demo", Standing.DEMO), track("jain"), leading]).lead_track.id == "late"
    assert make_board([], [track("jain"), track("late")]).lead_track.id == "jain"
    board = make_board([], [track("demo", Standing.DEMO), track("jain"), leading])
    assert [each.track.id for each in board.tracks] == ["late", "jain", "demo"]


def test_tracks_stand_by_what_they_count_for():
    board = make_board([], [TRACKS[3], TRACKS[2], TRACKS[1], TRACKS[0]])
    assert [chosen.track.standing for chosen in board.tracks] == list(Standing)


def test_counts_come_from_the_scores():
    jain, shehata, *_ = sample_board().tracks
    assert (jain.positives, jain.negatives, shehata.positives, shehata.negatives) == (29, 57, 7, 391)
    empty = make_board([], [track()]).tracks[0]
    assert (empty.positives, empty.negatives, empty.scoring_version) == (None, None, None)


def test_records_of_other_tracks_are_left_out():
    board = make_board([record("a", "retired", score()), record("b", scored=score())], [track()])
    assert ranks(board) == {"b": (1, 1), "a": None}


def test_order_of_the_records_changes_nothing():
    records = sample_records()
    for turned in (records[::-1], records[7:] + records[:7]):
        assert sample_board(turned) == sample_board()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"scoring_version": 2}, "scoring versions"),
        ({"labels_sha256": "00" * 32}, "labels"),
        ({"positives": 30}, "numbers of antibodies"),
    ],
)
def test_scores_that_cannot_be_compared_raise(change, what):
    records = [record("a", scored=score()), record("b", scored=score(**change))]
    with pytest.raises(BadRecord, match=what):
        make_board(records, [track()])


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("newer", [(0,), (3,), (1, 2, 3)])
def test_scores_of_two_versions_are_in_no_table_wherever_they_stand(standing, newer):
    """Ranked or shown, first or last, one or many: no board is made, and the command that mends it is named."""
    records = [
        record(name, scored=score(skill, scoring_version=2 if place in newer else 1))
        for place, (name, skill) in enumerate([("a", 0.1), ("b", 2), ("c", 1), ("d", -1)])
    ]
    with pytest.raises(BadRecord, match="scoring versions") as caught:
        build_board(records, [track(standing=standing)])
    assert caught.value.cure.endswith("\n  polyreact score --all")
    unranked = [each.model_copy(update={"ranked": False}) for each in records]
    with pytest.raises(BadRecord, match="scoring versions"):
        build_board(unranked, [track(standing=standing)])


def test_scores_of_two_versions_on_a_private_track_name_the_command_for_those():
    def publishable(name, version):
        scored = score(scoring_version=version).model_copy(update={"confusion": None})
        return record(name, "private-ours", scored, earlier_scored_runs=0)

    with pytest.raises(BadRecord) as caught:
        build_board([publishable("a", 1), publishable("b", 2)], [track("private-ours")])
    assert caught.value.cure.endswith("\n  polyreact score --all --private")


def test_old_score_that_no_cell_shows_is_mixed_with_nothing():
    """Whoever has no place on a track by now keeps the score of then; so does a run of another revision."""
    records = [
        record("a", scored=score(scoring_version=2)),
        record("b", scored=score(scoring_version=1)),
        record("c", scored=score(scoring_version=1), revision=2),
    ]
    board = build_board(records, [track()], declared={("b", JAIN): CellState.TRAINED_ON})
    assert ranks(board) == {"a": (1, 1), "c": None, "b": None}
    assert board.tracks[0].scoring_version == 2


def test_two_records_for_one_place_raise():
    with pytest.raises(BadRecord, match="two records"):
        make_board([record("a"), record("a", run=run(started_at=datetime(2020, 1, 1, tzinfo=UTC)))], [track()])


def test_unknown_primary_metric_raises():
    with pytest.raises(ValueError, match="primary metric"):
        make_board([record("a", scored=score())], [track(primary_metric="luck")])


def test_track_that_ranks_on_accuracy_compares_accuracies():
    """Two entries of one AUROC and of accuracies far apart have ranks of their own there, and elsewhere not."""
    records = []
    for name, accuracy in (("a", 0.9), ("b", 0.6)):
        made = with_auroc(name, 0.7)
        metrics = made.score.metrics | {"accuracy": MetricRecord(value=accuracy)}
        records.append(made.model_copy(update={"score": made.score.model_copy(update={"metrics": metrics})}))
    for metric, expected in (("accuracy", [(1, 1), (2, 2)]), ("roc_auc", [(1, 2), (1, 2)])):
        board = make_board(records, [track(primary_metric=metric)])
        ranks = [entry.cells["jain"].rank for entry in board.entries]
        assert [(rank.lowest, rank.highest) for rank in ranks] == expected
