"""Asks for more files, processes, memory locked, priority, and not to be killed first."""

import os
import resource

from answer import answer, escaped, refused

for name in ("NOFILE", "NPROC", "CORE", "FSIZE", "MEMLOCK"):
    kind = getattr(resource, f"RLIMIT_{name}")
    _, most = resource.getrlimit(kind)
    if most == resource.RLIM_INFINITY:
        escaped(f"no limit on {name}")
    try:
        resource.setrlimit(kind, (most, most + 1))
    except (OSError, ValueError) as error:
        print("refused:", name, error)
    else:
        escaped(f"raised {name}")
refused("priority", os.nice, -5)
refused("real time", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))


def live_on():
    with open("/proc/self/oom_score_adj", "w") as target:
        target.write("-1000")


refused("oom score", live_on)
answer()
