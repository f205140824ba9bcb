"""Pools of each kind, opened alike; and a Dask cluster that somebody else has started, with certificates."""

from __future__ import annotations

import logging
from typing import Any

import dask
from distributed import LocalCluster

from polyreact.execution.dask_pool import (
    DASK_SETTINGS,
    KEEP_LOST_WORKERS,
    load_security,
    open_dask,
    worker_resources,
    worker_threads,
)
from polyreact.execution.interface import Pool
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import DaskLocalProfile, DaskProfile, LocalProfile, TlsFiles, WorkerKind
from polyreact.execution.resources import Resources

#: What each worker has.
HAS = Resources(cpus=2, memory_bytes=1 << 30, gpus=1)
LOCAL, DASK_LOCAL, DASK_BY_ADDRESS = "local", "dask-local", "dask-by-address"


def start_cluster(tls: TlsFiles | None, workers: int) -> Any:
    """A cluster on loopback that asks for certificates where there are any."""
    dask.config.set(KEEP_LOST_WORKERS)
    with dask.config.set(DASK_SETTINGS):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=worker_threads(HAS),
            resources=worker_resources(HAS),
            memory_limit=None,
            host="127.0.0.1",
            security=load_security(tls) if tls else None,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        )


def by_address(cluster: Any, tls: TlsFiles | None, workers: int = 1) -> DaskProfile:
    return DaskProfile(cluster.scheduler_address, tls, (WorkerKind("any", HAS, workers),))


class Opener:
    """Opens pools of one kind with a number of workers, and ends clusters that it had to start for that."""

    def __init__(self, kind: str, tls: TlsFiles) -> None:
        self.kind, self._tls = kind, tls
        self._clusters: list[Any] = []

    def __call__(self, workers: int = 1) -> Pool:
        if self.kind == LOCAL:
            return open_pool(LocalProfile(HAS))
        if self.kind == DASK_LOCAL:
            return open_pool(DaskLocalProfile(workers, HAS))
        cluster = start_cluster(self._tls, workers)
        self._clusters.append(cluster)
        return open_dask(by_address(cluster, self._tls, workers))

    def close(self) -> None:
        for cluster in self._clusters:
            cluster.close()
