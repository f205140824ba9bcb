from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.interface import RunSpec
from polyreact.engines.policy import MIB, Limits, strict_policy
from polyreact.engines.reaping import DEADLINE_LABEL, OWNER_LABEL, RUN_LABEL, is_left_behind, run_labels
from polyreact.owner import boot_id, this_process

LIMITS = Limits(wall_time_s=9, memory_bytes=MIB, cpus=1, pids=9, tmp_bytes=MIB, output_bytes=MIB, log_bytes=999)
NAME = "polyreact-r1"


def labels(**changes: str) -> dict[str, str]:
    made = run_labels(RunSpec("r1", make_image("localhost/x:1"), strict_policy(LIMITS), Path("/d"), Path("/o"), {}))
    return {**made, **{f"polyreact.{key}": value for key, value in changes.items()}}


def dead_owner() -> str:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return f"{boot_id()}/{child.pid}/1"


def test_left_behind_of_the_living_is_kept() -> None:
    assert not is_left_behind(NAME, labels())


def test_left_behind_of_a_dead_owner_is_found() -> None:
    assert is_left_behind(NAME, labels(owner=dead_owner()))


def test_left_behind_of_a_later_process_with_the_same_id_is_found() -> None:
    assert is_left_behind(NAME, labels(owner=f"{boot_id()}/{os.getpid()}/1"))


def test_left_behind_of_another_boot_is_found() -> None:
    assert is_left_behind(NAME, labels(owner=f"other/{os.getpid()}/{this_process().started}"))


def test_left_behind_of_the_living_is_kept_whatever_the_clock_says() -> None:
    """Symptom: a clock set an hour ahead let another evaluation remove the container of a run that went on. Cause:

    the deadline counted for everybody. It mattered since hours of running were lost.
    """
    assert not is_left_behind(NAME, labels(deadline=str(int(time.time()) - 1)))


@pytest.mark.parametrize(
    "changes",
    [{"run": "other"}, {"run": ""}, {"owner": "x"}, {"owner": "a/-1/b"}, {"deadline": "soon"}, {"deadline": "²"}],
)
def test_left_behind_labels_an_image_made_up_are_not_believed(changes: dict[str, str]) -> None:
    assert not is_left_behind(NAME, labels(**{"owner": dead_owner(), **changes}))


def test_left_behind_container_of_somebody_else_is_kept() -> None:
    assert not is_left_behind("database", labels(owner=dead_owner()))
    assert not is_left_behind(NAME, {})


def test_run_labels_name_run_owner_and_deadline() -> None:
    assert set(labels()) == {RUN_LABEL, OWNER_LABEL, DEADLINE_LABEL}
