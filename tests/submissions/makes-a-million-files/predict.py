"""Makes files in /output without end."""

import os

from answer import answer, escaped

answer()
made = 0
try:
    for made in range(1_000_000):
        os.close(os.open(f"/output/{made}", os.O_CREAT | os.O_WRONLY))
except OSError as error:
    print("stopped at", made, error.strerror)
if made > 1000:
    escaped(f"{made} files")
