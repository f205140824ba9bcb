from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.engines.run_group import open_run_group, release_leftover_groups
from polyreact.owner import this_process

OURS = this_process()
DEAD = f"polyreact-{OURS.process_id}-1-r1"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A host with two controllers and version 2, and one controller of which it shows a part only."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    lines = [
        f"1 0 0:1 / {tmp_path}/memory rw - cgroup cgroup rw,memory",
        f"2 0 0:2 / {tmp_path}/cpu rw - cgroup cgroup rw,cpu,cpuacct",
        f"3 0 0:3 / {tmp_path}/two rw - cgroup2 cgroup2 rw",
        f"4 0 0:4 /part {tmp_path}/pids rw - cgroup cgroup rw,pids",
    ]
    (tmp_path / "proc" / "self" / "mountinfo").write_text("\n".join(lines) + "\n")
    for name in ("memory", "cpu", "two", "pids"):
        (tmp_path / name).mkdir()
    return tmp_path / "proc"


def groups_in(host: Path) -> set[str]:
    return {str(path.relative_to(host)) for path in host.glob("*/polyreact-*")}


def make(host: Path, name: str) -> None:
    for controller in ("memory", "cpu", "two"):
        (host / controller / name).mkdir()


def test_run_group_is_read_in_every_controller_and_removed(proc: Path, tmp_path: Path) -> None:
    with open_run_group("r1", proc) as group:
        make(tmp_path, group.name)
        assert set(group.folders) == {"memory", "cpu", "cpuacct", ""}
        assert set(group.folders.values()) == {tmp_path / at / group.name for at in ("memory", "cpu", "two")}
    assert groups_in(tmp_path) == set()


def test_run_group_is_removed_on_an_exception(proc: Path, tmp_path: Path) -> None:
    def interrupted() -> None:
        with open_run_group("r1", proc) as group:
            make(tmp_path, group.name)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert groups_in(tmp_path) == set()


def test_run_group_the_engine_never_made_is_no_failure(proc: Path) -> None:
    with open_run_group("r1", proc) as group:
        assert group.usage().cpu_s is None


def test_run_group_still_in_use_is_left(proc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyreact.engines.run_group._MOST_WAIT_S", 0.1)
    with open_run_group("r1", proc) as group:
        make(tmp_path, group.name)
        (tmp_path / "memory" / group.name / "c0ffee").mkdir()
    assert groups_in(tmp_path) == {f"memory/{group.name}"}


def test_leftover_groups_of_the_dead_are_removed(proc: Path, tmp_path: Path) -> None:
    make(tmp_path, DEAD)
    release_leftover_groups(proc)
    assert groups_in(tmp_path) == set()


def test_leftover_groups_of_the_dead_with_something_in_them_are_left(proc: Path, tmp_path: Path) -> None:
    make(tmp_path, DEAD)
    (tmp_path / "memory" / DEAD / "c0ffee").mkdir()
    release_leftover_groups(proc)
    assert groups_in(tmp_path) == {f"memory/{DEAD}"}


@pytest.mark.parametrize(
    "name",
    [
        f"polyreact-{OURS.process_id}-{OURS.started}-r1",
        "polyreact-r1",
        "polyreact-service",
        f"polyreact-{2**30}-1-",
        f"another-{2**30}-1-r1",
    ],
)
def test_leftover_groups_of_the_living_and_of_others_are_kept(proc: Path, tmp_path: Path, name: str) -> None:
    make(tmp_path, name)
    release_leftover_groups(proc)
    assert (tmp_path / "memory" / name).is_dir()


def test_leftover_groups_where_nothing_can_be_seen_are_none(tmp_path: Path) -> None:
    release_leftover_groups(tmp_path)


def test_run_group_name_tells_its_owner(proc: Path) -> None:
    with open_run_group("a-b-1", proc) as group:
        assert group.name == f"polyreact-{OURS.process_id}-{OURS.started}-a-b-1"
