"""Repeats its rows for as long as there is room."""

import contextlib

from answer import read_ids, rows_of, write_table

rows = rows_of(read_ids())
with contextlib.suppress(OSError):
    write_table(rows * 1000)
