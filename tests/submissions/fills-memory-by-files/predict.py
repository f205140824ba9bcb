"""Writes more to /tmp than its memory holds."""

from answer import answer, fill

fill("/tmp/filler", 4 << 30)
answer()
