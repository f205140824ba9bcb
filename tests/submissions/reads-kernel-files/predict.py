"""Reads what /proc, /sys and /dev tell of the host's memory, keys and disks."""

import os
import stat

from answer import answer, escaped

MASKED = (
    "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats", "/proc/kmsg",
    "/proc/kpagecount", "/dev/kmsg", "/dev/mem", "/dev/port", "/proc/vmallocinfo",
    "/proc/slabinfo", "/sys/kernel/debug/sched", "/sys/fs/pstore",
)  # fmt: skip
for path in MASKED:
    try:
        with open(path, "rb") as source:
            if source.read(1):
                escaped(f"read {path}")
    except OSError as error:
        print("refused:", path, error.strerror)
for folder in ("/sys/firmware", "/proc/acpi", "/proc/scsi", "/sys/kernel/debug", "/sys/kernel/security"):
    if os.path.isdir(folder):
        try:
            if os.listdir(folder):
                escaped(f"listed {folder}")
        except OSError as error:
            print("refused:", folder, error.strerror)
for top, _, names in os.walk("/dev"):
    for name in names:
        path = os.path.join(top, name)
        if stat.S_ISBLK(os.lstat(path).st_mode):
            escaped(f"a disk: {path}")
answer()
