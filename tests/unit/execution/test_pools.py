"""What every pool promises (polyreact.execution.interface), asked of each."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from fakes import jobs
from fakes.pools import DASK_BY_ADDRESS, DASK_LOCAL, HAS, LOCAL, Opener
from polyreact.errors import ImageMissing, NoSuchWorker, PoolClosed, UnknownName, WorkerLost
from polyreact.execution.command import run_command
from polyreact.execution.interface import MOST_RERUNS
from polyreact.execution.resources import Resources

ONE = Resources(cpus=1, memory_bytes=1, time_s=60)
ALL = Resources(cpus=2, memory_bytes=1, time_s=60)
LONG_S = 120

DRIVER = """
import pathlib, sys
from fakes import jobs
from polyreact.execution.command import run_command
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import DaskLocalProfile
from polyreact.execution.resources import Resources
if __name__ == "__main__":
    pool = open_pool(DaskLocalProfile(1, Resources(1, 1)))
    command = jobs.waiting_command(pathlib.Path(sys.argv[1]))
    pool.submit(run_command, command, {}, 100, resources=Resources(1, 1, 0, 1), key="a").result()
"""


@pytest.fixture(params=[LOCAL, DASK_LOCAL, DASK_BY_ADDRESS], scope="module")
def opener(request, tls):
    opener = Opener(request.param, tls)
    yield opener
    opener.close()


@pytest.fixture(params=[DASK_LOCAL, DASK_BY_ADDRESS])
def opener_of_processes(request, tls):
    """Of pools whose workers can die without this process."""
    opener = Opener(request.param, tls)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def pool(opener):
    """One worker that many tests share; each leaves it as it was."""
    with opener() as opened:
        yield opened


def submit(pool, function, *arguments, need=ONE):
    return pool.submit(function, *arguments, resources=need, key=function.__name__)


def test_result_is_the_futures(pool):
    futures = [submit(pool, jobs.add, number, 1) for number in range(20)]
    assert [future.result(LONG_S) for future in futures] == list(range(1, 21))


def test_coded_error_arrives_whole(pool):
    error = submit(pool, jobs.raise_coded).exception(LONG_S)
    assert isinstance(error, ImageMissing)
    assert error.render() == ImageMissing("no such image", cure="push it").render()
    assert str(error) == "E304  no such image"


def test_error_whose_constructor_takes_other_arguments_arrives_whole(pool):
    error = submit(pool, jobs.raise_of_many_arguments).exception(LONG_S)
    assert isinstance(error, UnknownName)
    assert error.render() == UnknownName("track", "nowhere", ["jain"]).render()


def test_any_other_error_arrives_and_the_pool_goes_on(pool):
    assert isinstance(submit(pool, jobs.raise_plain).exception(LONG_S), ZeroDivisionError)
    assert submit(pool, jobs.add, 1, 1).result(LONG_S) == 2


def test_job_that_leaves_its_process_does_not_end_the_driver(pool):
    error = submit(pool, jobs.leave).exception(LONG_S)
    assert isinstance(error, WorkerLost)
    assert "SystemExit" in str(error)
    assert error.detail == "3"
    assert submit(pool, jobs.add, 1, 1).result(LONG_S) == 2


def test_argument_that_cannot_be_sent_is_the_jobs_error_and_the_pool_goes_on(pool):
    assert isinstance(submit(pool, jobs.add, threading.Lock(), 1, need=ALL).exception(LONG_S), TypeError)
    assert submit(pool, jobs.add, 1, 1, need=ALL).result(LONG_S) == 2


def test_functions_run_in_other_processes_where_there_are_any(opener, pool):
    is_here = submit(pool, jobs.answer_with_process).result(LONG_S) == os.getpid()
    assert is_here is (opener.kind == LOCAL)


def test_more_than_a_worker_has_is_refused_at_once(pool):
    for need in (Resources(3, 1), Resources(1, HAS.memory_bytes + 1), Resources(1, 1, gpus=2)):
        with pytest.raises(NoSuchWorker, match="no worker of this pool"):
            submit(pool, jobs.add, 1, 1, need=need)


def test_workers_are_told_with_what_they_have(pool):
    (worker,) = pool.state().workers
    assert worker.has == HAS
    assert pool.describe()


@pytest.mark.parametrize("what", ["cpus", "memory_bytes", "gpus"])
def test_no_worker_ever_has_more_than_it_has_room_for(pool, what):
    has = getattr(HAS, what)
    amounts = [has / 2, has, has / 2, has / 2] * 2 if what != "gpus" else [1, 0, 1, 0, 1, 0]
    needs = [
        Resources(**{"cpus": 0.25, "memory_bytes": 1, "time_s": 60, what: type(has)(amount)}) for amount in amounts
    ]
    futures = [submit(pool, jobs.sleep, 0.15, need=need) for need in needs]
    ran = [(future.result(LONG_S), amount) for future, amount in zip(futures, amounts, strict=True)]
    assert jobs.most_at_once(ran) <= has


def test_jobs_run_beside_each_other_where_there_is_room(tmp_path, pool):
    futures = [submit(pool, run_command, jobs.waiting_command(tmp_path), {}, LONG_S) for _ in range(2)]
    jobs.wait_for_commands(tmp_path, 2)
    assert sum(worker.running for worker in pool.state().workers) == 2
    (tmp_path / "go").touch()
    assert [future.result(LONG_S).stdout_end for future in futures] == ["went\n"] * 2


def test_jobs_of_the_same_need_start_in_their_order(tmp_path, pool):
    path = tmp_path / "order"
    futures = [submit(pool, jobs.note, str(path), number, need=ALL) for number in range(30)]
    for future in futures:
        future.result(LONG_S)
    assert path.read_text().split() == [str(number) for number in range(30)]


def test_large_job_is_not_overtaken_for_ever(tmp_path, pool):
    path = tmp_path / "order"
    first = submit(pool, jobs.sleep, 0.3)
    large = submit(pool, jobs.note, str(path), 0, need=ALL)
    small = [submit(pool, jobs.note, str(path), number) for number in range(1, 20)]
    for future in (first, large, *small):
        future.result(LONG_S)
    assert path.read_text().split()[0] == "0"


def test_waiting_job_can_be_cancelled_and_a_running_one_cannot(tmp_path, pool):
    runs = submit(pool, run_command, jobs.waiting_command(tmp_path), {}, LONG_S, need=ALL)
    jobs.wait_for_commands(tmp_path, 1)
    waits, other = (submit(pool, jobs.note, str(tmp_path / "ran"), number, need=ALL) for number in (1, 2))
    assert pool.state().waiting == 2
    assert waits.cancel()
    assert not runs.cancel()
    (tmp_path / "go").touch()
    assert runs.result(LONG_S).exit_code == 0
    other.result(LONG_S)
    with pytest.raises(CancelledError):
        waits.result(LONG_S)
    assert (tmp_path / "ran").read_text().split() == ["2"]


def test_closing_ends_what_runs_and_cancels_what_waits(tmp_path, opener):
    with opener() as pool:
        runs = submit(pool, run_command, jobs.waiting_command(tmp_path), {}, LONG_S, need=ALL)
        waits = submit(pool, jobs.note, str(tmp_path / "ran"), 1, need=ALL)
        (command,) = jobs.wait_for_commands(tmp_path, 1)
    assert jobs.has_gone(command, within_s=0.1)
    assert isinstance(runs.exception(0), PoolClosed)
    assert waits.cancelled()
    assert not (tmp_path / "ran").exists()
    with pytest.raises(PoolClosed):
        submit(pool, jobs.add, 1, 1)
    pool.close()


def test_killed_workers_job_is_run_again_and_its_child_has_gone(tmp_path, opener_of_processes):
    with opener_of_processes(workers=2) as pool:
        future = submit(pool, run_command, jobs.waiting_command(tmp_path), {}, LONG_S)
        ((child, worker),) = jobs.wait_for_commands(tmp_path, 1).items()
        os.kill(worker, signal.SIGKILL)
        begun = jobs.wait_for_commands(tmp_path, 2)
        assert jobs.has_gone(child)
        assert len(begun) == 2
        (tmp_path / "go").touch()
        assert future.result(LONG_S).stdout_end == "went\n"


def test_job_is_run_again_at_most_so_often_and_those_that_wait_are_spared(tmp_path, opener_of_processes):
    deadly = tmp_path / "deadly"
    with opener_of_processes(workers=1) as pool:
        dies = submit(pool, jobs.note_and_die, str(deadly), need=ALL)
        waits = [submit(pool, jobs.add, number, 1, need=ALL) for number in range(10)]
        error = dies.exception(LONG_S)
        assert isinstance(error, WorkerLost)
        assert len(deadly.read_text().split()) == MOST_RERUNS + 1
        assert [future.result(LONG_S) for future in waits] == list(range(1, 11))


def test_killed_driver_takes_workers_and_commands_with_it(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path)], env=environment) as driver:
        ((child, worker),) = jobs.wait_for_commands(tmp_path, 1).items()
        driver.kill()
    assert jobs.has_gone(worker)
    assert jobs.has_gone(child)
