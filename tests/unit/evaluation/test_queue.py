"""The queue beside the records: what waits, runs, or was put off, at every moment of an evaluation."""

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.errors import CannotWrite, EngineFailed, ImageMissing, NoEngine, OverQuota
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.queue import HEARTBEAT, MOST_ATTEMPTS, Queue, ToDo
from polyreact.results.queue_records import QueueState
from polyreact.results.queue_store import QueueStore
from polyreact.results.store import open_private_store
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate

DEMO = load_track("demo")
FIRST, SECOND = ("lab-one", "demo"), ("lab-two", "demo")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.time = NOON

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(store):
    return QueueStore.of(store)


@pytest.fixture
def queue(kept, clock):
    return Queue(kept, now=clock)


def to_do(*places, digest=None):
    return [ToDo(place, digest) for place in places]


def states(kept):
    found = kept.find()
    return {(job.submission, job.track): job.state.value for job in found.jobs} if found else {}


def test_job_waits_then_runs_then_leaves(queue, kept):
    queue.begin(to_do(FIRST, SECOND))
    assert states(kept) == {FIRST: "waiting", SECOND: "waiting"}
    queue.start(FIRST)
    assert states(kept) == {FIRST: "running", SECOND: "waiting"}
    queue.finish(FIRST)
    assert states(kept) == {SECOND: "waiting"}
    queue.finish(SECOND)
    assert not kept.path.exists()


def test_job_that_waits_keeps_the_time_since_when(queue, kept, clock):
    queue.begin(to_do(FIRST))
    clock.time += timedelta(days=3)
    Queue(kept, now=clock).begin(to_do(FIRST, SECOND))
    first, second = kept.find().jobs
    assert (first.since, second.since) == (NOON, clock.time)


def test_run_that_was_killed_waits_again(queue, kept, clock):
    queue.begin(to_do(FIRST))
    queue.start(FIRST)
    clock.time += timedelta(hours=1)
    Queue(kept, now=clock).begin([])
    (job,) = kept.find().jobs
    assert (job.state, job.since) == (QueueState.WAITING, clock.time)


def test_job_of_another_evaluation_stays(queue, kept, clock):
    queue.begin(to_do(FIRST))
    later = Queue(kept, now=clock)
    later.begin(to_do(SECOND))
    later.finish(SECOND)
    assert states(kept) == {FIRST: "waiting"}


def test_put_off_job_says_what_for(queue, kept):
    queue.begin(to_do(FIRST))
    queue.put_off(FIRST, EngineFailed("no answer"))
    (job,) = kept.find().jobs
    assert (job.state, job.code) == (QueueState.PUT_OFF, "E403")


def test_running_evaluation_shows_that_it_lives(queue, kept, clock):
    queue.begin(to_do(FIRST))
    clock.time += HEARTBEAT / 2
    queue.beat()
    assert kept.find().updated_at == NOON
    clock.time += HEARTBEAT
    queue.beat()
    assert kept.find().updated_at == clock.time


def test_queue_that_cannot_be_read_begins_anew(queue, kept):
    kept.path.parent.mkdir(parents=True)
    kept.path.write_text("{")
    queue.begin(to_do(FIRST))
    assert states(kept) == {FIRST: "waiting"}


def test_queue_that_cannot_be_written_stops_nothing(kept, monkeypatch):
    def fail(_self, _queue):
        raise CannotWrite("the disk is full")

    monkeypatch.setattr(QueueStore, "write", fail)
    told = []
    Queue(kept, told.append).begin(to_do(FIRST))
    assert told == ["E202  the disk is full; the evaluation goes on"]


def test_queue_of_private_records_is_for_nobody_else(tmp_path, clock):
    kept = QueueStore.of(open_private_store(tmp_path))
    Queue(kept, now=clock).begin(to_do(("lab-one", "private-ours")))
    assert kept.path.parent == tmp_path / "results"
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_attempts_are_counted_until_the_job_is_given_up(queue, kept, clock):
    queue.begin(to_do(FIRST))
    seen = []
    for _ in range(MOST_ATTEMPTS):
        queue.put_off(FIRST, EngineFailed("no answer"))
        (job,) = kept.find().jobs
        seen.append((job.state.value, job.attempts, job.not_before and job.not_before - clock.time))
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert seen == [("put off", 1, hour), ("put off", 2, day), ("given up", 3, None)]


def test_attempts_are_counted_over_evaluations(queue, kept, clock):
    queue.begin(to_do(FIRST))
    queue.put_off(FIRST, EngineFailed("no answer"))
    later = Queue(kept, now=clock)
    later.begin(to_do(FIRST))
    later.start(FIRST)
    later.put_off(FIRST, NoEngine("none"))
    (job,) = kept.find().jobs
    assert (job.attempts, job.code) == (2, "E401")


def test_attempts_at_another_image_do_not_count(queue, kept, clock):
    queue.begin(to_do(FIRST, digest="a" * 64))
    queue.put_off(FIRST, EngineFailed("no answer"))
    clock.time += timedelta(days=7)
    Queue(kept, now=clock).begin(to_do(FIRST, digest="b" * 64))
    (job,) = kept.find().jobs
    assert (job.state, job.attempts, job.since) == (QueueState.WAITING, 0, clock.time)


def test_submissions_own_fault_is_not_tried_again(queue, kept):
    queue.begin(to_do(FIRST))
    queue.put_off(FIRST, ImageMissing("the registry has no such image"))
    (job,) = kept.find().jobs
    assert (job.state, job.code, job.attempts, job.not_before) == (QueueState.REFUSED, "E304", 0, None)


def test_author_over_quota_waits_for_the_next_month(queue, kept):
    until = NOON + timedelta(days=31)
    queue.begin(to_do(FIRST))
    queue.put_off(FIRST, OverQuota("used up", until=until))
    (job,) = kept.find().jobs
    assert (job.state, job.attempts, job.not_before) == (QueueState.PUT_OFF, 0, until)


def test_weekly_evaluation_shows_that_it_lives_also_where_nothing_waits(queue, kept, clock):
    queue.begin([])
    queue.collected()
    assert kept.find().collected_at == NOON
    clock.time += timedelta(days=1)
    Queue(kept, now=clock).begin(to_do(FIRST))
    assert kept.find().collected_at == NOON


def test_withdrawn_submissions_are_forgotten(queue, kept):
    queue.begin(to_do(FIRST, SECOND))
    queue.keep([SECOND])
    assert states(kept) == {SECOND: "waiting"}


def test_queue_of_the_first_schema_is_read(kept):
    kept.path.parent.mkdir(parents=True)
    job = {"submission": "lab-one", "track": "demo", "state": "put off", "since": "2026-05-01T12:00:00Z"}
    old = {"schema_version": 1, "updated_at": "2026-05-01T12:00:00Z", "jobs": [job | {"code": "E403"}]}
    kept.path.write_text(json.dumps(old))
    (job,) = kept.find().jobs
    assert (job.state, job.attempts, job.job) == (QueueState.PUT_OFF, 0, None)


def test_evaluation_is_seen_running_and_leaves_nothing(evaluation, store, kept):
    seen = []

    def watched(data, output):
        seen.append(states(kept))
        return answers(data, output)

    evaluate(replace(evaluation, engine=FakeEngine(watched)), [candidate()], [DEMO])
    assert seen == [{("lab-model", "demo"): "running"}]
    assert not kept.path.exists()
    assert store.find("lab-model", "demo") is not None


def test_failed_submission_is_no_job_any_more(evaluation, kept):
    evaluate(replace(evaluation, engine=FakeEngine(lambda _data, _output: exited(1))), [candidate()], [DEMO])
    assert not kept.path.exists()


def test_platform_failure_is_put_off_and_done_by_the_next_evaluation(evaluation, kept):
    def broken(_data, _output):
        raise EngineFailed("the engine lost it")

    evaluate(replace(evaluation, engine=FakeEngine(broken)), [candidate()], [DEMO])
    assert states(kept) == {("lab-model", "demo"): "put off"}
    evaluate(evaluation, [candidate()], [DEMO])
    assert not kept.path.exists()


def test_file_is_readable_json(queue, kept):
    queue.begin(to_do(FIRST))
    assert json.loads(kept.path.read_bytes()) == {
        "schema_version": 2,
        "updated_at": "2026-05-01T12:00:00Z",
        "jobs": [
            {
                "submission": "lab-one",
                "track": "demo",
                "state": "waiting",
                "since": "2026-05-01T12:00:00Z",
                "code": None,
                "job": None,
                "attempts": 0,
                "not_before": None,
            }
        ],
        "collected_at": None,
    }


def test_queue_that_is_written_now_and_then_is_behind_for_no_longer(kept, clock):
    queue = Queue(kept, now=clock, every=timedelta(seconds=2))
    queue.begin(to_do(FIRST, SECOND))
    queue.start(FIRST)
    assert states(kept) == {FIRST: "waiting", SECOND: "waiting"}
    queue.beat()
    assert states(kept)[FIRST] == "waiting"
    clock.time += timedelta(seconds=2)
    queue.beat()
    assert states(kept)[FIRST] == "running"
    queue.finish(FIRST)
    queue.flush()
    assert states(kept) == {SECOND: "waiting"}
