"""From a profile to a pool; Dask is imported only for the kinds that need it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from polyreact.errors import MissingExtra
from polyreact.execution.interface import Pool
from polyreact.execution.local_pool import LocalPool
from polyreact.execution.profile import DaskLocalProfile, DaskProfile, LocalProfile, Profile, SlurmProfile

#: What the extra `cluster` brings.
_OF_THE_EXTRA = frozenset({"cryptography", "dask", "dask_jobqueue", "distributed"})
#: The module of each kind that needs the extra, and the function in it that opens such a pool.
_OPENERS: Mapping[type[Profile], tuple[str, str]] = {
    DaskLocalProfile: ("polyreact.execution.dask_pool", "open_dask_local"),
    DaskProfile: ("polyreact.execution.dask_pool", "open_dask"),
    SlurmProfile: ("polyreact.execution.slurm_pool", "open_slurm"),
}


def open_pool(profile: Profile) -> Pool:
    """The pool of a profile, started or connected to; whoever opens it closes it.

    Raises MissingExtra, ClusterUnreachable, PlainClusterRefused and BadCertificate.
    """
    if isinstance(profile, LocalProfile):
        return LocalPool(profile.budget)
    module, name = _OPENERS[type(profile)]
    try:
        opener = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_THE_EXTRA:
            raise
        raise MissingExtra(
            f"this profile needs {error.name}, which is not installed",
            consequence="Nothing was started.",
            cure="pip install 'polyreact[cluster]'",
        ) from error
    pool: Pool = opener(profile)
    return pool
