"""Whether something was killed at a memory limit, told by those who saw it and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polyreact.engines.cgroups import Usage
from polyreact.engines.container_run import _find_witnesses
from polyreact.engines.container_state import State
from polyreact.engines.kernel_log import follow_kernel_log

CONTAINER = "8512b14434e173d20981e30c1d0f613628c212fbf3b57ce5f5192608d96d8aa0"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
STATE = State(CONTAINER, 0, False, 137, False, "", NOW, NOW)
KILL = (
    "4,1229,3273971910,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset={c},mems_allowed=0,"
    "oom_memcg=/polyreact-1-2-r/{c},task_memcg=/polyreact-1-2-r/{c},task={task},pid=1047,uid=61001\n"
)


def test_kill_is_believed_to_each_who_saw_it() -> None:
    assert _find_witnesses(replace(STATE, out_of_memory=True), Usage(), 0) == ("engine",)
    assert _find_witnesses(STATE, Usage(oom_kills=2), 0) == ("control group",)
    assert _find_witnesses(STATE, Usage(), 1) == ("kernel log",)
    assert _find_witnesses(replace(STATE, out_of_memory=True), Usage(oom_kills=1), 1) == (
        "engine",
        "control group",
        "kernel log",
    )


def test_killed_container_whose_memory_was_full_is_no_evidence() -> None:
    """Symptom: a container that the platform killed was out of memory, the submission's fault. Cause: its peak

    stood at the limit, as files that are read bring it to. It mattered since it was held against a submission.
    """
    assert _find_witnesses(STATE, Usage(peak_memory_bytes=1 << 40), 0) == ()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "kmsg"
    path.write_text(KILL.format(c=CONTAINER, task="python3"))
    return path


def write(log: Path, *records: str) -> None:
    with log.open("a") as file:
        file.writelines(records)


def test_kernel_log_tells_the_kills_of_a_container_from_now_on(log: Path) -> None:
    with follow_kernel_log(log) as followed:
        assert followed.count_memory_kills(CONTAINER) == 0
        write(log, KILL.format(c=CONTAINER, task="a"), "6,1,2,-;eth0 is up\n", KILL.format(c=CONTAINER, task="b"))
        assert followed.count_memory_kills(CONTAINER) == 2
        assert followed.count_memory_kills(CONTAINER) == 0


def test_kernel_log_of_another_container_is_not_ours(log: Path) -> None:
    with follow_kernel_log(log) as followed:
        write(log, KILL.format(c="0" * 64, task=CONTAINER))
        assert followed.count_memory_kills(CONTAINER) == 0


def test_kernel_log_of_a_host_without_memory_is_the_platforms_affair(log: Path) -> None:
    with follow_kernel_log(log) as followed:
        write(log, KILL.format(c=CONTAINER, task="a").replace("CONSTRAINT_MEMCG", "CONSTRAINT_NONE"))
        assert followed.count_memory_kills(CONTAINER) == 0


def test_kernel_log_that_may_not_be_read_tells_nothing(tmp_path: Path) -> None:
    with follow_kernel_log(tmp_path / "absent") as followed:
        assert followed.count_memory_kills(CONTAINER) == 0
    before = len(list(Path("/proc/self/fd").iterdir()))
    with follow_kernel_log(tmp_path / "absent"):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
