"""Jobs of a real Slurm of two nodes as workers: what is killed of it, what listens, and what it refuses."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from clusters.evaluations import TRACKS, Evaluations, Expected
from clusters.great_kill import JOBS, Work, find_workers, kill
from clusters.processes import command_of, find_listeners, find_processes
from clusters.slurm import CPUS_PER_NODE, NODES, PARTITION, NoSlurm, Slurm, run_slurm
from clusters.watching import wait_for
from conftest import missing
from kills import engine_state, essence, left_in_engine, left_on_host
from polyreact.engines.podman import PodmanEngine
from polyreact.errors import NoSuchWorker, SlurmJobsEnd, SlurmMissing, SlurmRefused
from polyreact.execution import slurm_cluster
from polyreact.execution.command import PYTHON, CommandExit, run_command
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import Profile, parse_profile
from polyreact.execution.resources import Resources
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings

SMALL = Resources(cpus=1, memory_bytes=64 << 20, time_s=60)
WHOLE_NODE = Resources(cpus=2, memory_bytes=64 << 20, time_s=60)
_PROFILE = f"""\
kind = "slurm"
folder = "workers of this profile"
interface = "lo"

[[workers]]
name = "small"
cpus = {CPUS_PER_NODE}
memory = "9 GiB"
walltime = "02:00:00"
partition = "{PARTITION}"
maximum = {{maximum}}
"""
_GPU = f"""
[[workers]]
name = "gpu"
cpus = 1
memory = "1 GiB"
gpus = 1
walltime = "00:10:00"
partition = "{PARTITION}"
maximum = 1
"""


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    try:
        with run_slurm() as running:
            yield running
    except NoSlurm as error:
        missing("slurm", error)


@pytest.fixture
def in_slurm(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slurm]:
    """This process may give jobs to Slurm; none is left at the end."""
    for name, value in slurm.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(slurm_cluster, "ASK_S", 1.0)
    yield slurm
    wait_for(lambda: not slurm.jobs(), "an empty queue")


@pytest.fixture
def work(slurm: Slurm, tmp_path: Path) -> Iterator[Work]:
    made = Work(tmp_path / "work", _PROFILE.format(maximum=len(NODES)), 1.0, slurm.environment)
    yield made
    made.end()
    wait_for(lambda: not slurm.jobs(), "an empty queue", 120)


@pytest.fixture
def evaluations(slurm: Slurm, forty_records: Expected, tmp_path: Path) -> Iterator[Evaluations]:
    environment = {**forty_records.environment, **slurm.environment}
    made = Evaluations(tmp_path, forty_records.manifests, TRACKS, environment)
    yield made
    made.end()
    wait_for(lambda: not slurm.jobs(), "an empty queue", 120)


def read(tmp_path: Path, text: str) -> Profile:
    return parse_profile(text.encode(), str(tmp_path / "profile.toml"))


def test_killed_worker_cancelled_job_and_killed_driver_lose_and_double_nothing(slurm: Slurm, work: Work) -> None:
    driver = work.start_driver()
    work.wait_until_done(4)

    kill(find_workers(str(slurm.folder))[0])
    work.wait_until_done(10)

    cancelled = min(slurm.jobs())
    slurm.cancel(cancelled)
    began = time.monotonic()
    known = {cancelled, *slurm.jobs()}
    wait_for(lambda: {job for job, state in slurm.jobs().items() if state == "RUNNING"} - known, "another job")
    replaced_s = time.monotonic() - began
    # A worker that has not found its scheduler yet looks for it for a minute.
    wait_for(lambda: _are_connected(slurm, work.folder), "both workers")

    driver.kill()
    driver.wait()
    began = time.monotonic()
    wait_for(lambda: not slurm.jobs(), "jobs to end by themselves", 120)
    gone_s = time.monotonic() - began
    assert len(work.results()) < JOBS

    work.finish(work.start_driver())
    work.check()
    again = Counter(work.starts())
    assert max(again.values()) <= 3  # one for each of the kills, had they all hit the same job
    assert slurm.jobs() == {}
    print(f"slurm up in {slurm.started_in_s:.1f} s, replaced in {replaced_s:.1f} s, gone in {gone_s:.1f} s")  # noqa: T201


def _are_connected(slurm: Slurm, folder: Path) -> bool:
    """Whether each node runs a job whose worker has found its scheduler, as it writes below `folder`."""
    logs = [next(folder.rglob(f"{job}.log"), None) for job, state in slurm.jobs().items() if state == "RUNNING"]
    return sum(log is not None and "Registered to" in log.read_text() for log in logs) == len(NODES)


@pytest.mark.slow
@pytest.mark.real_data
def test_forty_records_whatever_is_killed_are_those_of_one_machine(
    slurm: Slurm,
    evaluations: Evaluations,
    forty_records: Expected,
    podman_engine: PodmanEngine,
    real_session_settings: Settings,
    tmp_path: Path,
) -> None:
    results, before = tmp_path / "results", engine_state(podman_engine)
    profile = _PROFILE.format(maximum=len(NODES))
    driver = evaluations.start(results, profile)
    evaluations.wait_until_kept(results, 3)
    kill(find_workers(str(slurm.folder))[0])
    evaluations.wait_until_kept(results, 10)
    cancelled = min(slurm.jobs())
    slurm.cancel(cancelled)
    evaluations.wait_until_kept(results, 18)
    wait_for(lambda: _are_connected(slurm, tmp_path), "both workers")
    driver.kill()
    driver.wait()
    wait_for(lambda: not slurm.jobs(), "jobs to end by themselves", 120)
    assert 18 <= len(ResultsStore(results).find_paths()) < JOBS

    evaluations.finish(evaluations.start(results, profile))
    assert len(ResultsStore(results).find_paths()) == JOBS
    assert essence(ResultsStore(results)) == forty_records.records
    assert cancelled not in slurm.jobs()
    assert left_in_engine(podman_engine, before) == set()
    owners = [process.pid for process in evaluations.started]
    assert left_on_host(real_session_settings.cache, owners) == []


def test_nothing_of_a_running_cluster_listens_beyond_loopback_or_knows_our_environment(
    slurm: Slurm, work: Work
) -> None:
    work.environment = {**slurm.environment, "POLYREACT_PRIVATE": "canary"}
    driver = work.start_driver()
    work.wait_until_done(2)
    processes = {*find_processes(str(slurm.folder)), driver.pid}
    listeners = find_listeners(processes)
    workers = find_workers(str(slurm.folder))

    told = {listener.command.split()[0].rpartition("/")[2] for listener in listeners}
    assert {"slurmctld", "slurmd"} <= told
    assert {driver.pid, *workers} <= {listener.process for listener in listeners}
    assert [listener for listener in listeners if not listener.address.is_loopback] == []
    assert [one for one in workers if b"canary" in Path(f"/proc/{one}/environ").read_bytes()] == []
    assert b"canary" in Path(f"/proc/{driver.pid}/environ").read_bytes()
    keys = list((work.folder / "workers of this profile").rglob("key.pem"))
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600]
    work.finish(driver)
    assert list((work.folder / "workers of this profile").iterdir()) == []


def test_kinds_of_workers_get_what_suits_them_and_are_given_back(in_slurm: Slurm, tmp_path: Path) -> None:
    told = "[os.environ.get(name) for name in ('SLURM_JOB_GPUS', 'POLYREACT_GPUS', 'SLURM_JOB_NAME')]"
    say = (PYTHON, "-c", f"import os; print(*{told})")
    with open_pool(read(tmp_path, _PROFILE.format(maximum=1) + _GPU)) as pool:
        plain = pool.submit(run_command, say, {}, 30.0, resources=SMALL, key="plain")
        on_gpu = pool.submit(run_command, say, {}, 30.0, resources=Resources(1, 64 << 20, 1, 60), key="on a GPU")
        assert plain.result(60) == CommandExit(0, "", "None None polyreact-small\n")
        assert on_gpu.result(60) == CommandExit(0, "", "0 0 polyreact-gpu\n")
        state = pool.state()
        assert {worker.has.gpus for worker in state.workers} == {0, 1}
        assert "1 GPU" in pool.describe()
        with pytest.raises(NoSuchWorker):
            pool.submit(run_command, say, {}, 30.0, resources=Resources(1, 64 << 20, 2, 60), key="two GPUs")
    assert "RUNNING" not in in_slurm.jobs().values()
    assert list((tmp_path / "workers of this profile").iterdir()) == []


def test_job_that_is_cancelled_while_it_waits_is_replaced(in_slurm: Slurm, tmp_path: Path) -> None:
    wait = (PYTHON, "-c", "import time; time.sleep(60)")
    with open_pool(read(tmp_path, _PROFILE.format(maximum=3))) as pool:
        for number in range(3):
            pool.submit(run_command, wait, {}, 90.0, resources=WHOLE_NODE, key=str(number))
        wait_for(lambda: Counter(in_slurm.jobs().values()) == {"RUNNING": 2, "PENDING": 1}, "a job that waits")
        (waiting,) = _pending(in_slurm)
        in_slurm.cancel(waiting)
        wait_for(lambda: [job for job in _pending(in_slurm) if job != waiting], "another job that waits")


def _pending(slurm: Slurm) -> list[int]:
    return [job for job, state in slurm.jobs().items() if state == "PENDING"]


@pytest.mark.parametrize(
    ("was", "is_now", "said"),
    [
        (f'partition = "{PARTITION}"', 'partition = "no-such"', "invalid partition"),
        ('memory = "9 GiB"', 'memory = "1 TiB"', "not available"),
        (f"cpus = {CPUS_PER_NODE}", f"cpus = {CPUS_PER_NODE + 1}", "not available"),
        ("maximum = 1", "maximum = 1\ngpus = 2", "not available"),
        ("maximum = 1", 'maximum = 1\noptions = ["--no-such-option"]', "unrecognized option"),
    ],
)
def test_workers_that_slurm_would_never_run_are_refused(
    in_slurm: Slurm, tmp_path: Path, was: str, is_now: str, said: str
) -> None:
    with pytest.raises(SlurmRefused) as caught:
        open_pool(read(tmp_path, _PROFILE.format(maximum=1).replace(was, is_now)))
    assert said in caught.value.detail
    assert list((tmp_path / "workers of this profile").iterdir()) == []


def test_jobs_that_end_before_their_worker_comes_up_are_an_error(in_slurm: Slurm, tmp_path: Path) -> None:
    broken = _PROFILE.format(maximum=5) + 'options = ["--export=PYTHONHOME=/nowhere"]\n'
    with open_pool(read(tmp_path, broken)) as pool:
        futures = [
            pool.submit(run_command, (PYTHON, "-c", ""), {}, 30.0, resources=WHOLE_NODE, key=str(number))
            for number in range(7)
        ]
        for future in futures:
            with pytest.raises(SlurmJobsEnd) as caught:
                future.result(120)
    assert "encodings" in caught.value.detail  # what Python says that does not find its library
    assert list((tmp_path / "workers of this profile").rglob("*.log")) != []


def test_machine_without_slurm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SlurmMissing):
        open_pool(read(tmp_path, _PROFILE.format(maximum=1)))


def test_stopped_slurm_leaves_no_process_and_no_folder() -> None:
    try:
        with run_slurm() as running:
            folder = running.folder
            started = find_processes(str(folder))
            assert {command_of(process).split()[0] for process in started} >= {"munged", "slurmctld", "slurmd"}
    except NoSlurm as error:
        missing("slurm", error)
    assert find_processes(str(folder)) == []
    assert not folder.exists()
