"""Looks for other submissions' data and processes, while others run beside it."""

import os
import time

from answer import answer, escaped

for _ in range(20):
    others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {os.getpid()}
    if others:
        escaped(f"other processes: {others}")
    time.sleep(0.05)
for folder in ("/tmp", "/output", "/dev/shm"):
    if os.listdir(folder):
        escaped(f"something was in {folder}: {os.listdir(folder)}")
if os.listdir("/data") != ["sequences.csv"]:
    escaped(f"in /data: {os.listdir('/data')}")
for table in ("shm", "msg", "sem"):
    with open(f"/proc/sysvipc/{table}") as listed:
        if len(listed.readlines()) > 1:
            escaped(f"shared {table}")
answer()
