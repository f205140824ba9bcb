"""Says that it is to run as root."""

import os

from answer import answer, escaped

if {*os.getresuid(), *os.getresgid(), *os.getgroups()} != {61001}:
    escaped(f"user {os.getresuid()}, group {os.getresgid()}, {os.getgroups()}")
answer()
