"""Leaves processes in sessions of their own that listen to nothing."""

import os
import signal
import time

from answer import answer

for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            os.closerange(0, 100)
            time.sleep(3600)
        os._exit(0)
answer()
