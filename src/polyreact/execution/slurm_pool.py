"""A pool whose workers are jobs of Slurm: for each kind of resource a cluster with a scheduler of its own."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import dask
from distributed import Client, Security

from polyreact.errors import CannotWrite, PolyreactError
from polyreact.execution.dask_pool import DASK_SETTINGS, DaskPool, load_security
from polyreact.execution.interface import Pool, PoolState, validate_need
from polyreact.execution.profile import SlurmKind, SlurmProfile, TlsFiles
from polyreact.execution.resources import Resources
from polyreact.execution.slurm_cluster import SlurmSettings, follow_demand, start_cluster
from polyreact.owner import boot_id, find_owner_in_name, this_process

Result = TypeVar("Result")

#: A worker that was killed is started again within its job meanwhile; after that its job counts as lost.
LOST_WORKER_S = 5
_SETTINGS = {**DASK_SETTINGS, "distributed.deploy.lost-worker-timeout": f"{LOST_WORKER_S}s"}


@dataclass(frozen=True)
class _Part:
    kind: SlurmKind
    pool: DaskPool

    def has_room(self, need: Resources) -> bool:
        return need.fits(self.kind.kind.has)


class SlurmPool(Pool):
    """Each job goes to the kind with the fewest resources that suffice it, and waits for one of those."""

    def __init__(self, parts: Sequence[_Part], let_go: Callable[[], None]) -> None:
        self._parts, self._let_go = tuple(parts), let_go
        self._kinds = tuple(part.kind.kind.has for part in self._parts)

    def submit(
        self, function: Callable[..., Result], /, *arguments: object, resources: Resources, key: str
    ) -> Future[Result]:
        """Run a function in a job of Slurm once there is room. Raises NoSuchWorker and PoolClosed."""
        validate_need(resources, self._kinds)
        part = min((part for part in self._parts if part.has_room(resources)), key=_size)
        return part.pool.submit(function, *arguments, resources=resources, key=key)

    def describe(self) -> str:
        """The kinds, in one line."""
        return "; ".join(part.pool.describe() for part in self._parts)

    def state(self) -> PoolState:
        """The workers of all kinds. Raises ClusterUnreachable."""
        states = [part.pool.state() for part in self._parts]
        return PoolState(
            tuple(worker for state in states for worker in state.workers), sum(state.waiting for state in states)
        )

    def close(self) -> None:
        """Cancel what waits, end what runs, and every job of Slurm that was started."""
        self._let_go()


def open_slurm(profile: SlurmProfile) -> SlurmPool:
    """A pool of no workers yet; each scheduler listens on the profile's interface, and speaks TLS in any case.

    Raises BadCertificate, CannotWrite, SlurmMissing and SlurmRefused.
    """
    with contextlib.ExitStack() as stack:
        folder = _RunFolder(_make_folder(profile.folder))
        stack.callback(folder.remove)
        security = load_security(profile.tls or _write_keys(folder.path))
        settings = SlurmSettings(security, folder.path, profile.interface, profile.dashboard)
        stack.enter_context(dask.config.set(_SETTINGS))
        parts = [_Part(kind, stack.enter_context(_open_kind(kind, settings, folder))) for kind in profile.kinds]
        return SlurmPool(parts, stack.pop_all().close)


@dataclass
class _RunFolder:
    """Keys of this run and what its jobs write; kept where that says why there were no workers."""

    path: Path
    is_wanted: bool = False

    def remove(self) -> None:
        if not self.is_wanted:
            shutil.rmtree(self.path, ignore_errors=True)


def _open_kind(kind: SlurmKind, settings: SlurmSettings, folder: _RunFolder) -> DaskPool:
    cluster = start_cluster(kind, settings)
    try:
        client = Client(cluster, security=settings.security, set_as_default=False)
    except BaseException:
        cluster.close()
        raise
    shown = f", pages at {cluster.dashboard_link}" if settings.dashboard else ""
    most = kind.kind.maximum
    pool = DaskPool(
        client,
        (kind.kind,),
        description=f"up to {most} jobs of Slurm in {kind.partition}, each with {kind.kind.has}{shown}",
        let_go=cluster.close,
    )

    def give_up(error: PolyreactError) -> None:
        folder.is_wanted = True
        threading.Thread(target=pool.close, args=(error,), daemon=True).start()

    follow_demand(cluster, kind, pool.needs, give_up)
    return pool


def _make_folder(parent: Path) -> Path:
    """A folder of this run alone; those of runs that were killed on this machine go. Raises CannotWrite."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for left in parent.glob("polyreact.*"):
            owner = find_owner_in_name(left.name)
            if owner is not None and owner.is_certain and owner.boot_id == boot_id() and not owner.is_alive:
                shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"polyreact.{this_process().in_name}.", dir=parent))
    except OSError as error:
        raise CannotWrite(
            f"cannot write {parent}: {error.strerror or error}",
            consequence="Nothing was started.",
            cure='Name a folder in the profile that every node sees and that you may write: folder = "..."',
        ) from error


def _write_keys(folder: Path) -> TlsFiles:
    """Keys of this run, which only this user can read, for a profile that names none."""
    made = Security.temporary().get_tls_config_for_role("scheduler")
    files = TlsFiles(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    for path, name in ((files.authority, "ca_file"), (files.certificate, "cert"), (files.key, "key")):
        path.touch(mode=0o600)
        path.write_text(made[name], encoding="ascii")
    return files


def _size(part: _Part) -> tuple[int, float, int]:
    has = part.kind.kind.has
    return has.gpus, has.cpus, has.memory_bytes
