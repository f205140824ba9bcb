"""Writes four gigabytes to /output, and has no room left for its table."""

from answer import answer, escaped, fill

if fill("/output/filler", 4 << 30) > 2 << 20:
    escaped("more than /output may hold")
answer()
