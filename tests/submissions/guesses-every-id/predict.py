"""Answers for every id there could be, so that the right ones are among them."""

from answer import rows_of, write_table

write_table(rows_of([f"s{number:04d}" for number in range(10_000)]))
