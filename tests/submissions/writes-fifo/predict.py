"""A pipe in place of the table: whoever opens it naively waits for ever."""

import contextlib
import os

with contextlib.suppress(OSError):  # the sandbox refuses to make one
    os.mkfifo(os.environ["OUTPUT"])
