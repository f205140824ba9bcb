"""Says that it is to be stopped by a signal that stops nobody."""

import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    time.sleep(1)
