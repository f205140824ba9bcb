"""A command as a unit of work: `one_result.py FOLDER NUMBER SECONDS`, idempotent, that notices a twin beside it.

It writes FOLDER/results/<digest of the number> aside and renames it. FOLDER/twins holds a file for each time that
the same number was worked on by two processes at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import time
from pathlib import Path


def content_of(number: int) -> bytes:
    """What the result of a number must be."""
    text = f"result of {number}\n".encode()
    for _ in range(1000):
        text += hashlib.sha256(text).digest()
    return text


def name_of(number: int) -> str:
    """The name of the file with the result of a number."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def main(folder: Path, number: int, seconds: float) -> None:
    """Do the work, unless it is done."""
    result = folder / "results" / name_of(number)
    if result.exists():
        return
    with (folder / "locks" / name_of(number)).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (folder / "twins" / f"{number}-{os.getpid()}").touch()
        with (folder / "starts").open("a") as starts:
            starts.write(f"{number} {os.getpid()} {os.environ.get('SLURMD_NODENAME', '-')}\n")
        time.sleep(seconds)
        aside = result.with_name(f".{result.name}.{os.getpid()}")
        aside.write_bytes(content_of(number))
        aside.rename(result)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
