from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.engines.cgroups import Usage, UsageSampler, find_groups, find_mounts, highest, read_usage

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
    assert read_usage(find_groups(7, CONTAINER, proc)) == Usage(cpu_s=1.5, peak_memory_bytes=4096, oom_kills=2)


def test_usage_without_a_peak_file_is_the_highest_seen(tmp_path: Path) -> None:
    sampler = UsageSampler({"": tmp_path / "group"})
    for current in (300, 900, 600):
        write(tmp_path / "group", memory__current=f"{current}\n")
        sampler.sample()
    assert sampler.usage.peak_memory_bytes == 900
    assert sampler.usage.cpu_s is None


def test_usage_without_a_peak_file_is_not_told_after_the_end(tmp_path: Path) -> None:
    """What a group holds at this moment says nothing of what it held."""
    write(tmp_path, memory__current="900\n", cpu__stat="usage_usec 10\n")
    assert read_usage({"": tmp_path}) == Usage(cpu_s=1e-05)


def test_usage_of_a_run_too_short_for_three_looks_is_unknown(tmp_path: Path) -> None:
    """A run of 0.06 s was recorded with a peak of 8 MB, read before its program had begun."""
    write(tmp_path, cpuacct__usage="5\n", memory__max_usage_in_bytes="8\n", memory__oom_control="oom_kill 1\n")
    sampler = UsageSampler({"cpuacct": tmp_path, "memory": tmp_path})
    sampler.sample()
    sampler.sample()
    assert sampler.usage == Usage(oom_kills=1)
    sampler.sample()
    assert sampler.usage == Usage(cpu_s=5e-9, peak_memory_bytes=8, oom_kills=1)


def test_usage_looks_at_a_group_that_is_gone_do_not_count(tmp_path: Path) -> None:
    write(tmp_path / "group", cpuacct__usage="5\n")
    sampler = UsageSampler({"cpuacct": tmp_path / "group"})
    sampler.sample()
    (tmp_path / "group" / "cpuacct.usage").unlink()
    for _ in range(5):
        sampler.sample()
    assert sampler.usage == Usage()


def test_highest_of_two_is_each_value_as_far_as_known() -> None:
    whole, seen = Usage(cpu_s=2.0, oom_kills=0), Usage(cpu_s=1.0, peak_memory_bytes=7, oom_kills=1)
    assert highest(whole, seen) == highest(seen, whole) == Usage(2.0, 7, 1)
    assert highest(Usage(), Usage()) == Usage()


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
    assert read_usage(find_groups(7, CONTAINER, proc)) == Usage(cpu_s=2.5, peak_memory_bytes=77, oom_kills=1)


def test_groups_of_another_process_are_not_believed(proc: Path, tmp_path: Path) -> None:
    (proc / "7" / "cgroup").write_text("0::/user.slice/somebody\n")
    (proc / "self" / "mountinfo").write_text(f"3 0 0:3 / {tmp_path} rw - cgroup2 cgroup2 rw\n")
    assert find_groups(7, CONTAINER, proc) == {}


def test_groups_where_nothing_can_be_seen_are_none(proc: Path) -> None:
    assert find_groups(8, CONTAINER, proc) == {}
    assert find_mounts(proc) == {}
    assert read_usage({}) == Usage()
