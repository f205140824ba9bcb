"""Plan here, run there, score here: the same records as on one machine, whoever is lost on the way."""

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.engine import FakeEngine, exited
from kills import essence
from polyreact.engines.absent import AbsentEngine
from polyreact.errors import ArtefactRefused, EngineFailed, JobLost, NoEngine, RunFailed, TaskNotRun
from polyreact.evaluation import slices
from polyreact.evaluation.evaluate import evaluate, prepare_and_read
from polyreact.evaluation.plan import build_job
from polyreact.evaluation.remote import attendance
from polyreact.evaluation.remote.dispatch import WAITING, Dispatch, evaluate_on_pool
from polyreact.evaluation.remote.journal import JOURNAL_FILE, read_journal
from polyreact.evaluation.remote.one import run_task
from polyreact.evaluation.remote.progress import Step, find_progress
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.tasks import build_task
from polyreact.evaluation.submissions import unresolved
from polyreact.results.queue_store import QueueStore
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from polyreact.visible import visible
from unit.evaluation.conftest import candidate
from unit.evaluation.pools import WorkerPool, answers_now

DEMO, DEMO_FIT = load_track("demo"), load_track("demo-fit")
IMAGE = f"ghcr.io/lab/one:1.0@sha256:{'a' * 64}"
OTHER = f"ghcr.io/lab/two:1.0@sha256:{'b' * 64}"


@pytest.fixture
def ours(evaluation):
    """The driver's own machine."""
    return replace(evaluation, engine=FakeEngine(answers_now, name="podman"))


@pytest.fixture
def pool(tmp_path):
    return WorkerPool(tmp_path / "worker")


@pytest.fixture
def dispatch(pool, tmp_path):
    return Dispatch(pool, Spool(tmp_path / "spool"))


@pytest.fixture
def candidates():
    return [candidate(name="lab-one", image=IMAGE), candidate(name="lab-two", image=OTHER)]


def told(results):
    return {(result.submission, result.track): result.what for result in results}


def test_records_are_those_of_one_machine(ours, dispatch, candidates, tmp_path):
    alone = replace(ours, store=ResultsStore(tmp_path / "alone"))
    expected = evaluate(alone, candidates, [DEMO])
    results = evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    assert told(results) == told(expected) == {("lab-one", "demo"): "run", ("lab-two", "demo"): "run"}
    assert essence(ours.store) == essence(alone.store)
    assert all(result.record.score.metrics["roc_auc"].value > 0.5 for result in results)


@pytest.mark.parametrize("is_shared", [False, True])
def test_no_label_is_on_the_worker_or_in_the_spool(ours, dispatch, candidates, pool, tmp_path, is_shared):
    evaluate_on_pool(ours, replace(dispatch, is_shared=is_shared), candidates, [DEMO])
    assert not (pool.cache / "hidden").exists()
    assert not (pool.cache / "inputs").exists()
    assert (ours.settings.hidden / "demo-r1" / "labels.csv").is_file()
    for order in pool.seen:
        assert b"label" not in order.task
        assert bool(order.inputs) != is_shared


def test_nothing_is_left_in_the_spool_but_its_journal(ours, dispatch, candidates):
    evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    assert [path.name for path in dispatch.spool.folder.rglob("*") if path.is_file()] == [JOURNAL_FILE]


def test_journal_tells_of_every_job_once_what_became_of_it(ours, dispatch, candidates, pool):
    pool.lost = frozenset({"lab-one"})
    fits = candidate(name="lab-fit", image=IMAGE, mode="fit-predict")
    evaluate_on_pool(ours, dispatch, [*candidates, fits], [DEMO, DEMO_FIT])
    events = read_journal(dispatch.spool.folder / JOURNAL_FILE).events
    assert (events[0].slots, events[0].done_before) == (4, 3), "three have no place on a track"
    ended = {event.unit.submission: (event.step, event.code) for event in events[1:]}
    assert ended == {
        "lab-one": (Step.PUT_OFF, JobLost.code),
        "lab-two": (Step.DONE, None),
        "lab-fit": (Step.DONE, None),
    }
    progress = find_progress(events, datetime.now(UTC))
    assert (progress.total, progress.done, progress.running, progress.waiting) == (6, 5, (), 0)


def test_lost_job_is_put_off_and_the_next_plan_runs_it_alone(ours, dispatch, candidates, pool):
    pool.lost = frozenset({"lab-one"})
    results = evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    assert told(results) == {("lab-one", "demo"): "refused", ("lab-two", "demo"): "run"}
    (kept,) = QueueStore.of(ours.store).find().jobs
    assert (kept.submission, kept.state.value, kept.code) == ("lab-one", "put off", JobLost.code)
    pool.lost, pool.seen = frozenset(), []
    results = evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    assert told(results) == {("lab-one", "demo"): "run", ("lab-two", "demo"): "done before"}
    assert len(pool.seen) == 1
    assert QueueStore.of(ours.store).find() is None


def test_what_a_killed_driver_did_not_keep_is_kept_and_not_run_again(ours, dispatch, candidates, pool):
    """The workers share the spool, and finish when nobody waits for them any more."""
    shared = replace(dispatch, is_shared=True)

    class Killed(BaseException):
        pass

    def kill(_returned):
        raise Killed

    pool.spoil = kill
    with pytest.raises(Killed):
        evaluate_on_pool(ours, shared, candidates, [DEMO])
    pool.threads.shutdown(wait=True)
    assert ours.store.find_paths() == ()
    resumed = WorkerPool(pool.cache)
    results = evaluate_on_pool(ours, replace(shared, pool=resumed), candidates, [DEMO])
    assert told(results) == {("lab-one", "demo"): "run", ("lab-two", "demo"): "run"}
    assert resumed.seen == []


def test_fault_of_a_submission_is_a_record_and_is_not_run_again(ours, dispatch, candidates, pool):
    pool.engine = FakeEngine(lambda _data, _output: replace(exited(3), started_at=datetime.now(UTC)), name="podman")
    results = evaluate_on_pool(ours, dispatch, candidates[:1], [DEMO])
    assert [(one.what, one.error.code) for one in results] == [("failed", RunFailed.code)]
    assert told(evaluate_on_pool(ours, dispatch, candidates[:1], [DEMO])) == {("lab-one", "demo"): "failed before"}


def test_failure_of_the_workers_engine_is_told_with_its_code(ours, dispatch, candidates, pool):
    def fails(_data, _output):
        raise EngineFailed("the daemon went away")

    pool.engine = FakeEngine(fails, name="podman")
    (result,) = evaluate_on_pool(ours, dispatch, candidates[:1], [DEMO])
    assert isinstance(result.error, TaskNotRun)
    assert "the daemon went away" in result.error.summary
    assert EngineFailed.code in result.error.summary


def test_whatever_a_workers_process_raises_puts_off_its_job_alone(ours, dispatch, candidates, pool):
    def breaks(returned):
        if pool.engine.specs and "lab-one" in str(returned.files):
            raise ZeroDivisionError("in the worker\x1b[31m")
        return returned

    pool.spoil = breaks
    results = evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    assert told(results) == {("lab-one", "demo"): "refused", ("lab-two", "demo"): "run"}
    assert results[0].error.code == TaskNotRun.code
    assert "ZeroDivisionError: in the worker" in results[0].error.summary
    assert "\x1b" not in results[0].error.summary


def test_worker_that_lies_is_believed_nothing(ours, dispatch, candidates, pool):
    def lie(returned):
        files = dict(returned.files)
        name = next(name for name in files if name.endswith("demo.json"))
        record = json.loads(files[name])
        record["ranked"] = not record["ranked"]
        files[name] = json.dumps(record).encode()
        return replace(returned, files=files)

    pool.spoil = lie
    (result,) = evaluate_on_pool(ours, dispatch, candidates[:1], [DEMO])
    assert result.error.code == ArtefactRefused.code
    assert ours.store.find_paths() == ()
    assert dispatch.spool.find_tasks() == ()


@pytest.mark.parametrize("name", ["../../results/x", "/etc/passwd", "results/../../x", ".hidden", "a" * 10 + "\n"])
def test_name_that_leads_elsewhere_is_refused(ours, dispatch, candidates, pool, name):
    pool.spoil = lambda returned: replace(returned, files={**returned.files, name: b"x"})
    (result,) = evaluate_on_pool(ours, dispatch, candidates[:1], [DEMO])
    assert result.error.code == ArtefactRefused.code
    assert ours.store.find_paths() == ()


def test_fold_track_is_run_here_for_its_labels_do_not_travel(ours, dispatch, pool):
    fits = candidate(name="lab-fit", image=IMAGE, mode="fit-predict")
    results = evaluate_on_pool(ours, dispatch, [fits], [DEMO, DEMO_FIT])
    assert told(results) == {("lab-fit", "demo"): "not-applicable", ("lab-fit", "demo-fit"): "run"}
    assert pool.seen == []


def test_each_job_asks_for_what_its_track_lets_it_use(ours, dispatch, candidates, pool):
    evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    assert {need.cpus for need in pool.needs} == {DEMO.limits.cpus}
    assert all(DEMO.limits.memory_bytes < need.memory_bytes < 2 * DEMO.limits.memory_bytes for need in pool.needs)
    assert all(DEMO.limits.wall_time_s < need.time_s for need in pool.needs)


def test_forced_plan_runs_again(ours, dispatch, candidates, pool):
    evaluate_on_pool(ours, dispatch, candidates, [DEMO])
    results = evaluate_on_pool(replace(ours, force=True), dispatch, candidates, [DEMO])
    assert set(told(results).values()) == {"run"}
    assert len(pool.seen) == 4


@pytest.fixture
def independent(monkeypatch):
    """A submission that may be cut, and slices of fifty rows."""
    monkeypatch.setattr(slices, "ROWS_OF_UNKNOWN_SPEED", 50)
    return candidate(name="lab-one", image=IMAGE, independent="true")


def test_slices_give_what_the_whole_gives(ours, dispatch, independent, pool, tmp_path):
    alone = replace(ours, store=ResultsStore(tmp_path / "alone"))
    (whole,) = evaluate(alone, [independent], [DEMO])
    (sliced,) = evaluate_on_pool(ours, dispatch, [independent], [DEMO])
    assert len(pool.seen) == len(sliced.record.run.slices) == 6
    assert sum(part.rows for part in sliced.record.run.slices) == 300
    assert sliced.record.score == whole.record.score
    assert sliced.record.run.predictions == whole.record.run.predictions
    assert ours.store.read_predictions(sliced.record) == alone.store.read_predictions(whole.record)
    assert {path.name for path in dispatch.spool.folder.rglob("*") if path.is_file()} == {JOURNAL_FILE}


def test_only_the_slices_that_were_lost_are_run_again(ours, dispatch, independent, pool):
    pool.lost = frozenset({"slice 2 of 6", "slice 5 of 6"})
    (result,) = evaluate_on_pool(ours, dispatch, [independent], [DEMO])
    assert (result.what, result.error.code) == ("refused", JobLost.code)
    assert ours.store.find("lab-one", "demo") is None
    resumed = WorkerPool(pool.cache)
    (result,) = evaluate_on_pool(ours, replace(dispatch, pool=resumed), [independent], [DEMO])
    assert result.what == "run"
    assert len(resumed.seen) == 2
    assert len(result.record.run.slices) == 6


def test_submission_that_claims_nothing_is_never_cut(ours, dispatch, independent, pool):
    evaluate_on_pool(ours, dispatch, [candidate(name="lab-two", image=OTHER)], [DEMO])
    assert len(pool.seen) == 1


def test_submission_whose_claim_does_not_hold_is_run_in_one_piece(ours, dispatch, independent, pool):
    told = []

    def ranks(data, output):
        rows = (data / "sequences.csv").read_text().splitlines()[1:]
        lines = [f"{row.split(',')[0]},0,{number / len(rows)!r}" for number, row in enumerate(sorted(rows))]
        (output / "predictions.csv").write_text("\n".join(["sequence_id,prediction,score", *lines]) + "\n")
        return exited()

    mine = replace(ours, engine=FakeEngine(ranks, name="podman"), on_progress=told.append)
    (result,) = evaluate_on_pool(mine, dispatch, [independent], [DEMO])
    assert result.record.run.slices == ()
    assert len(pool.seen) == 1
    assert any("E340" in line for line in told)


def test_slices_that_took_longer_than_a_whole_run_may_are_followed_by_one(ours, dispatch, independent, pool):
    def slowly(data, output):
        rows = len((data / "sequences.csv").read_text().splitlines()) - 1
        return replace(answers_now(data, output), wall_s=DEMO.limits.wall_time_s - 1 if rows < 300 else 5.0)

    pool.engine = FakeEngine(slowly, name="podman")
    (result,) = evaluate_on_pool(ours, dispatch, [independent], [DEMO])
    assert result.what == "run"
    assert result.record.run.slices == ()
    assert result.record.run.wall_s == 5.0
    assert len(pool.seen) == 7


def test_fault_in_one_slice_is_the_fault_of_the_run(ours, dispatch, independent, pool):
    pool.engine = FakeEngine(lambda data, output: replace(exited(3), started_at=datetime.now(UTC)), name="podman")
    (result,) = evaluate_on_pool(ours, dispatch, [independent], [DEMO])
    assert (result.what, result.error.code) == ("failed", RunFailed.code)
    assert "slice 1 of 6" in result.record.run.outcome.message
    assert result.record.run.predictions is None


def test_without_a_pool_tasks_wait_for_whoever_runs_them(ours, dispatch, candidates, pool):
    """As a cron job or Snakemake would: tasks are written, run elsewhere, and taken in by the same command."""
    alone = replace(dispatch, pool=None)
    fits = candidate(name="lab-fit", image=IMAGE, mode="fit-predict")
    results = evaluate_on_pool(ours, alone, [*candidates, fits], [DEMO, DEMO_FIT])
    assert {one.what for one in results if one.track == "demo"} == {WAITING, "not-applicable"}
    assert told(results)["lab-fit", "demo-fit"] == "to run"
    waiting = dispatch.spool.find_tasks()
    assert len(waiting) == 2
    worker = replace(ours, engine=pool.engine)
    run_task(dispatch.spool, waiting[0], worker)
    results = evaluate_on_pool(ours, alone, candidates, [DEMO])
    assert sorted(told(results).values()) == sorted(["run", WAITING])
    assert len(dispatch.spool.find_tasks()) == 1
    run_task(dispatch.spool, dispatch.spool.find_tasks()[0], worker)
    evaluate_on_pool(ours, alone, candidates, [DEMO])
    assert dispatch.spool.find_tasks() == ()
    assert len(ours.store.find_paths()) == 2


def test_driver_needs_no_engine_for_what_workers_run(ours, dispatch, candidates):
    absent = replace(ours, engine=AbsentEngine(NoEngine("no engine answers")))
    fits = candidate(name="lab-fit", image=IMAGE, mode="fit-predict")
    results = evaluate_on_pool(absent, dispatch, [*candidates, fits], [DEMO, DEMO_FIT])
    found = told(results)
    assert found["lab-one", "demo"] == found["lab-two", "demo"] == "run"
    (refused,) = (result for result in results if result.what == "refused")
    assert (refused.submission, refused.error.code) == ("lab-fit", NoEngine.code)


def test_task_of_a_job_that_is_recorded_is_forgotten(ours, dispatch, candidates):
    """As when a driver was killed after it had kept the record."""
    evaluate_on_pool(ours, replace(dispatch, pool=None), candidates, [DEMO])
    evaluate(ours, candidates, [DEMO])
    assert len(dispatch.spool.find_tasks()) == 2
    evaluate_on_pool(ours, replace(dispatch, pool=None), candidates, [DEMO])
    assert dispatch.spool.find_tasks() == ()


def test_count_of_slices_that_somebody_wrote_is_taken_only_for_who_is_independent(
    ours, dispatch, independent, pool, settings
):
    dependent = candidate(name="lab-one", image=IMAGE)
    job = build_job(unresolved(independent), DEMO, ours.store)
    rows = prepare_and_read(job.dataset, settings, lambda _line: None)
    dispatch.spool.write_task(*build_task(job, rows[:3], 1, 90))
    evaluate_on_pool(ours, dispatch, [dependent], [DEMO])
    assert len(pool.seen) == 1


def test_tree_too_deep_to_have_a_name_is_refused(ours, dispatch, candidates, pool):
    shared = replace(dispatch, is_shared=True)

    def bury(returned):
        (done,) = (dispatch.spool.folder / "done").iterdir()
        here = os.open(done, os.O_RDONLY)
        for _ in range(30):
            os.mkdir("d" * 250, dir_fd=here)
            below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        return returned

    pool.spoil = bury
    (result,) = evaluate_on_pool(ours, shared, candidates[:1], [DEMO])
    assert result.error.code == ArtefactRefused.code


def test_line_of_the_end_says_which_machine_it_was(ours, dispatch, candidates, pool):
    pool.spoil = lambda returned: replace(returned, host="node-7\x1b[2J")
    evaluate_on_pool(ours, dispatch, candidates[:1], [DEMO])
    *_, last = read_journal(dispatch.spool.folder / JOURNAL_FILE).events
    assert (last.step, last.worker) == (Step.DONE, visible("node-7\x1b[2J"))


def test_that_nobody_works_is_said(ours, dispatch, candidates, pool, monkeypatch):
    said = []
    monkeypatch.setattr(attendance, "_ASKED_EVERY", timedelta(0))
    pool.workers = ()
    pool.engine = FakeEngine(lambda data, output: time.sleep(1.5) or answers_now(data, output), name="podman")
    evaluate_on_pool(replace(ours, on_progress=said.append), dispatch, candidates[:1], [DEMO])
    assert sum("there is no worker for them" in line for line in said) == 1


def test_worker_that_answers_for_another_slice_is_believed_nothing(ours, dispatch, independent, pool):
    def lie(returned):
        files = dict(returned.files)
        name = next(name for name in files if name.endswith("demo.json"))
        record = json.loads(files[name])
        if record["run"]["slices"][0]["number"] == 2:
            record["run"]["slices"][0]["number"] = 3
        files[name] = json.dumps(record).encode()
        return replace(returned, files=files)

    pool.spoil = lie
    (result,) = evaluate_on_pool(ours, dispatch, [independent], [DEMO])
    assert result.error.code == ArtefactRefused.code
    assert "run.slices" in result.error.render()
    assert ours.store.find("lab-one", "demo") is None
