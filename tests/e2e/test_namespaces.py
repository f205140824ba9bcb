"""Two workers on two networks that a cable joins, over TLS: what is killed, what listens, and who is let in."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clusters.evaluations import TRACKS, Evaluations, Expected
from clusters.great_kill import JOBS, Work, find_workers, kill
from clusters.namespaces import Machine, NoNamespaces, join_two_machines
from clusters.processes import end_processes, find_listeners, find_processes
from clusters.watching import wait_for
from conftest import missing
from kills import engine_state, essence, left_in_engine, left_on_host
from polyreact.engines.podman import PodmanEngine
from polyreact.execution.certificates import make_certificates
from polyreact.execution.profile import TlsFiles
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings

PORT = 8786
_PROFILE = """\
kind = "dask"
address = "tls://{address}:8786"

[tls]
authority = "{tls.authority}"
certificate = "{tls.certificate}"
key = "{tls.key}"

[[workers]]
name = "any"
cpus = 2
memory = "9 GiB"
maximum = 2
"""


@dataclass
class Cluster:
    """A scheduler on the first machine and a worker on each, as docs/how-to/run-on-a-cluster.md starts them.

    `mark` stands in the environment of all that is started, so that it is found again.
    """

    folder: Path
    machines: tuple[Machine, Machine]
    tls: TlsFiles
    mark: str
    environment: Mapping[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start all of it; workers wait for the scheduler by themselves."""
        first, _ = self.machines
        self._start(first, ["scheduler", "--host", first.address, "--port", str(PORT), "--no-show"])
        for machine in self.machines:
            self.start_worker(machine)

    def start_worker(self, machine: Machine) -> None:
        """A worker on one of the machines."""
        amounts = f"cpus=2 memory_bytes={9 << 30} gpus=0"
        words = ["worker", self.address, "--host", machine.address, "--nthreads", "2", "--memory-limit", "0"]
        self._start(machine, [*words, "--resources", amounts, "--local-directory", str(self.folder)])

    @property
    def address(self) -> str:
        return f"tls://{self.machines[0].address}:{PORT}"

    def end(self) -> None:
        end_processes(self.mark)
        for process in self.started:
            process.wait()

    def _start(self, machine: Machine, words: list[str]) -> None:
        program, *others = words
        settings = {
            "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(self.tls.authority),
            "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]",
            "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
            "MARK": self.mark,
        }
        for role in ("SCHEDULER", "WORKER"):
            settings[f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT"] = str(self.tls.certificate)
            settings[f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY"] = str(self.tls.key)
        pages = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        command = [sys.executable, "-m", "dask", program, *others, "--protocol", "tls", *pages]
        with (self.folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                machine.inside(command), env={**os.environ, **self.environment, **settings}, stdout=log, stderr=log
            )
        self.started.append(process)


@contextlib.contextmanager
def run_cluster(tmp_path: Path, environment: Mapping[str, str]) -> Iterator[Cluster]:
    """The cluster for the time of the block; `environment` is what workers get besides ours."""
    tls = make_certificates(tmp_path / "keys", datetime.now(UTC)).files
    with contextlib.ExitStack() as stack:
        try:
            machines = stack.enter_context(join_two_machines())
        except NoNamespaces as error:
            missing("namespaces", error)
        made = Cluster(tmp_path, machines, tls, f"cluster of {tmp_path}", environment)
        stack.callback(made.end)
        made.start()
        yield made


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with run_cluster(tmp_path, {}) as made:
        yield made


@pytest.fixture
def work(cluster: Cluster, tmp_path: Path) -> Iterator[Work]:
    """A driver on the first machine."""
    first, _ = cluster.machines
    profile = _PROFILE.format(address=first.address, tls=cluster.tls)
    made = Work(tmp_path / "work", profile, 0.7, {}, first.inside([]))
    yield made
    made.end()


def test_worker_node_and_driver_that_are_killed_lose_and_double_nothing(cluster: Cluster, work: Work) -> None:
    _, second = cluster.machines
    driver = work.start_driver()
    work.wait_until_done(4)
    kill(find_workers(cluster.mark)[0])  # its nanny starts it again
    work.wait_until_done(10)

    for process in _on(second, cluster):
        with contextlib.suppress(ProcessLookupError):
            kill(process)
    wait_for(lambda: not _on(second, cluster), "the end of the second machine's processes")
    work.wait_until_done(16)  # by the other worker alone
    cluster.start_worker(second)
    wait_for(lambda: len(find_workers(cluster.mark)) == 2, "the second worker again")

    driver.kill()
    driver.wait()
    assert len(work.results()) < JOBS
    work.finish(work.start_driver())
    work.check()


@pytest.mark.slow
@pytest.mark.real_data
def test_forty_records_whatever_is_killed_are_those_of_one_machine(
    forty_records: Expected, podman_engine: PodmanEngine, real_session_settings: Settings, tmp_path: Path
) -> None:
    """Workers have nothing of the driver's folders: tasks and what comes of them travel."""
    results, before = tmp_path / "results", engine_state(podman_engine)
    (tmp_path / "tmp").mkdir()
    with contextlib.ExitStack() as stack:
        # What a killed worker leaves in its temporary folder goes with the test's.
        environment = {**forty_records.environment, "TMPDIR": str(tmp_path / "tmp")}
        cluster = stack.enter_context(run_cluster(tmp_path, environment))
        first, second = cluster.machines
        profile = _PROFILE.format(address=first.address, tls=cluster.tls)
        evaluations = Evaluations(
            tmp_path, forty_records.manifests, TRACKS, forty_records.environment, first.inside([]), is_shared=False
        )
        stack.callback(evaluations.end)

        driver = evaluations.start(results, profile)
        evaluations.wait_until_kept(results, 3)
        kill(find_workers(cluster.mark)[0])
        evaluations.wait_until_kept(results, 10)
        for process in _on(second, cluster):
            with contextlib.suppress(ProcessLookupError):
                kill(process)
        evaluations.wait_until_kept(results, 14)
        cluster.start_worker(second)
        driver.kill()
        driver.wait()
        assert len(ResultsStore(results).find_paths()) < JOBS

        evaluations.finish(evaluations.start(results, profile))
        owners = [process.pid for process in evaluations.started]
    assert essence(ResultsStore(results)) == forty_records.records
    assert left_in_engine(podman_engine, before) == set()
    assert left_on_host(real_session_settings.cache, owners) == []


def test_cluster_listens_on_its_own_networks_alone_and_speaks_with_nobody_without_its_certificate(
    cluster: Cluster, work: Work
) -> None:
    driver = work.start_driver()
    work.wait_until_done(2)
    wait_for(lambda: len(find_workers(cluster.mark)) == 2, "both workers")
    listeners = find_listeners(find_processes(cluster.mark))
    own = {machine.address for machine in cluster.machines}
    assert [one for one in listeners if not one.address.is_loopback and str(one.address) not in own] == []
    assert own <= {str(one.address) for one in listeners}

    first, second = cluster.machines
    foreign = make_certificates(cluster.folder / "foreign keys", datetime.now(UTC)).files
    refused = Work(
        cluster.folder / "refused", _PROFILE.format(address=first.address, tls=foreign), 0.1, {}, second.inside([])
    )
    try:
        assert refused.start_driver().wait(60) != 0
    finally:
        refused.end()
    assert "ClusterUnreachable" in refused.log()
    assert refused.results() == {}
    work.finish(driver)
    work.check()


def _on(machine: Machine, cluster: Cluster) -> list[int]:
    """The cluster's processes on one of its machines."""
    network = Path(f"/run/netns/{machine.name}").stat().st_ino
    found = []
    for process in find_processes(cluster.mark):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{process}/ns/net").stat().st_ino == network:
                found.append(process)
    return found
