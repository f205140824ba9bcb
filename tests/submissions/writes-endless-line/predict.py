"""One line for as long as there is room."""

import contextlib
import os

with contextlib.suppress(OSError), open(os.environ["OUTPUT"], "wb", buffering=0) as target:
    target.write(b"sequence_id,prediction,score\n")
    while True:
        target.write(b"7" * (1 << 20))
