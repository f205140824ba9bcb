"""Prints eight megabytes without a line end."""

import os

from answer import answer

for _ in range(128):
    os.write(1, b"x" * (1 << 16))
answer()
