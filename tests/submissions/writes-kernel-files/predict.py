"""Writes to /proc/sys, /sys and the control groups."""

import os

from answer import answer, escaped, refused

PATHS = [
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
    "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity",
    "/sys/kernel/uevent_helper", "/sys/power/state",
]  # fmt: skip
GROUP_FILES = {
    "cgroup.procs", "tasks", "release_agent", "notify_on_release", "devices.allow", "memory.limit_in_bytes",
    "memory.max", "pids.max",
}  # fmt: skip
for top, folders, names in os.walk("/sys/fs/cgroup"):
    folders[:] = folders[:20]
    PATHS += [os.path.join(top, name) for name in names if name in GROUP_FILES]
for path in PATHS[:3000]:
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        continue
    escaped(f"opened {path} for writing")
refused("a control group", os.mkdir, "/sys/fs/cgroup/memory/polyreact-test")
answer()
