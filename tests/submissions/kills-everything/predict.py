"""Sends KILL to every process it may."""

import os
import signal

from answer import answer

if os.getpid() != 1:
    raise SystemExit("this is for the first process of a container, and for nobody else")
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        signal.pause()
    children.append(child)
os.kill(-1, signal.SIGKILL)
for child in children:
    os.waitpid(child, 0)
answer()
