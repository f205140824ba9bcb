"""What the weekly evaluation runs, in which order, and what waits for what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from polyreact.ci.schedule import Readiness, build_schedule, build_shards, find_submission
from polyreact.ci.shards import build_given_shard, choose_shards
from polyreact.errors import NotPlanned
from polyreact.evaluation.plan import JobState, build_job
from polyreact.evaluation.quota import Quota
from polyreact.evaluation.submissions import unresolved
from polyreact.results.ledger import LEDGER_FILE, ScoredRun
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
DEMO = load_track("demo")
LAB, OTHER = candidate(name="lab-model"), candidate(name="other-model")


def job_record(state, submission="lab-model", **changes):
    return JobRecord(submission=submission, track="demo", state=state, since=NOON, **changes)


def queue_of(*jobs):
    return QueueRecord(updated_at=NOON, jobs=jobs)


@pytest.fixture
def schedule(store):
    def build(*candidates, tracks=(DEMO,), queue=None, handed_in=None, now=NOON, **options):
        return build_schedule(candidates, tracks, store, queue, handed_in or {}, now, **options)

    return build


@pytest.fixture
def store(tmp_path):
    from polyreact.results.store import ResultsStore

    return ResultsStore(tmp_path / "results")


def standing(schedule):
    return [(one.where[0], one.readiness, one.place) for one in schedule.jobs]


def test_whoever_was_handed_in_first_is_first(schedule):
    handed_in = {"lab-model": NOON, "other-model": NOON - timedelta(days=1)}
    found = schedule(LAB, OTHER, handed_in=handed_in)
    assert standing(found) == [("other-model", Readiness.DUE, 1), ("lab-model", Readiness.DUE, 2)]
    assert found.jobs[0].since == NOON - timedelta(days=1)


def test_what_waited_before_comes_before_what_is_new(schedule):
    queue = queue_of(job_record(QueueState.WAITING, "other-model"))
    handed_in = {"lab-model": NOON - timedelta(days=9), "other-model": NOON}
    assert [one.where[0] for one in schedule(LAB, OTHER, queue=queue, handed_in=handed_in).due] == [
        "other-model",
        "lab-model",
    ]


@pytest.mark.parametrize(
    ("kept", "readiness"),
    [
        (job_record(QueueState.WAITING), Readiness.DUE),
        (job_record(QueueState.RUNNING), Readiness.DUE),
        (job_record(QueueState.PUT_OFF, not_before=NOON), Readiness.DUE),
        (job_record(QueueState.PUT_OFF, not_before=NOON + timedelta(seconds=1)), Readiness.WAITING),
        (job_record(QueueState.REFUSED, code="E304"), Readiness.REFUSED),
        (job_record(QueueState.GIVEN_UP, attempts=3), Readiness.GIVEN_UP),
    ],
)
def test_what_is_kept_of_a_job_says_whether_it_is_due(schedule, kept, readiness):
    (one,) = schedule(LAB, queue=queue_of(kept)).jobs
    assert (one.readiness, one.code, one.attempts) == (readiness, kept.code, kept.attempts)
    (asked_for,) = schedule(LAB, queue=queue_of(kept), at_once="lab-model").jobs
    assert asked_for.readiness is Readiness.DUE


def test_new_image_is_due_whatever_kept_the_old_one(schedule):
    refused = job_record(QueueState.REFUSED, code="E304", job="0" * 64)
    (one,) = schedule(LAB, queue=queue_of(refused), handed_in={"lab-model": NOON}).jobs
    assert (one.readiness, one.code) == (Readiness.DUE, None)


def test_same_image_stays_refused(schedule, store):
    digest = build_job(unresolved(LAB), DEMO, store).digest
    (one,) = schedule(LAB, queue=queue_of(job_record(QueueState.REFUSED, code="E304", job=digest))).jobs
    assert one.readiness is Readiness.REFUSED


def test_who_is_asked_for_is_run_alone(schedule):
    assert standing(schedule(LAB, OTHER, at_once="other-model")) == [
        ("lab-model", Readiness.WAITING, 0),
        ("other-model", Readiness.DUE, 1),
    ]


def test_settled_jobs_are_counted_and_not_listed(schedule):
    found = schedule(LAB, tracks=(DEMO, load_track("demo-fit")))
    assert [one.where[1] for one in found.jobs] == ["demo"]
    assert found.settled == {JobState.NOT_APPLICABLE: 1}


# --- shards ---------------------------------------------------------------------------------------------


def demo_called(name, wall_time_s=600, folds_by=""):
    return replace(DEMO, id=name, limits=replace(DEMO.limits, wall_time_s=wall_time_s), folds_by=folds_by)


def test_submission_is_run_in_one_shard_as_long_as_it_ends_in_time(schedule):
    tracks = [demo_called(f"demo-{number}", 1800) for number in range(3)]
    (shard,) = build_shards(schedule(LAB, tracks=tracks), longest_s=5400)
    assert (shard.name, shard.tracks) == ("shard-lab-model-1", ("demo-0", "demo-1", "demo-2"))
    first, second = build_shards(schedule(LAB, tracks=tracks), longest_s=5399)
    assert (first.tracks, second.name, second.tracks) == (("demo-0", "demo-1"), "shard-lab-model-2", ("demo-2",))


def test_track_that_takes_longer_than_a_shard_has_one_of_its_own(schedule):
    tracks = [demo_called("demo-0", 100), demo_called("demo-1", 9000), demo_called("demo-2", 100)]
    assert [shard.tracks for shard in build_shards(schedule(LAB, tracks=tracks), longest_s=5400)] == [
        ("demo-0",),
        ("demo-1",),
        ("demo-2",),
    ]


def test_fold_track_has_a_shard_of_its_own(schedule):
    fitted = candidate(name="lab-fit", mode="fit-predict")
    tracks = (load_track("boughter-cv10"), load_track("boughter-lofo"), load_track("demo-fit"))
    assert [shard.tracks for shard in build_shards(schedule(fitted, tracks=tracks))] == [
        ("boughter-cv10",),
        ("boughter-lofo",),
        ("demo-fit",),
    ]


def test_matrix_has_no_more_jobs_than_github_takes(schedule):
    many = [candidate(name=f"lab-model{number}") for number in range(300)]
    assert len(build_shards(schedule(*many))) == 256


@pytest.mark.parametrize("name", ["shard-lab-model-1", "shard-lab-model-9999"])
def test_shard_says_whose_it_is(name):
    assert find_submission(name) == "lab-model"


@pytest.mark.parametrize(
    "name", ["lab-model-1", "shard-lab-model", "shard-lab-model-12345", "shard--", "../shard-a-1\n"]
)
def test_other_names_are_none_of_shards(name):
    assert find_submission(name) is None


def test_shard_of_the_matrix_is_run_as_it_was_given_out(schedule):
    tracks = [demo_called("demo-0"), demo_called("demo-1")]
    shard = build_given_shard(schedule(LAB, tracks=tracks), "shard-lab-model-2", "lab-model", ["demo-1"])
    assert (shard.name, shard.tracks) == ("shard-lab-model-2", ("demo-1",))


@pytest.mark.parametrize(
    ("name", "submission", "tracks"),
    [
        ("shard-lab-model-1", "lab-model", ["jain"]),
        ("shard-lab-model-1", "lab-model", []),
        ("shard-lab-model-1", "lab-stranger", ["demo"]),
        ("shard-other-model-1", "lab-model", ["demo"]),
        ("../../elsewhere", "lab-model", ["demo"]),
    ],
)
def test_what_is_not_due_is_not_run(schedule, name, submission, tracks):
    with pytest.raises(NotPlanned, match="is due now"):
        build_given_shard(schedule(LAB), name, submission, tracks)
    with pytest.raises(NotPlanned):
        choose_shards(schedule(LAB), "lab-stranger")


# --- quotas on private tracks ---------------------------------------------------------------------------


def private_track():
    return replace(DEMO, id="private-ours")


def scored(folder, *runs):
    """A ledger of runs, each by its author, its track and its moment."""
    folder.mkdir(exist_ok=True)
    lines = [
        ScoredRun(at=at, author=author, submission=f"{author}-x", track=track, revision=1, job="0" * 64, run=str(n))
        for n, (author, track, at) in enumerate(runs)
    ]
    (folder / LEDGER_FILE).write_text("".join(f"{line.model_dump_json()}\n" for line in lines))


def quota_of(folder, runs_a_month=3):
    return Quota(folder, runs_a_month, lambda: NOON)


def test_runs_of_this_month_by_this_author_on_this_track_are_counted(tmp_path):
    month = NOON.replace(day=1, hour=0)
    scored(
        tmp_path,
        ("lab", "private-ours", month),
        ("lab", "private-ours", month - timedelta(seconds=1)),
        ("lab", "private-theirs", NOON),
        ("other", "private-ours", NOON),
    )
    quota = quota_of(tmp_path)
    assert quota.find_left("lab", "private-ours") == 2
    assert quota.find_left("nobody", "private-ours") == 3
    assert quota.find_end_of_month() == datetime(2026, 6, 1, tzinfo=UTC)


def test_month_is_that_of_utc(tmp_path):
    from datetime import timezone

    east = timezone(timedelta(hours=9))
    scored(tmp_path, ("lab", "private-ours", datetime(2026, 5, 1, 8, 59, tzinfo=east)))
    assert quota_of(tmp_path).find_left("lab", "private-ours") == 3


def test_year_ends_in_december(tmp_path):
    quota = Quota(tmp_path, 3, lambda: datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert quota.find_end_of_month() == datetime(2027, 1, 1, tzinfo=UTC)


def test_no_more_are_due_than_the_quota_has_left(schedule, tmp_path, monkeypatch):
    scored(tmp_path / "private", *[("lab", "private-ours", NOON)] * 2)
    many = [candidate(name=f"lab-model{number}") for number in range(3)]
    monkeypatch.setattr("polyreact.ci.schedule.build_job", as_on_demo)
    found = schedule(*many, OTHER, tracks=[private_track()], quota=quota_of(tmp_path / "private"))
    assert standing(found) == [
        ("lab-model0", Readiness.DUE, 1),
        ("lab-model1", Readiness.OVER_QUOTA, 0),
        ("lab-model2", Readiness.OVER_QUOTA, 0),
        ("other-model", Readiness.DUE, 2),
    ]
    assert (found.jobs[1].code, found.jobs[1].not_before) == ("E723", datetime(2026, 6, 1, tzinfo=UTC))


def as_on_demo(submission, track, store, **options):
    """The private track's job, without a catalogue of its own."""
    from polyreact.results.store import ResultsStore

    job = build_job(submission, DEMO, ResultsStore(store.folder), **options)
    return replace(job, track=track)
