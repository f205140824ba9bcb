"""The tables of a prepared set, as bytes; their rows are in an order that tells nothing of the labels."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polyreact.datasets.prepare.interface import PreparedRow

ID_COLUMN = "sequence_id"
INPUT_COLUMNS = (ID_COLUMN, "sequence", "light_sequence")
LABEL_COLUMNS = (ID_COLUMN, "label", "name")
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Tables:
    """CSV: UTF-8, LF, minimal quoting, the same ids in the same order in each.

    `annotations` is empty where the rows have none. `training` is what a fit-predict submission may be shown:
    labels and the columns that folds are made of; empty where the set is not for training.
    """

    inputs: bytes
    labels: bytes
    annotations: bytes = b""
    training: bytes = b""


def build_tables(dataset_id: str, rows: Iterable[PreparedRow], training_columns: Sequence[str] = ()) -> Tables:
    """Number the rows `<dataset>-0001` and so on by the SHA-256 of `VH|VL`, and write the tables.

    A set of more than 9,999 rows has as many digits as it takes for the ids to sort as their numbers do.
    Rows with the same sequences stand by name. Neither rule looks at a label, and the order in which the
    rows are given makes no difference. `training_columns` name the annotations that stand beside the label in
    the table for training, which there is only where any are named. Raises ValueError where rows differ in the
    names of their annotations or lack one of those.
    """
    ordered = sorted(rows, key=_order)
    names = _annotation_names(ordered)
    missing = set(training_columns) - set(names)
    if missing:
        raise ValueError(f"no row is annotated with {', '.join(sorted(missing))}")
    digits = max(_DIGITS, len(str(len(ordered))))
    ids = [f"{dataset_id}-{number:0{digits}d}" for number in range(1, len(ordered) + 1)]
    numbered = list(zip(ids, ordered, strict=True))
    annotations = training = b""
    if names:
        annotations = render_csv(
            (ID_COLUMN, *names), [(i, *(value for _, value in row.annotations)) for i, row in numbered]
        )
    if training_columns:
        training = render_csv(
            (ID_COLUMN, "label", *training_columns),
            [
                (i, str(row.label), *(dict(row.annotations)[name] for name in training_columns))
                for i, row in numbered
            ],
        )
    return Tables(
        inputs=render_csv(INPUT_COLUMNS, [(i, row.sequence, row.light_sequence) for i, row in numbered]),
        labels=render_csv(LABEL_COLUMNS, [(i, str(row.label), row.name) for i, row in numbered]),
        annotations=annotations,
        training=training,
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


def _annotation_names(rows: Sequence[PreparedRow]) -> tuple[str, ...]:
    every = {tuple(name for name, _ in row.annotations) for row in rows} or {()}
    if len(every) > 1:
        raise ValueError(f"the rows of a set have different annotations: {sorted(every)}")
    names = every.pop()
    taken = {*INPUT_COLUMNS, *LABEL_COLUMNS}
    if len({*taken, *names}) != len(taken) + len(names):
        raise ValueError(f"an annotation has the name of another column: {', '.join(names)}")
    return names


def _order(row: PreparedRow) -> tuple[str, str, str, str]:
    content = f"{row.sequence}|{row.light_sequence}"
    return hashlib.sha256(content.encode()).hexdigest(), row.sequence, row.light_sequence, row.name
