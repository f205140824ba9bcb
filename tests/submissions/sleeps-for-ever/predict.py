"""Answers well, and then never ends."""

import time

from answer import answer

answer()
time.sleep(3600)
