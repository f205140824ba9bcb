from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.engines.cgroups import Usage, UsageReader, find_groups

CONTAINER = "c0ffee"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "7").mkdir(parents=True)
    (tmp_path / "proc" / "self").mkdir()
    return tmp_path / "proc"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)


def test_usage_version_2_is_read(proc: Path, tmp_path: Path) -> None:
    (proc / "7" / "cgroup").write_text(f"0::/system.slice/docker-{CONTAINER}.scope\n")
    (proc / "self" / "mountinfo").write_text(f"30 20 0:1 / {tmp_path}/two rw shared:4 - cgroup2 cgroup2 rw\n")
    group = tmp_path / "two" / "system.slice" / f"docker-{CONTAINER}.scope"
    write(
        group,
        cpu__stat="usage_usec 1500000\nuser_usec 1\n",
        memory__peak="4096\n",
        memory__events="oom 1\noom_kill 2\n",
    )
    reader = UsageReader(find_groups(7, CONTAINER, proc))
    reader.sample()
    assert reader.usage == Usage(cpu_s=1.5, peak_memory_bytes=4096, oom_kills=2)


def test_usage_without_a_peak_file_is_the_highest_seen(proc: Path, tmp_path: Path) -> None:
    write(tmp_path / "group", memory__current="900\n")
    reader = UsageReader({"": tmp_path / "group"})
    reader.sample()
    write(tmp_path / "group", memory__current="300\n")
    reader.sample()
    assert reader.usage.peak_memory_bytes == 900
    assert reader.usage.cpu_s is None


def test_usage_both_versions_at_once_reads_the_controllers_of_version_1(proc: Path, tmp_path: Path) -> None:
    lines = [f"4:memory:/docker/{CONTAINER}", f"2:cpu,cpuacct:/docker/{CONTAINER}", f"0::/docker/{CONTAINER}"]
    (proc / "7" / "cgroup").write_text("\n".join(lines) + "\n")
    (proc / "self" / "mountinfo").write_text(
        f"1 0 0:1 / {tmp_path}/m\\040m rw - cgroup cgroup rw,memory\n"
        f"2 0 0:2 / {tmp_path}/c rw - cgroup cgroup rw,cpu,cpuacct\n"
        f"3 0 0:3 / {tmp_path}/two rw - cgroup2 cgroup2 rw\n"
    )
    memory, cpu = tmp_path / "m m" / "docker" / CONTAINER, tmp_path / "c" / "docker" / CONTAINER
    write(memory, memory__max_usage_in_bytes="77\n", memory__oom_control="oom_kill_disable 0\noom_kill 1\n")
    write(cpu, cpuacct__usage="2500000000\n")
    reader = UsageReader(find_groups(7, CONTAINER, proc))
    reader.sample()
    assert reader.usage == Usage(cpu_s=2.5, peak_memory_bytes=77, oom_kills=1)


def test_groups_of_another_process_are_not_believed(proc: Path, tmp_path: Path) -> None:
    (proc / "7" / "cgroup").write_text("0::/user.slice/somebody\n")
    (proc / "self" / "mountinfo").write_text(f"3 0 0:3 / {tmp_path} rw - cgroup2 cgroup2 rw\n")
    assert find_groups(7, CONTAINER, proc) == {}


def test_groups_where_nothing_can_be_seen_are_none(proc: Path) -> None:
    assert find_groups(8, CONTAINER, proc) == {}
    reader = UsageReader({})
    reader.sample()
    assert reader.usage == Usage()
