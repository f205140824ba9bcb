"""Attaches to its own first process and reads its memory."""

import os

from answer import answer, escaped, refused, system_call

child = os.fork()
if child == 0:
    refused("trace me", system_call, 101, 117, 0, 0, 0, 0)
    refused("attach", system_call, 101, 117, 16, os.getppid(), 0, 0)
    refused("seize", system_call, 101, 117, 0x4206, os.getppid(), 0, 0)
    refused("read memory", system_call, 310, 270, os.getppid(), 0, 0, 0, 0, 0)
    refused("write memory", system_call, 311, 271, os.getppid(), 0, 0, 0, 0, 0)
    refused("a descriptor of another", system_call, 438, 438, 0, 0, 0)
    os._exit(0)
_, status = os.waitpid(child, 0)
if status:
    escaped(f"tracing, status {status}")
answer()
