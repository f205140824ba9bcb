"""Containers that a killed driver left behind: how they are marked, and how they are found again.

An image can bring labels of its own, and they are merged into its containers'. So a container is removed only
when its name and its labels belong together and its owner is gone. Its deadline counts only where this host does
not tell one process from a later one with the same id: a clock that is set must not end the run of the living.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from polyreact.engines.interface import RunSpec
from polyreact.engines.oci import NAME_PREFIX, container_name
from polyreact.owner import parse_owner, this_process

RUN_LABEL = "polyreact.run"
OWNER_LABEL = "polyreact.owner"
DEADLINE_LABEL = "polyreact.deadline"
_MARGIN_S = 600


def run_labels(spec: RunSpec) -> dict[str, str]:
    """What marks the container of a run."""
    return owner_labels(spec.run_id, spec.policy.limits.wall_time_s + spec.policy.terminate_grace_s)


def owner_labels(run_id: str, lasts_s: float) -> dict[str, str]:
    """What marks a container: its run, the process that owns it on this boot, and when it must be gone."""
    deadline = time.time() + lasts_s + _MARGIN_S
    return {RUN_LABEL: run_id, OWNER_LABEL: str(this_process()), DEADLINE_LABEL: str(int(deadline))}


def is_left_behind(name: str, labels: Mapping[str, str]) -> bool:
    """Whether a container is one of ours and nobody waits for it any more."""
    run_id, deadline = labels.get(RUN_LABEL, ""), labels.get(DEADLINE_LABEL, "")
    owner = parse_owner(labels.get(OWNER_LABEL, ""))
    if not name.startswith(NAME_PREFIX) or name != container_name(run_id):
        return False
    if owner is None or not (deadline.isascii() and deadline.isdigit()):
        return False
    return not owner.is_alive or (not owner.is_certain and time.time() > int(deadline))
