"""Whatever happens to a plan, in whatever order: every unit is counted once, and no time left is negative."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.evaluation.remote.journal import parse_event, render_event
from polyreact.evaluation.remote.progress import Begun, Change, Step, Tally, Unit, render_progress

START = datetime(2026, 1, 1, tzinfo=UTC)
#: Clocks are set, so times need not grow.
moments = st.integers(-(10**6), 10**6).map(lambda seconds: START + timedelta(milliseconds=seconds))
units = st.builds(
    lambda number, slices: Unit(f"{number:x}", f"lab-{number}", f"track-{number % 3}", 1, slices),
    st.integers(0, 12),
    st.integers(1, 2),
)
codes = st.none() | st.sampled_from(["E311", "E404"])
changes = st.builds(Change, moments, st.sampled_from(Step), units, st.none() | st.text(max_size=5), codes)
events = st.builds(Begun, moments, st.integers(1, 5), st.integers(0, 9)) | changes


@given(st.lists(events, max_size=60), moments, st.none() | st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_counts_add_up_to_the_plan_and_no_time_is_negative(happened, now, slots):
    tally, planned, before = Tally(), set(), 0
    for event in happened:
        tally.take(event)
        if isinstance(event, Begun):
            planned, before = set(), event.done_before
        else:
            planned.add(event.unit.task)
    progress = tally.find_progress(now, slots=slots)

    ended = progress.done + sum(progress.failed.values()) + sum(progress.put_off.values())
    assert progress.total == before + len(planned)
    assert ended + len(progress.running) + progress.waiting == progress.total
    assert progress.estimate.seconds is None or progress.estimate.seconds >= 0
    assert all(one.age_s >= 0 for one in progress.running)
    assert render_progress(progress).isprintable()


@given(events)
@settings(max_examples=200, deadline=None)
def test_event_is_the_same_after_its_line(event):
    line = render_event(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_event(line[:-1], "journal") == event
