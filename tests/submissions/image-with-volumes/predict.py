"""Declares volumes, which engines back by the host's disk."""

from answer import answer, escaped, fill

for folder in ("/scratch", "/var/lib/model", "/corpus/cache"):
    if fill(f"{folder}/filler", 4 << 30):
        escaped(f"wrote to {folder}")
answer()
