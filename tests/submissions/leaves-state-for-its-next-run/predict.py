"""Leaves a mark wherever it can, and looks for it when it runs again."""

import contextlib
import ctypes
import os

from answer import answer, escaped

library = ctypes.CDLL(None, use_errno=True)
PLACES = ["/tmp", "/output", "/dev/shm", "/data", "/var/tmp", "/run", "/root", "/corpus", "/dev/mqueue", "/scratch"]
for place in PLACES:
    if os.path.lexists(f"{place}/.mark"):
        escaped(f"the mark of an earlier run in {place}")
if library.shmget(4711, 0, 0) != -1:
    escaped("the shared memory of an earlier run")
for place in PLACES:
    with contextlib.suppress(OSError), open(f"{place}/.mark", "w") as target:
        target.write("I was here")
library.shmget(4711, 4096, 0o1666)
answer()
