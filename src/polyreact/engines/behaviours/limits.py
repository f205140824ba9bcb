"""Behaviours of limits and ends: what a run may use, and that it ends whatever it does."""

from __future__ import annotations

import os
from pathlib import Path

from polyreact.engines.behaviours.behaviour import (
    HOLDS,
    KILLED,
    Behaviour,
    Judgement,
    Observation,
    cannot,
    ended_well,
    fails,
)

_TIDY_EXIT = 4


def _memory_was_ended(seen: Observation) -> Judgement:
    if seen.exit.exit_code == KILLED and seen.exit.out_of_memory:
        return HOLDS
    return fails(f"exit status {seen.exit.exit_code}, out of memory: {seen.exit.out_of_memory}")


def _time_was_ended(seen: Observation) -> Judgement:
    policy = seen.policy
    latest = policy.limits.wall_time_s + policy.terminate_grace_s + 5
    if seen.exit.timed_out and seen.exit.exit_code == KILLED and seen.exit.wall_s <= latest:
        return HOLDS
    return fails(f"ended after {seen.exit.wall_s:.1f} s with status {seen.exit.exit_code}")


def _was_told_in_time(seen: Observation) -> Judgement:
    if seen.exit.timed_out and seen.exit.exit_code == _TIDY_EXIT:
        return HOLDS
    return fails(f"ended with status {seen.exit.exit_code}, timed out: {seen.exit.timed_out}")


def _log_was_cut(seen: Observation) -> Judgement:
    size = len(seen.exit.log)
    if not 0 < size <= seen.policy.limits.log_bytes:
        return fails(f"the log has {size} bytes")
    if b"flood" not in seen.exit.log:
        return fails(f"the log is {seen.exit.log!r:.100}")
    return ended_well(seen)


def _usage_was_told(seen: Observation) -> Judgement:
    cpu, memory = seen.exit.cpu_s, seen.exit.peak_memory_bytes
    if cpu is None or memory is None:
        return cannot("this host does not show what a short run used")
    if cpu < 0.2 or memory < 40 << 20:  # noqa: PLR2004 - what the program uses at least
        return fails(f"{cpu:.2f} s of processor time and {memory >> 20} MiB were told")
    return ended_well(seen)


def _all_are_gone(seen: Observation) -> Judgement:
    """Looks for the token in what this host shows of the environment of processes; root sees all of them."""
    token = seen.token.encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        if environment.parent.name != str(os.getpid()) and token in _read(environment):
            return fails(f"process {environment.parent.name} is still there")
    return ended_well(seen)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


LIMITS = (
    Behaviour(
        "processes-bounded",
        "a fork bomb stops at the limit",
        """
children = []
def forks():
    for _ in range(200):
        child = os.fork()
        if child == 0: time.sleep(60); os._exit(0)
        children.append(child)
try: refused("200 processes", forks, errno.EAGAIN)
finally:
    for child in children: os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
expect(len(children) < 64, f"{len(children)} processes")
""",
    ),
    Behaviour(
        "threads-bounded",
        "threads count as processes do",
        """
end = threading.Event()
started = []
try:
    for _ in range(200):
        started.append(threading.Thread(target=end.wait))
        started[-1].start()
except RuntimeError: pass
count = threading.active_count()
end.set()
expect(count < 64, f"{count} threads")
""",
    ),
    Behaviour(
        "processes-of-user-bounded",
        "there is a second bound on processes, on the user",
        """
_, most = resource.getrlimit(resource.RLIMIT_NPROC)
expect(0 < most <= 4096, most)
""",
    ),
    Behaviour(
        "open-files-bounded",
        "no more files can be open than the limit",
        """
handles = []
def opens():
    for _ in range(5000): handles.append(os.open("/data/program.py", os.O_RDONLY))
refused("5000 open files", opens, errno.EMFILE)
expect(len(handles) <= 1024, f"{len(handles)} open files")
""",
    ),
    Behaviour(
        "core-dumps-off",
        "no core file is written",
        """
expect(resource.getrlimit(resource.RLIMIT_CORE) == (0, 0), resource.getrlimit(resource.RLIMIT_CORE))
""",
    ),
    Behaviour(
        "limits-not-raised",
        "no limit can be raised",
        """
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
    _, most = resource.getrlimit(kind)
    try: resource.setrlimit(kind, (most, most + 1))
    except (ValueError, OSError): continue
    sys.exit(f"saw: limit {kind} was raised from {most}")
""",
    ),
    Behaviour(
        "processors-bounded",
        "busy processes together get no more than their share of processor time",
        """
quota = read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu.max")
expect(quota is None or quota.split()[0] == "100000", f"a quota of {quota}")
began = time.monotonic()
for _ in range(2):
    if os.fork() == 0:
        while time.monotonic() < began + 1: pass
        os._exit(0)
for _ in range(2): os.wait()
usage = sum(os.times()[2:4])
expect(usage < 1.6, f"{usage:.2f} s of processor time in 1 s")
""",
    ),
    Behaviour(
        "swap-off",
        "memory cannot be stretched by swap",
        """
together = read("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")
alone = read("/sys/fs/cgroup/memory/memory.limit_in_bytes")
beside = read("/sys/fs/cgroup/memory.swap.max")
if together is None and beside is None:
    expect("SwapTotal: 0 kB" in " ".join(read("/proc/meminfo").split()), "swap, and no sight of its limit")
else:
    expect(together == alone if together else int(beside) == 0, f"{alone} of {together or beside}")
""",
    ),
    Behaviour(
        "memory-bounded",
        "a program that takes too much memory is ended, and the engine says why",
        """
kept = []
for _ in range(512): kept.append(bytearray(os.urandom(1 << 20)))
""",
        _memory_was_ended,
        is_alone=True,
    ),
    Behaviour(
        "files-count-as-memory",
        "what is written to /tmp, /dev/shm and /output counts as the run's memory",
        """
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fill("/tmp/file", 6 << 20)
usage = read("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory.current")
if usage is None: cannot_tell("the run cannot see its own control group")
os.unlink("/tmp/file")
time.sleep(0.2)
after = read("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory.current")
expect(int(usage) - int(after) > 4 << 20, f"{usage} with the file, {after} without")
""",
        is_needed=False,
    ),
    Behaviour(
        "time-bounded",
        "a program that ignores TERM is ended after the time limit",
        """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
""",
        _time_was_ended,
        wall_time_s=1,
        is_alone=True,
    ),
    Behaviour(
        "end-is-announced",
        "a program is told by TERM that its time is over, and has a moment to tidy up",
        f"""
signal.signal(signal.SIGTERM, lambda *_: os._exit({_TIDY_EXIT}))
time.sleep(600)
""",
        _was_told_in_time,
        wall_time_s=1,
        is_alone=True,
    ),
    Behaviour(
        "log-bounded",
        "a flood of output is cut, and does not block",
        """
for _ in range(320): os.write(1, b"flood " * 10922 + b"\\n")
""",
        _log_was_cut,
        is_alone=True,
    ),
    Behaviour(
        "usage-told",
        "what even a short run used is known",
        """
block = bytearray(b"x" * (48 << 20))
began = time.process_time()
while time.process_time() < began + 0.25: pass
""",
        _usage_was_told,
        is_alone=True,
        is_needed=False,
    ),
    Behaviour(
        "nothing-stays-behind",
        "processes that hide in sessions of their own end with the run",
        """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)
""",
        _all_are_gone,
        is_alone=True,
    ),
)
