"""A Dask scheduler of somebody else: its end, and workers that come late, die, or are fewer than was said."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import jobs
from fakes.pools import HAS, by_address, start_cluster
from polyreact.errors import ClusterUnreachable, PoolClosed, WorkerLost
from polyreact.execution import dask_pool
from polyreact.execution.command import run_command
from polyreact.execution.dask_pool import open_dask, worker_resources, worker_threads
from polyreact.execution.interface import MOST_RERUNS
from polyreact.execution.profile import DaskProfile, WorkerKind
from polyreact.execution.resources import Resources

ALL = Resources(cpus=2, memory_bytes=1, time_s=60)
LONG_S = 120
MAXIMUM = 20


class Cluster:
    """A scheduler and workers as processes of their own, on loopback, which nothing starts again."""

    def __init__(self, folder: Path) -> None:
        self._processes = contextlib.ExitStack()
        self._folder = folder
        file = folder / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file
        )
        wait_until(file.exists)
        said = file.read_text(encoding="utf-8").partition('"address": "')[2]
        self.address = said.partition('"')[0]

    def start_worker(self) -> subprocess.Popen[bytes]:
        amounts = " ".join(f"{name}={amount!r}" for name, amount in worker_resources(HAS).items())
        threads = str(worker_threads(HAS))
        words = ("--host", "127.0.0.1", "--no-nanny", "--nthreads", threads, "--memory-limit", "0")
        return self._start("dask_worker", self.address, *words, "--resources", amounts)

    def open(self) -> dask_pool.DaskPool:
        return open_dask(DaskProfile(self.address, None, (WorkerKind("any", HAS, MAXIMUM),)))

    def close(self) -> None:
        self._processes.close()

    def _start(self, module: str, *words: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *map(str, words), "--no-dashboard"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=self._folder,
            stderr=subprocess.DEVNULL,
        )
        self._processes.callback(process.wait)
        self._processes.callback(process.kill)
        return process


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


def wait_until(is_so, within_s=60):
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def submit(pool, function, *arguments, need=ALL):
    return pool.submit(function, *arguments, resources=need, key=function.__name__)


def submit_until_refused(pool):
    """Jobs every 0.1 s while the client looks for its scheduler and gives up, until the pool does so as well."""
    futures = []
    with contextlib.suppress(PoolClosed):
        while len(futures) < 300:
            futures.append(submit(pool, jobs.add, 1, 1))
            time.sleep(0.1)
    assert len(futures) < 300
    return futures


def running(pool):
    return [worker.running for worker in pool.state().workers]


def test_every_future_ends_when_the_scheduler_has_died(tmp_path, cluster, monkeypatch):
    """Symptom: what was given to Dask while its client looked for the dead scheduler never ended."""
    monkeypatch.setattr(dask_pool, "_ANSWER_S", 3.0)
    cluster.start_worker()
    with cluster.open() as pool:
        futures = [submit(pool, run_command, jobs.waiting_command(tmp_path), {}, LONG_S) for _ in range(4)]
        jobs.wait_for_commands(tmp_path, 1)
        cluster.scheduler.kill()
        assert isinstance(futures[0].exception(LONG_S), ClusterUnreachable)
        futures += submit_until_refused(pool)
        for future in futures:
            assert isinstance(future.exception(LONG_S), ClusterUnreachable), future
        with pytest.raises(ClusterUnreachable):
            pool.state()


def test_jobs_that_never_started_are_spared_where_fewer_workers_are_there_than_the_profile_says(tmp_path, tls):
    """Symptom: one worker of twenty was there and died four times, and eighteen jobs that had waited were lost."""
    deadly = tmp_path / "deadly"
    cluster = start_cluster(tls, 1)
    try:
        with open_dask(by_address(cluster, tls, MAXIMUM)) as pool:
            dies = submit(pool, jobs.note_and_die, str(deadly))
            waits = [submit(pool, jobs.add, number, 1) for number in range(MAXIMUM - 2)]
            assert isinstance(dies.exception(LONG_S), WorkerLost)
            assert [future.result(LONG_S) for future in waits] == list(range(1, MAXIMUM - 1))
        assert len(deadly.read_text().split()) == MOST_RERUNS + 1
    finally:
        cluster.close()


def test_job_waits_until_there_is_a_worker_and_says_so(cluster):
    with cluster.open() as pool:
        future = submit(pool, jobs.add, 1, 1)
        time.sleep(2.0)
        assert not future.running()
        assert pool.state() == replace(pool.state(), workers=(), waiting=1)
        assert pool.needs() == (ALL,)
        cluster.start_worker()
        assert future.result(LONG_S) == 2
        assert pool.state().waiting == 0


def test_job_of_a_dead_worker_waits_beside_one_that_runs(tmp_path, cluster):
    for _ in range(2):
        cluster.start_worker()
    with cluster.open() as pool:
        wait_until(lambda: running(pool) == [0, 0])
        futures = [submit(pool, run_command, jobs.waiting_command(tmp_path), {}, LONG_S) for _ in range(3)]
        begun = jobs.wait_for_commands(tmp_path, 2)
        assert running(pool) == [1, 1]
        assert pool.state().waiting == 1
        os.kill(next(iter(begun.values())), signal.SIGKILL)
        wait_until(lambda: len(running(pool)) == 1)
        assert running(pool) == [1]
        assert pool.state().waiting == 2
        (tmp_path / "go").touch()
        assert [future.result(LONG_S).exit_code for future in futures] == [0] * 3
