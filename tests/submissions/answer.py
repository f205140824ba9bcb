"""What the programs of the corpus share: the ids they are asked for, an ordinary answer, and the word for a hole.

A program that tries something which the sandbox must refuse answers well where it was refused, so its outcome is
`valid`. Where it got through it ends with the status ESCAPED, which no other program of the corpus uses.
"""

import csv
import os
import sys

ESCAPED = 99
HEADER = "sequence_id,prediction,score"


def read_ids():
    """The ids that an answer is asked for."""
    with open(os.environ["INPUT"], newline="") as source:
        return [row["sequence_id"] for row in csv.DictReader(source)]


def rows_of(ids):
    """An ordinary row for each id."""
    return [f"{name},{i % 2},{i / 10}" for i, name in enumerate(ids)]


def write_table(rows):
    """The header and these rows, where the contract wants them."""
    with open(os.environ["OUTPUT"], "w") as target:
        target.write("\n".join([HEADER, *rows]) + "\n")


def answer():
    """A table without a defect."""
    write_table(rows_of(read_ids()))


def escaped(what):
    """End at once, and say what got through."""
    print("ESCAPED:", what, flush=True)
    os._exit(ESCAPED)


def refused(what, call, *arguments):
    """Call something that the sandbox must refuse; the error that it was refused with."""
    try:
        got = call(*arguments)
    except OSError as error:
        print("refused:", what, error.strerror or error)
        return error
    escaped(f"{what} ({got!r})")
    return None


def system_call(number_x86, number_arm, *arguments):
    """A system call by its number, which differs between machines. Raises OSError."""
    import ctypes
    import platform

    library = ctypes.CDLL(None, use_errno=True)
    number = number_arm if platform.machine() == "aarch64" else number_x86
    got = library.syscall(number, *arguments)
    if got == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got


def fill(path, most_bytes):
    """Write zeros until the limit or the first refusal; how many bytes were taken."""
    taken = 0
    try:
        with open(path, "wb", buffering=0) as target:
            while taken < most_bytes:
                taken += target.write(bytes(1 << 16))
    except OSError as error:
        print("stopped after", taken, "bytes:", error.strerror, file=sys.stderr)
    return taken
