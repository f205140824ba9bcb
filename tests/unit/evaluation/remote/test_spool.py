"""Tasks wait, are run once by whoever comes first, and survive everybody's death."""

import contextlib
import json
import os
import signal
import threading
import time
from dataclasses import replace

import pytest

from fakes.engine import FakeEngine
from polyreact.errors import EngineFailed, ResultsLocked, TaskRefused
from polyreact.evaluation.evaluate import prepare_and_read
from polyreact.evaluation.plan import build_job
from polyreact.evaluation.remote import spool as spools
from polyreact.evaluation.remote.artefact import RESULTS
from polyreact.evaluation.remote.one import run_task
from polyreact.evaluation.remote.spool import DEAD_AFTER, Spool
from polyreact.evaluation.remote.tasks import build_task, name_task, parse_task_inputs
from polyreact.evaluation.submissions import unresolved
from polyreact.owner import this_process
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate
from unit.evaluation.pools import answers_now

DEMO = load_track("demo")
IMAGE = f"ghcr.io/lab/one:1.0@sha256:{'a' * 64}"


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


@pytest.fixture
def job(store):
    return build_job(unresolved(candidate(name="lab-one", image=IMAGE)), DEMO, store)


@pytest.fixture
def antibodies(job, settings):
    return prepare_and_read(job.dataset, settings, lambda _line: None)


@pytest.fixture
def task(spool, job, antibodies):
    task, inputs = build_task(job, antibodies)
    spool.write_task(task, inputs)
    return task


@pytest.fixture
def worker(evaluation):
    return replace(evaluation, engine=FakeEngine(answers_now, name="podman"))


def test_task_comes_back_as_it_was_written(spool, task, antibodies):
    assert spool.find_tasks() == (task.digest,)
    assert spool.read_task(task.digest) == task
    assert parse_task_inputs(spool.read_inputs(task), task) == antibodies


def test_digest_is_of_everything_that_what_is_written_depends_on(job, antibodies):
    task, _ = build_task(job, antibodies)
    slices = [build_task(job, antibodies[:5], 1, 2)[0], build_task(job, antibodies[5:], 2, 2)[0]]
    other = name_task(task.record.model_copy(update={"manifest_sha256": "0" * 64}))
    assert len({task.digest, other.digest, *(one.digest for one in slices)}) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b'"track": "demo"', b'"track": "jain"'),
        lambda content: content[: len(content) // 2],
        lambda _content: b"[" * 100_000,
        lambda _content: b"",
    ],
    ids=["another track", "torn", "deep", "empty"],
)
def test_damaged_task_is_refused(spool, task, change, worker):
    path = spool.folder / "tasks" / f"{task.digest}.json"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(TaskRefused, match=r"cannot be read as a task|it is another run"):
        run_task(spool, task.digest, worker)


def test_inputs_that_are_not_the_ones_are_refused(spool, task, worker):
    path = spool.folder / "inputs" / f"{task.record.inputs_sha256}.csv"
    path.write_bytes(path.read_bytes() + b"x,A,\n")
    with pytest.raises(TaskRefused, match="other inputs"):
        run_task(spool, task.digest, worker)


def test_task_of_another_version_is_refused(spool, task, worker):
    other = name_task(task.record.model_copy(update={"job": "0" * 64}))
    spool.write_task(other, spool.read_inputs(task))
    with pytest.raises(TaskRefused, match="another run"):
        run_task(spool, other.digest, worker)


def test_unknown_task_is_told_with_where_to_look(spool, task):
    with pytest.raises(TaskRefused, match=r"is not there$") as caught:
        spool.read_task("../../etc/passwd")
    assert "evaluate status" in caught.value.render()


def test_task_of_a_folder_that_is_none_is_told_as_such(tmp_path):
    with pytest.raises(TaskRefused, match="there is no such folder"):
        Spool(tmp_path / "none").read_task("a" * 64)


def test_what_is_done_is_not_run_again(spool, task, worker):
    first = run_task(spool, task.digest, worker)
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert run_task(spool, task.digest, worker) == first
    assert len(worker.engine.specs) == 1
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == before
    assert (first / RESULTS / "lab-one" / "demo.json").is_file()
    assert spool.find_lease(task.digest) is None


def test_two_at_once_run_it_once(spool, task, worker):
    told, ended = [], []

    def answer_slowly(data, output):
        time.sleep(0.5)
        return answers_now(data, output)

    worker = replace(
        worker, engine=FakeEngine(answer_slowly, name="podman"), on_progress=told.append, wait=time.sleep
    )
    threads = [
        threading.Thread(target=lambda: ended.append(run_task(spool, task.digest, worker))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(worker.engine.specs) == 1
    assert len(set(ended)) == 1
    assert len(ended) == 4
    assert sum("waiting" in line for line in told) == 3


def test_failed_run_leaves_nothing_and_is_run_by_the_next(spool, task, worker):
    def fails(_data, _output):
        raise EngineFailed("the daemon went away")

    with pytest.raises(EngineFailed):
        run_task(spool, task.digest, replace(worker, engine=FakeEngine(fails, name="podman")))
    assert spool.find_done(task.digest) is None
    assert spool.find_lease(task.digest) is None
    assert list((spool.folder / "work").iterdir()) == []
    run_task(spool, task.digest, worker)


def test_killed_holder_is_followed_at_once_and_what_it_left_is_removed(spool, task, worker):
    child = os.fork()
    if child == 0:
        with spool.hold_lease(task), spool.open_work(task):
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    assert spool.find_lease(task.digest).is_live
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    left = list((spool.folder / "work").iterdir())
    assert len(left) == 1
    assert not spool.find_lease(task.digest).is_live
    run_task(spool, task.digest, worker)
    assert list((spool.folder / "work").iterdir()) == []
    assert list((spool.folder / "leases").iterdir()) == []


def _hold_elsewhere(spool, task, silent_s):
    """A lease of a machine that cannot be asked whether its process lives."""
    folder = spool.folder / "leases"
    folder.mkdir(exist_ok=True)
    path = folder / f"{task.digest}.1.json"
    owner = replace(this_process(), boot_id="0" * 8 + "-0000-0000-0000-" + "0" * 12)
    path.write_text(json.dumps({"owner": str(owner), "host": "node7", "since": "2026-05-01T12:00:00+00:00"}))
    then = time.time() - silent_s
    os.utime(path, (then, then))


def test_holder_on_another_machine_lives_as_long_as_it_shows_so(spool, task):
    _hold_elsewhere(spool, task, DEAD_AFTER.total_seconds() - 20)
    assert spool.find_lease(task.digest).is_live
    assert spool.find_lease(task.digest).host == "node7"
    _hold_elsewhere(spool, task, DEAD_AFTER.total_seconds() + 1)
    assert not spool.find_lease(task.digest).is_live


def test_silent_holder_on_another_machine_is_followed(spool, task, worker):
    _hold_elsewhere(spool, task, DEAD_AFTER.total_seconds() + 1)
    run_task(spool, task.digest, worker)
    assert list((spool.folder / "leases").iterdir()) == []


def test_one_that_was_taken_for_dead_and_ends_after_all_does_no_harm(spool, task, worker):
    with spool.open_work(task) as late:
        (late / RESULTS / "x.json").write_text("{}")
        kept = late.rename(late.with_name("aside"))  # a holder that the next one's tidying cannot reach
    done = run_task(spool, task.digest, worker)
    before = sorted(path.name for path in done.rglob("*"))
    spool.finish(task, kept)
    assert sorted(path.name for path in done.rglob("*")) == before


def test_lease_that_somebody_wrote_over_lives_by_its_heartbeat(spool, task):
    _hold_elsewhere(spool, task, 0)
    path = spool.folder / "leases" / f"{task.digest}.1.json"
    path.write_text("nonsense")
    assert spool.find_lease(task.digest).is_live


def test_lease_shows_that_its_holder_lives(spool, task, monkeypatch):
    monkeypatch.setattr(spools, "BEAT_S", 0.05)
    with spool.hold_lease(task):
        path = spool.folder / "leases" / f"{task.digest}.1.json"
        os.utime(path, (1, 1))
        deadline = time.monotonic() + 10
        while path.stat().st_mtime < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert path.stat().st_mtime > 2
    assert not path.exists()


def test_inputs_stay_as_long_as_a_task_names_them(spool, task, job, antibodies):
    other, inputs = build_task(job, antibodies[:3], 1, 2)
    spool.write_task(other, inputs)
    spool.remove(other)
    spool.remove_unused_inputs()
    assert [path.stem for path in (spool.folder / "inputs").iterdir()] == [task.record.inputs_sha256]
    spool.remove(task)
    spool.remove_unused_inputs()
    assert list((spool.folder / "inputs").iterdir()) == []


def test_files_of_other_people_in_the_folder_are_left_alone(spool, task):
    for name in ("inputs/mine.csv", "tasks/mine.json", "tasks/\x1b]0;x.json", "done/mine"):
        (spool.folder / name).parent.mkdir(exist_ok=True)
        (spool.folder / name).write_text("x")
    assert spool.find_tasks() == (task.digest,)
    spool.remove(task)
    spool.remove_unused_inputs()
    assert (spool.folder / "inputs" / "mine.csv").read_text() == "x"
    assert (spool.folder / "tasks" / "mine.json").is_file()


@pytest.mark.parametrize("name", ["inputs", "tasks", "done", "work", "leases"])
def test_part_of_the_spool_that_is_a_link_is_refused(spool, task, tmp_path, name, worker):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept.csv").write_text("x")
    part = spool.folder / name
    if part.exists():
        part.rename(part.with_name(f"{name}.before"))
    part.symlink_to(elsewhere)
    with pytest.raises(TaskRefused, match="is a link"):
        run_task(spool, task.digest, worker)
    with contextlib.suppress(TaskRefused):
        spool.remove_unused_inputs()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["kept.csv"]


def test_inputs_that_are_a_link_do_not_travel_and_are_written_over(spool, task, tmp_path, antibodies, job):
    secret = tmp_path / "labels.csv"
    secret.write_text("secret")
    path = spool.folder / "inputs" / f"{task.record.inputs_sha256}.csv"
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(TaskRefused):
        spool.read_inputs(task)
    spool.write_task(*build_task(job, antibodies))
    assert parse_task_inputs(spool.read_inputs(task), task) == antibodies
    assert not path.is_symlink()
    assert secret.read_text() == "secret"


def test_result_that_is_a_link_is_removed_and_what_it_leads_to_stays(spool, task, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (spool.folder / "done").mkdir()
    (spool.folder / "done" / task.digest).symlink_to(elsewhere)
    assert spool.find_done(task.digest) is not None
    spool.remove(task)
    assert spool.find_done(task.digest) is None
    assert elsewhere.is_dir()


def test_link_that_was_made_and_is_told_as_one_that_was_there_is_taken(spool, task, monkeypatch):
    """As over NFS, where the answer was lost on the way and the request came twice."""
    link = os.link

    def link_twice(source, target):
        link(source, target)
        link(source, target)

    monkeypatch.setattr(os, "link", link_twice)
    with spool.hold_lease(task, wait=lambda _seconds: pytest.fail("waited for itself")):
        assert spool.find_lease(task.digest).is_live


def test_lease_of_brackets_lives_by_its_heartbeat(spool, task):
    _hold_elsewhere(spool, task, 0)
    (spool.folder / "leases" / f"{task.digest}.1.json").write_text("[" * 4000)
    assert spool.find_lease(task.digest).is_live


def test_second_driver_is_refused(spool):
    with spool.lock(), pytest.raises(ResultsLocked) as caught, spool.lock():
        pass
    assert "--spool" in caught.value.render()
    with spool.lock():
        pass
