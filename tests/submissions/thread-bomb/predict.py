"""Starts threads until it is refused."""

import os
import threading
import time

from answer import answer, escaped

started = 0
try:
    while started < 5000:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        started += 1
except RuntimeError as error:
    print("stopped at", started, error)
if started > 64:
    escaped(f"{started} threads")
answer()
os._exit(0)
