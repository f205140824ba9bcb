"""A board set down, and what the site's history and status show."""

from datetime import UTC, date, datetime, timedelta

import pytest

from polyreact.errors import ReleaseExists
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.release import build_release
from polyreact.leaderboard.site.views import history, status
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.records import OutcomeKind
from polyreact.results.release_store import ReleaseStore
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.tracks.track import Standing
from unit.leaderboard.sample_boards import (
    make_board,
    record,
    run,
    sample_board,
    score,
    submission,
    track,
    with_auroc,
)

DAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def release_of(board, name="2026.5", day=DAY):
    return build_release(board, name, day, "0.1.0")


@pytest.fixture
def releases(tmp_path):
    return ReleaseStore.of(ResultsStore(tmp_path))


def test_release_is_read_as_it_was_written(releases):
    made = release_of(sample_board())
    releases.write(made)
    assert releases.read_all() == (made,)
    releases.write(made)


def test_release_is_never_another(releases):
    path = releases.write(release_of(make_board([with_auroc("a-model", 0.7)], [track()])))
    before = path.read_bytes()
    with pytest.raises(ReleaseExists):
        releases.write(release_of(make_board([with_auroc("a-model", 0.8)], [track()])))
    assert path.read_bytes() == before


def test_newest_release_comes_first(releases):
    board = sample_board()
    for name, day in (("2026.5", DAY), ("2026.6", date(2026, 6, 1)), ("2025.1", date(2025, 1, 1))):
        releases.write(release_of(board, name, day))
    assert [release.name for release in releases.read_all()] == ["2026.6", "2026.5", "2025.1"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", "UPPER", ".hidden", "a" * 41, "a b", "a\n"])
def test_name_that_is_no_file_is_refused(name):
    with pytest.raises(ValueError, match="name"):
        release_of(sample_board(), name)


def test_release_has_no_private_track():
    private = track("private-ours", Standing.SHOWN, dataset="private-ours")
    board = make_board([record("lab-model", "private-ours", score())], [private, track()])
    assert [released.track for released in release_of(board).tracks] == ["jain"]


def test_private_records_have_no_releases(tmp_path):
    with pytest.raises(ValueError, match="do not belong"):
        ReleaseStore.of(open_private_store(tmp_path))


def release_page(board, release):
    _, page = history.build_pages(board, Edition(releases=(release,)))
    return page


def test_board_of_a_release_says_what_became_of_each_row():
    then = make_board([with_auroc(name, 0.7) for name in ("a-same", "b-changed", "c-gone")], [track()])
    changed = score().model_copy(update={"predictions_sha256": "99" * 32})
    now = make_board([with_auroc("a-same", 0.7), record("b-changed", scored=changed)], [track()])
    page = release_page(now, release_of(then))
    (table,) = page.view.tables
    assert page.path == "history/2026.5.html"
    assert [(row.name, row.now) for row in table.rows] == [
        ("a-same", "as it was"),
        ("b-changed", "other predictions were scored since"),
        ("c-gone", "not on the board any more"),
    ]
    assert table.rows[2].page == ""


def test_board_of_a_release_shows_ranks_and_figures_of_that_day():
    then = make_board([with_auroc("a-good", 0.9, interval=(0.8, 0.95)), with_auroc("b-bad", 0.4)], [track()])
    page = release_page(make_board([], [track()]), release_of(then))
    good, bad = page.view.tables[0].rows
    assert (good.rank, good.value, good.interval) == ("1", "0.900", "[0.800, 0.950]")
    assert (bad.rank, bad.value) == ("2", "0.400")


def failed(name, on="jain"):
    faulty = run(OutcomeKind.SUBMISSION_FAULT, "E311", "ids are missing", predictions=None)
    return record(name, on, run=faulty)


def status_of(board, *jobs):
    queue = QueueRecord(updated_at=NOON, jobs=jobs) if jobs else None
    return status.build_page(board, Edition(queue=queue)).view


def job(name, state=QueueState.WAITING, code=None, on="jain"):
    return JobRecord(submission=name, track=on, state=state, since=NOON, code=code)


def test_status_tells_what_runs_waits_and_failed_in_this_order():
    pending = [(submission(name), "jain") for name in ("lab-a", "lab-b", "lab-c", "lab-d")]
    board = make_board([failed("lab-e"), record("lab-f", scored=score())], [track()], pending)
    view = status_of(
        board,
        job("lab-d"),
        job("lab-c", QueueState.RUNNING),
        job("lab-b", QueueState.PUT_OFF, "E403"),
        job("lab-a"),
    )
    assert [(row.model.name, row.state, row.place, row.code) for row in view.rows] == [
        ("lab-c", "running", "", ""),
        ("lab-d", "waiting", "1", ""),
        ("lab-a", "waiting", "2", ""),
        ("lab-b", "put off", "", "E403"),
        ("lab-e", "failed", "", "E311"),
    ]
    assert "2026-05-01 12:00 UTC" in view.updated


def test_status_tells_when_what_was_put_off_is_run_again_and_what_is_not():
    names = ("lab-a", "lab-b", "lab-c")
    board = make_board([], [track()], [(submission(name), "jain") for name in names])
    later = NOON + timedelta(days=1)
    jobs = (
        job("lab-a", QueueState.REFUSED, "E304"),
        job("lab-b", QueueState.GIVEN_UP, "E403").model_copy(update={"attempts": 3}),
        job("lab-c", QueueState.PUT_OFF, "E722").model_copy(update={"attempts": 1, "not_before": later}),
    )
    rows = status_of(board, *jobs).rows
    assert [(row.model.name, row.state, row.code) for row in rows] == [
        ("lab-c", "put off", "E722"),
        ("lab-b", "given up", "E403"),
        ("lab-a", "refused", "E304"),
    ]
    assert [row.reason for row in rows[:2]] == [
        "failed 1 time, run again from 2026-05-02 12:00 UTC on",
        "failed 3 times",
    ]


def test_status_says_when_results_were_last_brought_in():
    board = make_board([record("lab-f", scored=score())], [track()])
    queue = QueueRecord(updated_at=NOON, jobs=(), collected_at=NOON)
    updated = status.build_page(board, Edition(queue=queue)).view.updated
    assert updated.startswith("Nothing waits and nothing runs: every job has a record.")
    assert "last brought in its results at 2026-05-01 12:00 UTC" in updated


def test_status_without_a_queue_still_names_what_was_never_run():
    board = make_board([], [track()], [(submission("lab-a"), "jain")])
    (row,) = status_of(board).rows
    assert (row.state, row.since) == ("waiting", "\u2013")


def test_status_says_that_nothing_is_to_do():
    view = status_of(make_board([record("lab-f", scored=score())], [track()]))
    assert view.rows == ()
    assert view.updated == "Nothing waits and nothing runs: every job has a record."


def test_run_that_is_repeated_shows_beside_its_score():
    board = make_board([record("lab-f", scored=score())], [track()])
    (row,) = status_of(board, job("lab-f", QueueState.RUNNING)).rows
    assert row.state == "running"


def test_failed_submission_that_runs_again_is_shown_running():
    view = status_of(make_board([failed("lab-e")], [track()]), job("lab-e", QueueState.RUNNING))
    assert [(row.model.name, row.state) for row in view.rows] == [("lab-e", "running")]


def test_job_of_a_submission_that_the_board_does_not_know_is_shown_without_a_page():
    board = make_board([record("lab-f", scored=score())], [track()])
    view = status_of(board, job("lab-new"), job("lab-other", on="another-track"))
    assert [(row.model.name, row.model.page, row.state, row.place) for row in view.rows] == [
        ("lab-new", "", "waiting", "1")
    ]


def test_status_counts_every_state():
    board = make_board(
        [failed("lab-e"), record("lab-f", scored=score())], [track()], [(submission("lab-a"), "jain")]
    )
    (counts,) = status_of(board).counts
    assert counts.counts == ("1", "1", "1", "0", "0")
