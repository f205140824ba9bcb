"""Prints without end, on both streams."""

import os

from answer import answer

for _ in range(400):
    os.write(1, b"flood " * 6000 + b"\n")
    os.write(2, b"FLOOD " * 6000 + b"\n")
answer()
