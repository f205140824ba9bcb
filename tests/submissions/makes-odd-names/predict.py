"""Leaves files whose names and times hurt: line ends, bytes that are no text, the year 2242."""

import os

from answer import answer

answer()
for name in (b"a\nb", b"\xff\xfe", b"-rf", b"\x1b[31m", b"x" * 255, b"predictions.csv\n", b"predictions.csv "):
    path = b"/output/" + name
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o000))
    os.utime(path, (8_600_000_000, 8_600_000_000))
