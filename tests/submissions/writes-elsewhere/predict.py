"""Writes its table where it cannot be found, and tries places it must not write to."""

import contextlib
from pathlib import Path

for place in ("/tmp/predictions.csv", "/data/predictions.csv", "/predictions.csv", "/app/predictions.csv"):
    with contextlib.suppress(OSError):
        Path(place).write_text("sequence_id,prediction,score\n")
        print("wrote", place)
