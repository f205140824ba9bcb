"""Waits for the TERM at its wall time, and then ends as if all were well."""

import signal
import sys
import time

from answer import answer


def end(number, frame):
    answer()
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    time.sleep(0.1)
