"""Makes empty files in /tmp without end: they take memory, and no bytes."""

import os

from answer import answer, escaped

made = 0
try:
    for made in range(1_000_000):
        os.close(os.open(f"/tmp/{made}", os.O_CREAT | os.O_WRONLY))
except OSError as error:
    print("stopped at", made, error.strerror)
if made == 999_999:
    escaped("a million files in 32 MiB")
answer()
