"""The overview and the pages of tracks: rows, classes, pictures, and what is bounded."""

import gzip
import math
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pages.boards import thousand_rows
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.site.charts import Verdict
from polyreact.leaderboard.site.render import render_page
from polyreact.leaderboard.site.row_bar import HEIGHT, WIDTH, Reference, build_axis, build_row_bar
from polyreact.leaderboard.site.views import overview, track_charts, track_details
from polyreact.leaderboard.site.views import track as track_view
from polyreact.statistics.ranks import adjust_p_values
from polyreact.tracks.track import Standing, TrackId
from unit.leaderboard.sample_boards import (
    compare,
    make_board,
    record,
    run,
    sample_board,
    score,
    submission,
    track,
    with_auroc,
)


def page_of(board, index=0):
    return render_page(track_view.build_page(board, board.tracks[index])).decode()


def rows_of(board, index=0):
    return track_view.build_page(board, board.tracks[index]).view.rows


def named(count, prefix="m", **changes):
    """Entries with falling AUROCs."""
    return [with_auroc(f"{prefix}-{n:03d}", round(0.95 - 0.004 * n, 3), **changes) for n in range(count)]


def test_row_says_training_data_licence_time_and_date():
    about = submission("a-model", training_data={}, license="CC-BY-NC-4.0", code=None)
    made = run(wall_s=8.6, started_at=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=3))))
    (row,) = rows_of(make_board([record("a-model", scored=score(), submission=about, run=made)], [track()]))
    assert (row.training, row.use, row.license) == ("clean", "not commercial", "CC-BY-NC-4.0")
    assert (row.time, row.date) == ("100.0", "2025-12-31")  # 86 antibodies; the day is that in UTC
    assert (row.keys.training, row.keys.use, row.keys.code) == ("clean", "not-commercial", "closed")


def test_time_is_told_only_where_it_means_something():
    board = sample_board()
    assert {row.time for row in rows_of(board) if row.state == "score"} == {"479.7"}
    assert {row.time for row in rows_of(board) if row.state != "score"} == {"\u2013"}
    lofo = track("lofo", Standing.SHOWN, folds_by="family")
    folds = page_of(make_board([record("a-model", "lofo", score())], [lofo]))
    assert '<td class="number">41.2</td>' in folds
    assert "sum of all folds" in folds


@pytest.mark.parametrize("index", range(4))
def test_every_state_stands_in_words_and_no_cell_is_blank(index):
    board = sample_board()
    text = page_of(board, index)
    states = {entry.cells[board.tracks[index].track.id].state for entry in board.entries}
    assert len(states) > 1
    for state in states - {CellState.SCORE}:
        assert re.search(f'<td class="state {state.value}">{state.value}( \\(E311\\))?</td>', text)
    body = text[text.index('id="track-table"') :]
    body = body[: body.index("</table>")]
    assert not re.search(r'<td(?! class="note")[^>]*>\s*</td>', body)
    cells = {len(re.findall(r"<t[dh]\b", row)) for row in re.findall(r"<tr class=.*?</tr>", body, flags=re.DOTALL)}
    assert cells == {len(re.findall("<th ", body[: body.index("</thead>")]))}


def test_overview_has_a_figure_for_each_track_and_the_overall_skill():
    both = (track("jain"), track("harvey-test"))
    records = [
        with_auroc("a-model", 0.75, interval=(0.65, 0.85)),
        with_auroc("a-model", 0.65, "harvey-test", interval=(0.6, 0.7), ranked=True),
        with_auroc("b-model", 0.7, interval=(0.6, 0.8)),
    ]
    view = overview.build_page(make_board(records, both)).view
    assert [column.key for column in view.columns] == ["rank", "model", "author", "jain", "harvey-test", "skill"]
    first, second = view.rows
    assert [cell.value for cell in first.cells] == ["0.750", "0.650"]
    assert first.cells[0].interval == "[0.650, 0.850]"
    assert first.skill == "0.400"
    assert (second.cells[1].words, second.skill) == ("missing", "\u2013")


def test_summaries_tell_what_a_track_can_tell_apart():
    board = sample_board()
    jain, shehata, _, demo = overview.build_page(board).view.tracks
    assert (jain.antibodies, jain.positives, jain.share, jain.entries) == ("86", "29", "34 %", "6")
    assert (jain.separable, jain.source) == ("11 of 15", "measured")
    assert shehata.positives == "7"
    assert demo.separable == "not asked"


def test_nothing_of_a_private_track_is_told_but_scores():
    private = track("private-acme", Standing.RANKED)
    made = record("a-model", private.id, score(), earlier_scored_runs=2)
    board = make_board([made], [private])
    view = track_view.build_page(board, board.tracks[0]).view
    assert view.summary.antibodies == view.summary.positives == view.summary.separable == "not published"
    assert view.rows[0].time == "\u2013"
    assert view.charts.forest == ()
    assert view.details.audits == ()
    assert "86" not in page_of(board)


def test_axis_has_room_for_every_interval_and_lines_for_chance_and_baselines():
    board = make_board(
        [
            with_auroc("polyreact-base", 0.6, submission=submission("polyreact-base", is_baseline=True)),
            with_auroc("a-model", 0.8, interval=(0.33, 0.9)),
        ],
        [track()],
    )
    axis = track_view.build_page(board, board.tracks[0]).view.axis
    assert (axis.low, axis.high, axis.words) == (0.3, 1.0, "0.3 to 1.0")
    assert axis.frame.count("V") == 1
    assert axis.baselines.count("V") == 1
    assert f'<path class="reference" d="{axis.baselines}"/>' in page_of(board)


@pytest.mark.parametrize(
    ("value", "limits", "at", "low", "length"),
    [
        (0.5, (0.25, 0.75), 96, 52, 88),
        (0.0, None, 8, 8, 0),
        (1.0, (1.0, 1.0), 184, 184, 0),
        (1.2, (-3, 1.2), 184, 8, 176),
    ],
)
def test_picture_of_a_row(value, limits, at, low, length):
    bar = build_row_bar(build_axis([0.0], 1.0), value, limits)
    assert (bar.at, bar.low, bar.length) == (at, low, length)


def test_axis_without_values_or_with_one_at_its_end():
    assert build_axis([], 1.0).low == 0.9
    assert build_axis([1.0], 1.0, [Reference(0.5, "chance")]).low == 0.5
    assert f"H{WIDTH}M" in build_axis([1.0], 1.0, [Reference(0.5, "chance")]).frame
    assert f"V{HEIGHT}" not in build_axis([1.0], 1.0).frame


def test_tables_below_are_bounded_and_say_so():
    board = make_board(named(60), [track("jain", leads=True)])
    details = track_view.build_page(board, board.tracks[0]).view.details
    assert len(details.runs) == track_details.ENTRIES_SHOWN
    assert len(details.pairs) == track_details.COMPARED_SHOWN * (track_details.COMPARED_SHOWN - 1) // 2
    text = page_of(board)
    assert "The first 50 of 60 entries, in the order of the table." in text
    assert "polyreact compare FIRST SECOND --track jain" in text
    assert text.count("<tr class=") == 60
    assert "The first 50" not in page_of(make_board(named(50), [track()]))


def test_matrix_tells_apart_what_the_ranks_tell_apart():
    records = named(30)
    compared = compare(records, lambda gap: math.exp(-250 * abs(gap)))
    board = make_board(records, [track()], comparisons=compared)
    pairs = tuple(board.tracks[0].pairs)
    adjusted = dict(
        zip(
            ((pair.first, pair.second) for pair in pairs),
            adjust_p_values([p.auroc.p_value for p in pairs]),
            strict=True,
        )
    )
    view = track_view.build_page(board, board.tracks[0]).view.charts
    verdicts = {
        (first, second): view.verdicts[row][column]
        for row, first in enumerate(view.names)
        for column, second in enumerate(view.names)
        if row < column
    }
    assert {Verdict.BETTER, Verdict.UNDECIDED} == set(verdicts.values())
    for both, verdict in verdicts.items():
        assert (verdict is Verdict.BETTER) == (adjusted[both] <= 0.05)


def test_chart_of_the_first_entries_keeps_every_baseline():
    records = named(60)
    records.append(with_auroc("polyreact-base", 0.5, submission=submission("polyreact-base", is_baseline=True)))
    charts = track_view.build_page(board := make_board(records, [track()]), board.tracks[0]).view.charts
    assert len(charts.forest) == track_charts.DRAWN + 1
    assert charts.forest[-1].is_baseline
    assert charts.note == "Drawn are the first 50 of 61 entries with a score, and every baseline."


def test_thousand_entries_are_a_small_page():
    page = page_of(thousand_rows())
    assert page.count("<tr class=") == 1_000
    assert len(gzip.compress(page.encode(), 6)) < 250 * 1024


def test_entry_that_is_new_is_missing_with_the_reason():
    board = make_board([], [track()], pending=[(submission("a-model"), TrackId("jain"))])
    (row,) = rows_of(board)
    assert (row.state, row.primary.words, row.note, row.date) == ("missing", "missing", "not run yet", "\u2013")


def test_dates_are_of_the_day_in_utc():
    late = run(started_at=datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))))
    (row,) = rows_of(make_board([record("a-model", scored=score(), run=late)], [track()]))
    assert row.date == late.started_at.astimezone(UTC).strftime("%Y-%m-%d") == "2026-02-28"
