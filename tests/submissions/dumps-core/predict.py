"""Ends by a signal that leaves a core file."""

import glob
import os
import signal
import sys

from answer import answer, escaped

answer()
child = os.fork()
if child == 0:
    os.chdir("/tmp")
    os.abort()
_, status = os.waitpid(child, 0)
if os.WCOREDUMP(status) or glob.glob("/tmp/*core*"):
    escaped("a core file")
sys.exit(128 + signal.SIGABRT if os.WTERMSIG(status) == signal.SIGABRT else 0)
