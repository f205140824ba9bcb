"""Pools on Dask: processes on this machine, or a scheduler that somebody else has started.

Dask is given no more jobs at a time than the workers that are there have room for; the others wait here. When a
worker dies, Dask holds that against every task that it had been given, so a task that only waited there would be
lost with the fourth worker. Nothing durable lives in Dask: what has been done stands in the store of records.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import itertools
import logging
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, TypeVar

import dask
from distributed import Client, KilledWorker, LocalCluster, Security, get_worker
from distributed.client import ClosedClientError

from polyreact.errors import (
    BadCertificate,
    ClusterUnreachable,
    PlainClusterRefused,
    PolyreactError,
    PoolClosed,
    WorkerLost,
)
from polyreact.execution.command import GRACE_S, count_running, stopped_by
from polyreact.execution.interface import MOST_RERUNS, Pool, PoolState, WorkerState, as_exception, validate_need
from polyreact.execution.profile import DaskLocalProfile, DaskProfile, TlsFiles, WorkerKind
from polyreact.execution.resources import Resources, sum_resources
from polyreact.execution.waiting import Job, WaitingLine

Result = TypeVar("Result")

#: What schedulers and workers of ours are told, whatever this user's own configuration of Dask says. They open a
#: port for HTTP in any case; without routes it answers nothing but "not found", and it is bound to loopback.
DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": MOST_RERUNS,
    "distributed.scheduler.work-stealing": True,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.lifetime.duration": None,  # it would cut running tasks off
    "distributed.worker.daemon": False,
}
#: A worker on this machine is started again by its nanny, however long that takes. Unless Dask is told to wait, it
#: gives the worker up after 15 seconds. It asks when a worker is lost, so this holds for the whole process.
KEEP_LOST_WORKERS = {"distributed.deploy.lost-worker-timeout": "10 days"}
LOOPBACK = "127.0.0.1"
_ANSWER_S = 20.0
_COUNT_AGAIN_S = 0.1
#: How often it is looked which workers are there.
_LOOK_S = 1.0
#: Slurm ends a job by a signal to each of its processes, the command's before the worker's as often as not.
_LAST_WORD_S = 2.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a function gave back or raised; Dask itself would log what it raised as a failure of its own."""

    result: Any = None
    error: BaseException | None = None


class DaskPool(Pool):
    """Jobs on the workers of a Dask client, of kinds that are known; `let_go` ends what was started for it.

    Workers must have the abstract resources that `worker_resources` names, and as many threads as `worker_threads`.
    """

    def __init__(
        self,
        client: Client,
        kinds: Sequence[WorkerKind],
        *,
        description: str,
        let_go: Callable[[], None] = lambda: None,
    ) -> None:
        self._client, self._description, self._let_go = client, description, let_go
        self._kinds = tuple(kind.has for kind in kinds)
        every_worker = itertools.chain.from_iterable([kind.has] * kind.maximum for kind in kinds)
        self._line = WaitingLine(sum_resources(every_worker))
        self._inside: dict[int, tuple[Job, Any]] = {}
        self._lock = threading.Lock()
        self._is_closed = False
        self._ended = threading.Event()
        self._address = str(client.scheduler.address)
        self._look()
        threading.Thread(target=self._watch, daemon=True).start()

    def submit(
        self, function: Callable[..., Result], /, *arguments: object, resources: Resources, key: str
    ) -> Future[Result]:
        """Run a function on one of the workers once there is room. Raises NoSuchWorker and PoolClosed."""
        validate_need(resources, self._kinds)
        future: Future[Result] = Future()
        with self._lock:
            if self._is_closed:
                raise PoolClosed("a job was given to a pool that is closed", consequence="It was not started.")
            self._line.add(future, resources, (key, function, arguments))
        future.add_done_callback(self._after)
        self._start()
        return future

    def describe(self) -> str:
        """Where the workers are, in one line."""
        return self._description

    def state(self) -> PoolState:
        """What the scheduler says of its workers now. Raises ClusterUnreachable."""
        workers = _ask(self._client, self._address, "identity", n_workers=-1)["workers"]
        given = _ask(self._client, self._address, "processing")
        with self._lock:
            waiting = self._line.waiting
            needs = {remote.key: job.need for job, remote in self._inside.values() if not remote.done()}
        states = []
        for address, worker in workers.items():
            has = _read_resources(worker["resources"])
            keys = {str(key) for key in given.get(address, ())}
            ours = [needs.pop(key) for key in list(needs) if key in keys]
            running = _count_running(ours, has)
            waiting += len(ours) - running
            states.append(WorkerState(str(worker["name"]), has, running + len(keys) - len(ours)))
        return PoolState(tuple(sorted(states, key=lambda state: state.name)), waiting + len(needs))

    def needs(self) -> tuple[Resources, ...]:
        """What every job needs that has been submitted and has not ended."""
        with self._lock:
            return (*self._line.needs, *(job.need for job, _ in self._inside.values()))

    def close(self, because: PolyreactError | None = None) -> None:
        """Cancel what waits, end running commands, and let go of the workers.

        Given a reason, every future that is not done raises it.
        """
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._ended.set()
            dropped, inside = self._line.drop(), list(self._inside.values())
            self._inside.clear()
        try:
            self._end_jobs([remote for _, remote in inside])
        finally:
            for job in dropped:
                if because is not None and job.future.set_running_or_notify_cancel():
                    job.future.set_exception(because)
                elif job.future.cancel():
                    job.future.set_running_or_notify_cancel()
            closed = PoolClosed("the pool was closed while a job ran", consequence="Nothing of it is kept.")
            for job, _ in inside:
                job.future.set_exception(because or closed)
            self._client.close()
            self._let_go()

    def _watch(self) -> None:
        """Notice workers that come and go, and a client that has given up its scheduler: no future would end."""
        while not self._ended.wait(_LOOK_S):
            if self._client.status == "closed":
                self.close(because=_gone(self._address))
            else:
                self._look()

    def _look(self) -> None:
        try:
            workers = _ask(self._client, self._address, "identity", n_workers=-1)["workers"].values()
        except ClusterUnreachable:
            workers = ()
        with self._lock:
            self._line.set_workers(
                [_read_resources(worker["resources"]) for worker in workers if worker["status"] == "running"]
            )
        self._start()

    def _start(self) -> None:
        while refused := self._hand_over():
            for job, error in refused:
                job.future.set_exception(error)

    def _hand_over(self) -> list[tuple[Job, Exception]]:
        """Give Dask what there is room for; the jobs that it cannot take, as what pickle refuses."""
        refused: list[tuple[Job, Exception]] = []
        with self._lock:
            for job in () if self._is_closed else self._line.start():
                _, function, arguments = job.work
                try:
                    remote = self._client.submit(
                        _run_job,
                        function,
                        arguments,
                        key=f"job-{uuid.uuid4().hex}",
                        resources=worker_resources(job.need, with_nothing=False),
                        priority=-job.number,
                        pure=False,
                    )
                except Exception as error:  # noqa: BLE001  whatever it is, it is the job's, and others go on
                    self._line.end(job)
                    has_client = not isinstance(error, ClosedClientError)
                    refused.append((job, error if has_client else _gone(self._address, str(error))))
                    continue
                self._inside[job.number] = job, remote
                remote.add_done_callback(functools.partial(self._fetch_apart, job))
        return refused

    def _fetch_apart(self, job: Job, remote: Any) -> None:
        """Let the next job start, then fetch the result of this one, which takes as long as a no-op.

        In a thread of its own: a result whose worker has died meanwhile is waited for until it is made again.
        """
        with self._lock:
            if self._is_closed:
                return
            self._line.end(job)
        self._start()
        threading.Thread(target=self._fetch, args=(job, remote), daemon=True).start()

    def _fetch(self, job: Job, remote: Any) -> None:
        outcome = _find_outcome(remote, self._address)
        with self._lock:
            if self._inside.pop(job.number, None) is None:  # the pool was closed, and has told so
                return
        if outcome.error is not None:
            job.future.set_exception(as_exception(outcome.error))
        else:
            job.future.set_result(outcome.result)

    def _after(self, future: Future[Any]) -> None:
        if future.cancelled():  # it may have been what others had to wait for
            self._start()

    def _end_jobs(self, remotes: Sequence[Any]) -> None:
        """Take back what Dask was given, and wait until workers have ended the commands of it."""
        if not remotes:
            return
        deadline = time.monotonic() + GRACE_S + _ANSWER_S
        try:
            self._client.cancel(list(remotes), force=True)
            while time.monotonic() < deadline and sum(self._client.run(count_running, on_error="ignore").values()):
                time.sleep(_COUNT_AGAIN_S)
        except (OSError, TimeoutError, CancelledError, ClosedClientError):
            return  # whoever cannot be reached ends at its own time limit


def worker_resources(has: Resources, *, with_nothing: bool = True) -> dict[str, float]:
    """An amount as Dask's abstract resources, which it counts and knows no meaning of."""
    amounts = {"cpus": has.cpus, "memory_bytes": float(has.memory_bytes), "gpus": float(has.gpus)}
    return {name: amount for name, amount in amounts.items() if with_nothing or amount}


def worker_threads(has: Resources) -> int:
    """How many threads a worker needs: a job takes one, and the processors that it needs are its child's."""
    return max(1, int(has.cpus))


def open_dask_local(profile: DaskLocalProfile) -> DaskPool:
    """Processes on this machine, which speak TLS with keys of this process: others may reach loopback as well."""
    kind = WorkerKind("local", profile.has, profile.workers)
    dask.config.set(KEEP_LOST_WORKERS)
    with dask.config.set(DASK_SETTINGS if not profile.dashboard else _with_pages()):
        security = Security.temporary()
        cluster = LocalCluster(
            n_workers=profile.workers,
            threads_per_worker=worker_threads(profile.has),
            resources=worker_resources(profile.has),
            memory_limit=None,  # the memory that counts is that of children, and bounded there
            host=LOOPBACK,
            security=security,
            dashboard_address=f"{LOOPBACK}:0",
            scheduler_kwargs={"dashboard": profile.dashboard, "allowed_failures": MOST_RERUNS},
            silence_logs=logging.CRITICAL,
        )
        client = Client(cluster, security=security)
    shown = f", pages at {cluster.dashboard_link}" if profile.dashboard else ""
    description = f"{profile.workers} Dask workers on this machine, each with {profile.has}{shown}"
    return DaskPool(client, (kind,), description=description, let_go=lambda: _close(cluster))


def open_dask(profile: DaskProfile) -> DaskPool:
    """A scheduler that was started by somebody else.

    Raises ClusterUnreachable, BadCertificate, and PlainClusterRefused without TLS beyond loopback.
    """
    security = None
    if profile.tls is None:
        refuse_plain([profile.address])
    else:
        security = load_security(profile.tls)
    client = connect(profile.address, security)
    try:
        if profile.tls is None:
            refuse_plain(list(_ask(client, profile.address, "identity", n_workers=-1)["workers"]))
    except BaseException:
        client.close()
        raise
    return DaskPool(client, profile.kinds, description=f"the Dask scheduler at {profile.address}")


def _close(cluster: LocalCluster) -> None:
    cluster.close()


def connect(address: str, security: Security | None) -> Client:
    """A client of a scheduler. Raises ClusterUnreachable, also where a side refuses the other's certificate."""
    try:
        with dask.config.set({"distributed.comm.timeouts.connect": f"{_ANSWER_S:g}s"}):
            return Client(address, security=security, timeout=_ANSWER_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise _unreachable(address, error) from error


def load_security(tls: TlsFiles) -> Security:
    """Certificates for every role, without which nothing is spoken. Raises BadCertificate."""
    for path in (tls.authority, tls.certificate, tls.key):
        if not path.is_file():
            raise BadCertificate(
                f"there is no {path}, which the profile names",
                consequence="Nothing was started.",
                cure="polyreact cluster certs FOLDER",
            )
    try:
        context = ssl.create_default_context(cafile=str(tls.authority))
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise BadCertificate(
            "a certificate or key that the profile names cannot be read, or they do not belong together",
            consequence="Nothing was started.",
            cure="polyreact cluster certs FOLDER",
            detail=str(error),
        ) from error
    roles = ("client", "scheduler", "worker")
    files = {f"tls_{role}_cert": str(tls.certificate) for role in roles}
    files |= {f"tls_{role}_key": str(tls.key) for role in roles}
    return Security(require_encryption=True, tls_ca_file=str(tls.authority), **files)


def refuse_plain(addresses: Sequence[str]) -> None:
    """Raises PlainClusterRefused where one of these addresses (`tcp://host:port`) is not of this machine alone."""
    open_ones = [address for address in addresses if not _is_loopback(address)]
    if open_ones:
        raise PlainClusterRefused(
            f"others can reach {open_ones[0]}, and whoever reaches a cluster without TLS runs programs on it",
            consequence="Nothing was sent to it.",
            cure="Make certificates with polyreact cluster certs FOLDER, and name them in the profile under [tls].",
        )


def _is_loopback(address: str) -> bool:
    host = address.partition("://")[2].rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _run_job(function: Callable[..., Any], arguments: tuple[Any, ...]) -> _Outcome:
    """Run it on the worker, and have its commands ended once the scheduler has taken the task back."""
    worker, key = get_worker(), get_worker().get_current_task()

    def is_taken_back() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    try:
        with stopped_by(is_taken_back, last_word_s=_LAST_WORD_S):
            return _Outcome(function(*arguments))
    except BaseException as error:  # noqa: BLE001  whatever it is, it is the job's
        return _Outcome(error=error)


def _find_outcome(remote: Any, address: str) -> _Outcome:
    try:
        outcome = remote.result()
        assert isinstance(outcome, _Outcome)  # noqa: S101  it is what `_run_job` gives back
    except KilledWorker as error:
        lost = WorkerLost(
            f"{error.allowed_failures + 1} workers died, one after the other, while they ran one job",
            consequence="Nothing of the job is kept, and it is not tried again now.",
            cure="Look at what the workers wrote, and whether the job takes more memory than it says.",
            detail=str(error),
        )
        return _Outcome(error=lost)
    except CancelledError as error:
        return _Outcome(error=_gone(address, str(error)))
    except BaseException as error:  # noqa: BLE001  what pickle could not take
        return _Outcome(error=error)
    return outcome


def _ask(client: Client, address: str, question: str, **arguments: Any) -> Any:
    """What the scheduler answers now; Dask's own `scheduler_info` may be old. Raises ClusterUnreachable."""
    scheduler, status = client.scheduler, client.status
    if scheduler is None or status != "running":
        raise _unreachable(address, ConnectionError(f"the client is {status}"))
    try:
        return client.sync(getattr(scheduler, question), callback_timeout=_ANSWER_S, **arguments)
    except (OSError, TimeoutError, RuntimeError, CancelledError, asyncio.CancelledError) as error:
        raise _unreachable(address, error) from error


def _count_running(needs: Iterable[Resources], has: Resources) -> int:
    """How many of the jobs that it was given a worker runs; what came to it from a dead one may have no room."""
    running: list[Resources] = []
    for need in needs:
        if need.fits_beside(sum_resources(running), has):
            running.append(need)
    return len(running)


def _read_resources(amounts: dict[str, float]) -> Resources:
    return Resources(
        cpus=amounts.get("cpus", 0),
        memory_bytes=int(amounts.get("memory_bytes", 0)),
        gpus=int(amounts.get("gpus", 0)),
    )


def _with_pages() -> dict[str, Any]:
    return {name: value for name, value in DASK_SETTINGS.items() if not name.endswith("http.routes")}


def _gone(address: str, detail: str = "") -> ClusterUnreachable:
    return ClusterUnreachable(
        f"the scheduler at {address} went away",
        consequence="Nothing is kept of jobs that waited or ran there.",
        cure="Run the same command again once there is a cluster: what is done stays done.",
        detail=detail,
    )


def _unreachable(address: str, error: BaseException) -> ClusterUnreachable:
    return ClusterUnreachable(
        f"the cluster at {address} does not answer, or does not take this side's certificate",
        consequence="Nothing was started.",
        cure="Look whether its scheduler runs, and whether both sides have certificates of the same authority.",
        detail=f"{type(error).__name__}: {error}",
    )
