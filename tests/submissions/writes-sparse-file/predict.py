"""Makes its table a terabyte long without writing it."""

import os

from answer import answer, escaped

with open(os.environ["OUTPUT"], "wb") as target:
    try:
        target.truncate(1 << 40)
    except OSError as error:
        print("refused:", error.strerror)
    else:
        escaped("a file of a terabyte")
answer()
