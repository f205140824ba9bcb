"""The two tables of a prepared set, as bytes; their rows are in an order that tells nothing of the labels."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polyreact.datasets.prepare.interface import PreparedRow

INPUT_COLUMNS = ("sequence_id", "sequence", "light_sequence")
LABEL_COLUMNS = ("sequence_id", "label", "name")


@dataclass(frozen=True, slots=True)
class Tables:
    """`inputs` and `labels` as CSV: UTF-8, LF, minimal quoting, the same ids in the same order."""

    inputs: bytes
    labels: bytes


def build_tables(dataset_id: str, rows: Iterable[PreparedRow]) -> Tables:
    """Number the rows `<dataset>-0001` and so on by the SHA-256 of `VH|VL`, and write both tables.

    Rows with the same sequences stand by name. Neither rule looks at a label, and the order in which the
    rows are given makes no difference. The rows' own columns follow those of the label. Raises ValueError
    where rows differ in the names of their columns.
    """
    ordered = sorted(rows, key=_order)
    extra = _column_names(ordered)
    ids = [f"{dataset_id}-{number:04d}" for number in range(1, len(ordered) + 1)]
    return Tables(
        inputs=render_csv(
            INPUT_COLUMNS, [(i, row.sequence, row.light_sequence) for i, row in zip(ids, ordered, strict=True)]
        ),
        labels=render_csv(
            (*LABEL_COLUMNS, *extra),
            [
                (i, str(row.label), row.name, *(value for _, value in row.columns))
                for i, row in zip(ids, ordered, strict=True)
            ],
        ),
    )


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV table with its heading."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def parse_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a table that render_csv wrote, by column."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def _column_names(rows: Sequence[PreparedRow]) -> tuple[str, ...]:
    every = {tuple(name for name, _ in row.columns) for row in rows} or {()}
    if len(every) > 1:
        raise ValueError(f"the rows of a set have different columns: {sorted(every)}")
    names = every.pop()
    if len({*LABEL_COLUMNS, *names}) != len(LABEL_COLUMNS) + len(names):
        raise ValueError(f"a column has the name of another: {', '.join((*LABEL_COLUMNS, *names))}")
    return names


def _order(row: PreparedRow) -> tuple[str, str, str, str]:
    content = f"{row.sequence}|{row.light_sequence}"
    return hashlib.sha256(content.encode()).hexdigest(), row.sequence, row.light_sequence, row.name
