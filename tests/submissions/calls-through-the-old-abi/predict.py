"""Makes a VSOCK socket through the 32-bit way into the kernel; it is never connected."""

import ctypes
import mmap
import os
import platform

from answer import answer, escaped

# mov eax, 359 (socket); mov ebx, 40 (VSOCK); mov ecx, 1; xor edx, edx; int 0x80; ret
CODE = "53b867010000bb28000000b90100000031d2cd805bc3"

child = os.fork()
if child == 0:
    got = -1
    if platform.machine() == "x86_64":
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes.fromhex(CODE))
        got = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
    os._exit(0 if got < 0 else 1)
_, status = os.waitpid(child, 0)
if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 1:
    escaped("a VSOCK socket by int 0x80")
answer()
