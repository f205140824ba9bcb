"""Writes ids that a spreadsheet would run and a terminal would obey."""

from answer import read_ids, rows_of, write_table

ids = read_ids()
ids[0] = "=cmd|' /C calc'!A0"
ids[1] = "\x1b]0;title\x07\x1b[31m"
ids[2] = "<script>alert(1)</script>"
write_table(rows_of(ids))
