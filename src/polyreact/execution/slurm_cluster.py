"""The workers of one kind as jobs of Slurm, as many as there is work for, under a scheduler in this process.

dask-jobqueue writes the script of a job, submits it and cancels it. The rest is done here: how many workers there
should be is counted from what jobs need, a job that Slurm ended before its worker came up is replaced, and jobs
that end so again and again are an error rather than a loop. When this process is gone, workers end by themselves,
since they have lost their scheduler, and their jobs with them.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dask_jobqueue import SLURMCluster
from dask_jobqueue.slurm import SLURMJob
from distributed import Security, Status
from distributed.deploy.adaptive import Adaptive

from polyreact.errors import PolyreactError, SlurmJobsEnd, SlurmMissing, SlurmRefused
from polyreact.execution.dask_pool import DASK_SETTINGS, LOOPBACK, worker_resources, worker_threads
from polyreact.execution.profile import SlurmKind
from polyreact.execution.resources import Resources

#: What a job gets of this process's environment, by name; nothing else of it leaves this machine.
EXPORTED = (
    *("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH"),
    *("CONTAINERS_CONF", "DOCKER_HOST", "POLYREACT_CACHE", "POLYREACT_ENGINE", "POLYREACT_GPUS"),
    *("POLYREACT_IMAGE_BUDGET", "POLYREACT_MIRROR"),
)
#: How long a worker without work is kept, and how long one looks for its scheduler before it ends.
IDLE_S, SCHEDULER_S = 60, 60
#: How often it is counted how many workers there should be, and how often Slurm is asked for jobs that do not come.
COUNT_S, ASK_S = 1.0, 15.0
#: So many jobs in a row that end before their worker has come up are no accident, unless others have workers. After
#: one that Slurm refused the next is given to it later, at most so much.
MOST_IN_VAIN, MOST_PAUSE_S = 5, 60.0

#: A worker that comes up when its scheduler is gone already does not hold its node for long.
_WORKER_SETTINGS = {"distributed.comm.timeouts.connect": "10s"}
_SLURM_TIMEOUT_S = 60.0
_SHOWN_CHARACTERS = 2000
#: What commands of Slurm say, among other things, when no controller answers them or none is configured.
_NOBODY_ANSWERS = re.compile(
    "unable to contact slurm controller|fetch_config|configuration source|standby mode", re.IGNORECASE
)


class _Job(SLURMJob):
    """One job of Slurm and the worker in it. What sbatch had against it is kept in `refusal`.

    A job that takes the place of a lost one has that one's name.
    """

    def __init__(
        self, *arguments: Any, security: Security, worker_extra_args: list[str], submit: list[str], **others: Any
    ) -> None:
        files = security.get_tls_config_for_role("worker")
        tls = [f"--tls-{key.replace('_', '-')}={shlex.quote(files[key])}" for key in ("ca_file", "cert", "key")]
        super().__init__(*arguments, security=None, worker_extra_args=[*worker_extra_args, *tls], **others)
        self._submit = submit
        self.refusal = ""
        self.asked_at = 0.0
        self.has_come = False

    async def start(self) -> None:
        """Submit it."""
        self.asked_at = time.monotonic()
        try:
            await super().start()
        except (OSError, RuntimeError, ValueError) as error:
            self.refusal = str(error).strip()
            self.status = Status.failed

    async def close(self) -> None:
        """Cancel it."""
        await super().close()
        self.status = Status.closed

    async def _submit_job(self, script_filename: str) -> str:
        said: str = await self._call([*self._submit, script_filename])
        return said


class _Demand(Adaptive):
    """Says how many workers there should be, and drops those that never come."""

    def __init__(
        self,
        cluster: Any,
        *,
        has: Resources,
        find_needs: Callable[[], Iterable[Resources]],
        on_failure: Callable[[PolyreactError], None],
        **others: Any,
    ) -> None:
        super().__init__(cluster, **others)
        self._has, self._find_needs, self._on_failure = has, find_needs, on_failure
        self._asked_at = time.monotonic()
        self._in_vain = 0
        self._again_at = 0.0
        self._has_failed = False

    async def target(self) -> int:
        """As many as the jobs fill, and no fewer than are at work."""
        await self._drop_lost()
        if self._has_failed:
            return 0
        needs = [worker_resources(need, with_nothing=False) for need in self._find_needs()]
        busy = sum(1 for worker in self.cluster.scheduler.workers.values() if worker.processing)
        wanted = max(busy, count_workers(needs, worker_resources(self._has)))
        is_paused = time.monotonic() < self._again_at
        return min(wanted, len(self.plan)) if is_paused else wanted

    async def workers_to_close(self, target: int) -> list[str]:
        """Only what has nothing to do: a job that runs is not cut off."""
        idle = [worker.name for worker in self.cluster.scheduler.workers.values() if not worker.processing]
        return idle[: max(0, len(self.observed) - target)]

    async def _drop_lost(self) -> None:
        """Forget jobs that were refused or have ended before their worker came, so that others take their place."""
        jobs, observed = dict(self.cluster.workers), self.observed
        for name in observed & set(jobs):
            jobs[name].has_come = True
        if observed:
            self._in_vain = 0
        awaited = {name: job for name, job in jobs.items() if not job.has_come}
        lost = {name: job for name, job in awaited.items() if job.refusal}
        if set(awaited) - set(lost) and time.monotonic() - self._asked_at > ASK_S:
            self._asked_at = time.monotonic()
            known = await _find_jobs()
            old = {name: job for name, job in awaited.items() if job.asked_at < self._asked_at - COUNT_S}
            lost |= {name: job for name, job in old.items() if known is not None and job.job_id not in known}
        for name, job in lost.items():
            self.cluster.worker_spec.pop(name, None)
            self.cluster.workers.pop(name, None)
            self._in_vain += 1
            if job.refusal:  # a limit of this user, or a controller that is being started anew
                self._again_at = time.monotonic() + min(2**self._in_vain, MOST_PAUSE_S)
            if self._in_vain >= MOST_IN_VAIN and not self.observed and not self._has_failed:
                self._has_failed = True
                self._on_failure(self.cluster.explain(job))


class _Cluster(SLURMCluster):
    """Jobs of Slurm whose output is kept in `logs`."""

    job_cls = _Job

    def __init__(self, *, logs: Path, **others: Any) -> None:
        self.logs = logs
        super().__init__(**others)

    def explain(self, job: _Job) -> PolyreactError:
        """Why a job is none, or ended."""
        if job.refusal:
            return SlurmRefused(
                "Slurm does not take jobs any more",
                consequence="The work that waited was not done; what is done stays done.",
                cure="Read what it says, then run the same command again.",
                detail=job.refusal[-_SHOWN_CHARACTERS:],
            )
        log = self.logs / f"{job.job_id}.log"
        said = log.read_text(errors="replace")[-_SHOWN_CHARACTERS:] if log.is_file() else "nothing"
        return SlurmJobsEnd(
            f"{MOST_IN_VAIN} jobs of Slurm in a row, {job.job_id} the last, ended before a worker came up in them",
            consequence="No more are submitted. The work that waited was not done; what is done stays done.",
            cure=f"Read what they wrote in {self.logs}. Every node must have this Python and see this folder,\n"
            "and `interface` in the profile must name a network by which nodes reach this machine.",
            detail=said,
        )


@dataclass(frozen=True, slots=True)
class SlurmSettings:
    """What all kinds of a profile have in common; `folder` is one that every node sees."""

    security: Security
    folder: Path
    interface: str | None
    dashboard: bool


def start_cluster(kind: SlurmKind, settings: SlurmSettings) -> SLURMCluster:
    """A scheduler without workers yet; `close()` ends it and whatever it has in Slurm.

    DASK_SETTINGS are to hold while it lives. Raises SlurmMissing and SlurmRefused.
    """
    logs = settings.folder / "logs"
    logs.mkdir(exist_ok=True)
    submit = ["sbatch", f"--output={str(logs).replace('%', '%%')}/%j.log"]
    scheduler = {"dashboard": settings.dashboard, "dashboard_address": f"{LOOPBACK}:0"}
    if settings.interface is None:
        scheduler["host"] = socket.gethostname()
    cluster = _Cluster(
        logs=logs,
        name=f"polyreact-{kind.kind.name}",
        job_name=f"polyreact-{kind.kind.name}",
        python=shlex.quote(sys.executable),
        queue=kind.partition,
        walltime=render_walltime(kind.kind.has.time_s),
        cores=int(kind.kind.has.cpus),
        processes=1,
        memory=f"{kind.kind.has.memory_bytes}B",
        job_mem=f"{math.ceil(kind.kind.has.memory_bytes / (1 << 20))}M",
        nanny=True,
        death_timeout=SCHEDULER_S,
        interface=settings.interface,
        scheduler_options=scheduler,
        security=settings.security,
        silence_logs=logging.CRITICAL,
        submit=submit,
        job_directives_skip=[],
        job_extra_directives=[*_directives(kind.kind.has), *kind.options],
        job_script_prologue=[*_prologue({**DASK_SETTINGS, **_WORKER_SETTINGS}), *_hand_on_gpus(kind.kind.has)],
        worker_extra_args=render_worker_words(kind.kind.has, settings.interface),
    )
    try:
        _test_script(cluster.job_script(), submit, kind)
    except BaseException:
        cluster.close()
        raise
    return cluster


def follow_demand(
    cluster: SLURMCluster,
    kind: SlurmKind,
    find_needs: Callable[[], Iterable[Resources]],
    on_failure: Callable[[PolyreactError], None],
) -> None:
    """Have as many workers as there is work for, from now on, within the kind's bounds.

    `find_needs` tells what each job needs that has not ended; Dask knows only of those that have a worker.
    `on_failure` is called once when Slurm gives no workers, in the scheduler's thread, which it must not wait for.
    """
    cluster.adapt(
        Adaptive=_Demand,
        minimum=kind.minimum,
        maximum=kind.kind.maximum,
        interval=COUNT_S,
        wait_count=int(IDLE_S / COUNT_S),
        has=kind.kind.has,
        find_needs=find_needs,
        on_failure=on_failure,
    )


def count_workers(needs: Iterable[Mapping[str, float]], has: Mapping[str, float]) -> int:
    """How many workers of one kind these jobs fill, if each held jobs of one need only."""
    shares = (
        1 / max(1, min((int(has[name] / amount) for name, amount in need.items() if amount), default=1))
        for need in needs
    )
    return math.ceil(round(sum(shares), 6))


def render_walltime(time_s: int) -> str:
    """A time as Slurm takes it."""
    minutes, seconds = divmod(time_s, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}-{hours:02}:{minutes:02}:{seconds:02}"


def render_worker_words(has: Resources, interface: str | None) -> list[str]:
    """Arguments of the worker, as words of a shell, which finds out the node's own name there."""
    amounts = ",".join(f"{name}={amount!r}" for name, amount in worker_resources(has).items())
    host = [] if interface else ["--host", '"$(hostname)"']
    threads = ["--nthreads", str(worker_threads(has))]
    # The memory that counts is that of children; both Slurm and they themselves bound it.
    unbounded = ["--memory-limit", "0"]
    return [
        *threads,
        *unbounded,
        "--resources",
        amounts,
        "--no-dashboard",
        "--dashboard-address",
        f"{LOOPBACK}:0",
        *host,
    ]


def _directives(has: Resources) -> list[str]:
    gpus = [f"--gres=gpu:{has.gpus}"] if has.gpus else []
    return [f"--export={','.join(EXPORTED)}", *gpus]


def _prologue(settings: Mapping[str, Any]) -> list[str]:
    """What workers are to be told of Dask's settings, as the variables that Dask reads."""
    return [
        f"export DASK_{name.replace('.', '__').replace('-', '_').upper()}={shlex.quote(repr(value))}"
        for name, value in settings.items()
    ]


def _hand_on_gpus(has: Resources) -> list[str]:
    """Runs in the job may take the GPUs that Slurm gave it, and no others; none where it names none."""
    return ['export POLYREACT_GPUS="${SLURM_JOB_GPUS:-${CUDA_VISIBLE_DEVICES:-none}}"'] if has.gpus else []


def _test_script(script: str, submit: list[str], kind: SlurmKind) -> None:
    """Ask Slurm whether it would ever run such a job. Raises SlurmMissing and SlurmRefused."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        try:
            done = subprocess.run(
                [*submit, "--test-only", file.name],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SLURM_TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise SlurmMissing(
                "sbatch is not on this machine, with which jobs are given to Slurm",
                consequence="Nothing was started.",
                cure="Run this where you log in to the cluster; there sbatch has to be on the path.",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise SlurmMissing(
                f"Slurm does not answer within {_SLURM_TIMEOUT_S:.0f} s",
                consequence="Nothing was started.",
                cure="To see whether its controller runs:\n  scontrol ping",
            ) from error
    if done.returncode != 0 and _NOBODY_ANSWERS.search(done.stderr):
        raise SlurmMissing(
            "Slurm's controller does not answer, or this machine is not told where it is",
            consequence="Nothing was started.",
            cure="To see whether its controller runs:\n  scontrol ping",
            detail=done.stderr.strip()[-_SHOWN_CHARACTERS:],
        )
    if done.returncode != 0:
        raise SlurmRefused(
            f"Slurm would never run workers of the kind {kind.kind.name}, which the profile describes",
            consequence="Nothing was started.",
            cure="Compare the profile with what the cluster has:\n  sinfo --format='%P %c CPU %m MiB %G %l'",
            detail=done.stderr.strip()[-_SHOWN_CHARACTERS:],
        )


async def _find_jobs() -> set[str] | None:
    """The numbers of this user's jobs that wait or run; None where Slurm does not answer."""
    words = ["--noheader", f"--user={os.getuid()}", "--format=%i"]
    try:
        asked = await asyncio.create_subprocess_exec(
            "squeue", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        said, _ = await asyncio.wait_for(asked.communicate(), _SLURM_TIMEOUT_S)
    except (OSError, TimeoutError):
        return None
    return set(said.decode().split()) if asked.returncode == 0 else None
