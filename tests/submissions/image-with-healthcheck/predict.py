"""Declares a health check: a second program beside its own."""

import os
import time

from answer import answer, escaped

time.sleep(2)
if os.path.exists("/tmp/health"):
    escaped("the health check ran")
answer()
