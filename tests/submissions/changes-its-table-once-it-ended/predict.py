"""Leaves a process that puts a link in place of the table as soon as the run has ended."""

import os
import signal
import time

from answer import answer

answer()
main = os.getpid()
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.getppid() == main:
        time.sleep(0.001)
    os.unlink(os.environ["OUTPUT"])
    os.symlink("/etc/passwd", os.environ["OUTPUT"])
