"""Writes four gigabytes to /tmp."""

from answer import answer, escaped, fill

if fill("/tmp/filler", 4 << 30) > 17 << 20:
    escaped("more than /tmp may hold")
answer()
