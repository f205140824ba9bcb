"""Lets a child take all memory, and answers when it was killed."""

import os
import signal

from answer import answer, escaped

child = os.fork()
if child == 0:
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * (4 << 20)))
_, status = os.waitpid(child, 0)
if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
    escaped(f"status {status}")
answer()
