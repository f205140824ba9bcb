"""From what happened to the runs of a plan to how far it is."""

from datetime import UTC, datetime, timedelta

import pytest

from polyreact.evaluation.remote.progress import (
    Begun,
    Change,
    Step,
    Tally,
    Unit,
    find_progress,
    render_progress,
    render_seconds,
)

START = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


def unit(number, track="jain", slice_number=1, slices=1):
    return Unit(f"{number:064x}", f"lab-{number}", track, slice_number, slices)


def change(seconds, step, number, track="jain", worker=None, code=None, **slices):
    return Change(at(seconds), step, unit(number, track, **slices), worker, code)


def ran(number, seconds, track="jain", begin=0):
    return [change(begin, Step.STARTED, number, track), change(begin + seconds, Step.DONE, number, track)]


def test_progress_of_a_plan_counts_every_unit_once_and_by_code():
    queued = [change(0, Step.QUEUED, number) for number in range(6)]
    happened = [
        *ran(0, 10),
        change(10, Step.STARTED, 1, worker="n1"),
        change(10, Step.STARTED, 2, worker="n2"),
        change(15, Step.FAILED, 2, code="E311"),
        change(15, Step.STARTED, 3, worker="n2"),
        change(16, Step.PUT_OFF, 3, code="E404"),
        change(16, Step.STARTED, 4, worker="n2"),
        change(17, Step.QUEUED, 4),
    ]
    progress = find_progress([Begun(START, 2, done_before=30), *queued, *happened], at(20))

    assert (progress.total, progress.done, progress.waiting) == (36, 31, 2)
    assert (progress.failed, progress.put_off) == ({"E311": 1}, {"E404": 1})
    assert [(str(one.unit), one.worker, one.age_s) for one in progress.running] == [("lab-1 on jain", "n1", 10.0)]


def test_units_that_an_earlier_evaluation_left_are_forgotten_unless_they_are_queued_again():
    killed = [change(0, Step.QUEUED, 1), change(0, Step.QUEUED, 2), *ran(1, 5)]
    again = [Begun(at(60), 1, done_before=1), change(60, Step.QUEUED, 2)]
    progress = find_progress([Begun(START, 1), *killed, *again], at(60))

    assert (progress.total, progress.done, progress.waiting, progress.running) == (2, 1, 1, ())
    assert progress.estimate.seconds == 5.0, "what is known of running times stays"


def test_estimate_before_anything_ended_is_not_known():
    progress = find_progress([change(0, Step.QUEUED, 1), change(0, Step.STARTED, 1)], at(100))
    assert progress.estimate.seconds is None
    assert render_progress(progress).endswith("; time left not known yet: nothing has ended")


def test_estimate_of_runs_too_short_to_be_seen_starting_is_by_how_fast_they_come():
    queued = [change(0, Step.QUEUED, number) for number in range(10)]
    ended = [change(number, Step.DONE, number) for number in range(4)]
    progress = find_progress([Begun(START, 2), *queued, *ended], at(8))
    assert progress.estimate.seconds == 12.0
    assert progress.estimate.basis == "from 4 ended runs, as fast as they came"


def test_estimate_of_a_plan_that_is_over_is_nothing():
    progress = find_progress(ran(1, 5), at(5))
    assert (progress.estimate.seconds, progress.running) == (0.0, ())
    assert render_progress(progress) == "1 of 1 done; nothing is left to run"


def test_estimate_takes_the_median_of_each_track_and_fills_the_slots():
    """jain takes 10 s, shehata 100 s; on two slots: 100 | 10 + 10 + 10."""
    past = [*ran(1, 8), *ran(2, 10), *ran(3, 12), *ran(4, 100, "shehata")]
    waiting = [change(200, Step.QUEUED, 10, "shehata"), *(change(200, Step.QUEUED, n) for n in (11, 12, 13))]
    progress = find_progress([Begun(START, 2), *past, *waiting], at(200))
    assert progress.estimate.seconds == 100.0
    assert progress.estimate.basis == "from 4 ended runs, by the median of their track, 2 at once"

    alone = find_progress([Begun(START, 1), *past, *waiting], at(200))
    assert alone.estimate.seconds == 130.0


def test_estimate_of_what_runs_already_is_the_rest():
    events = [*ran(1, 60), change(100, Step.STARTED, 2)]
    assert find_progress(events, at(140)).estimate.seconds == 20.0
    assert find_progress(events, at(1_000)).estimate.seconds == 0.0


def test_estimate_on_a_track_of_which_none_ended_says_so():
    progress = find_progress([*ran(1, 60), change(61, Step.QUEUED, 2, "harvey-test")], at(61))
    assert progress.estimate.seconds == 60.0
    assert progress.estimate.basis.endswith("of 1 tracks none ended yet: the median of all")


def test_slices_are_not_taken_for_the_whole():
    whole = ran(1, 600)
    slices = [
        change(0, Step.STARTED, 2, slice_number=1, slices=10),
        change(50, Step.DONE, 2, slice_number=1, slices=10),
    ]
    waiting = [change(700, Step.QUEUED, 3, slice_number=2, slices=10)]
    assert find_progress([*whole, *slices, *waiting], at(700)).estimate.seconds == 50.0


@pytest.mark.parametrize("step", [Step.QUEUED, Step.PUT_OFF])
def test_time_of_what_did_not_run_to_its_end_teaches_nothing(step):
    events = [change(0, Step.STARTED, 1), change(1, step, 1, code="E404"), change(2, Step.QUEUED, 2)]
    assert find_progress(events, at(2)).estimate.seconds is None


def test_more_slots_than_at_the_beginning_shorten_the_estimate():
    tally = Tally()
    for event in [Begun(START, 1), *ran(1, 10), *(change(20, Step.QUEUED, n) for n in range(2, 12))]:
        tally.take(event)
    assert tally.find_progress(at(20)).estimate.seconds == 100.0
    assert tally.find_progress(at(20), slots=5).estimate.seconds == 20.0


def test_line_tells_all_there_is_and_nothing_of_it_acts_on_a_terminal():
    events = [
        *ran(1, 65),
        change(0, Step.STARTED, 2, worker="n1\x1b[31m"),
        change(1, Step.QUEUED, 3, slice_number=3, slices=12),
        *(change(2, Step.FAILED, 20 + number, code=f"E31{number}") for number in range(7)),
    ]
    line = render_progress(find_progress(events, at(65)))
    assert line == (
        "1 of 10 done, 1 running (longest lab-2 on jain on n1\\x1b[31m: 1 min 5 s), 1 waiting, "
        "failed: 1 x E310, 1 x E311, 1 x E312, 1 x E313, 1 x E314, 2 more codes; about 1 min 5 s left"
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3_725, "1 h 2 min"), (3 * 86_400 + 4 * 3_600, "3 d 4 h")],
)
def test_seconds_in_words(seconds, told):
    assert render_seconds(seconds) == told
