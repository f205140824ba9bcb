"""Writes four gigabytes to /dev/shm."""

from answer import answer, escaped, fill

if fill("/dev/shm/filler", 4 << 30) > 65 << 20:
    escaped("more than /dev/shm may hold")
answer()
