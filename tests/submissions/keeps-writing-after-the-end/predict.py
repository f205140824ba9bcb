"""Leaves a process that goes on replacing the table."""

import os
import signal

from answer import HEADER, answer, read_ids, rows_of

answer()
table = "\n".join([HEADER, *rows_of(read_ids())]) + "\n"
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        with open("/output/next", "w") as target:
            target.write(table)
        os.replace("/output/next", os.environ["OUTPUT"])
