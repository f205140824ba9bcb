"""Reads and writes the kernel's keyrings, which may be shared with others."""

from answer import answer, refused, system_call

refused("add_key", system_call, 248, 217, b"user", b"polyreact", b"x", 1, -3)
refused("request_key", system_call, 249, 218, b"user", b"polyreact", 0, -3)
for command in (0, 1, 6, 11):
    refused(f"keyctl {command}", system_call, 250, 219, command, -3, 0, 0, 0)
answer()
