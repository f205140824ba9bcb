"""How much memory a benchmark needed."""

from __future__ import annotations

from pathlib import Path


def read_peak_mib() -> float:
    """The most resident memory that this program has had, in MiB, since it began.

    Linux keeps it as VmHWM. `getrusage` says more: its figure outlives `exec`, so a program that a large one
    started is told the large one's.
    """
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) / 1024
    raise OSError("/proc/self/status has no VmHWM; this measures on Linux only")
