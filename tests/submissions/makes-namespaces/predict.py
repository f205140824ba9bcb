"""Makes a user namespace, to be root in it, and all the others."""

import os
import signal

from answer import answer, refused, system_call

refused("unshare time", system_call, 272, 97, 0x80)  # to clone, these bits are a signal
for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x08000000, 0x04000000, 0x02000000):
    refused(f"unshare {flag:#x}", system_call, 272, 97, flag)
    refused(f"clone {flag:#x}", system_call, 56, 220, flag | signal.SIGCHLD, 0, 0, 0, 0)
refused("clone3", system_call, 435, 435, 0, 0)
for name in os.listdir("/proc/self/ns"):
    handle = os.open(f"/proc/self/ns/{name}", os.O_RDONLY)
    refused(f"setns {name}", system_call, 308, 268, handle, 0)
answer()
