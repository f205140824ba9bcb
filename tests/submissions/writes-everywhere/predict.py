"""Tries to make a file in every folder there is."""

import os

from answer import answer, escaped

ALLOWED = ("/tmp", "/output", "/dev/shm")
# What may be written in /proc is tried by writes-kernel-files. A file in /dev/mqueue is an empty queue of the
# container's own, and what it takes to fill one is refused.
TRIED_ELSEWHERE = ("/proc", "/dev/mqueue")
for top, folders, _ in os.walk("/"):
    if top in ALLOWED or top in TRIED_ELSEWHERE:
        folders.clear()
        continue
    path = os.path.join(top, "polyreact-test")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError:
        continue
    escaped(f"wrote {path}")
answer()
