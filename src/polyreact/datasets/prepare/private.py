"""A private set, from the two files of `polyreact track new-private`: what may be seen, and what may not."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, Preparation, PreparedRow
from polyreact.datasets.tables import ID_COLUMN, INPUT_COLUMNS, LABEL_COLUMNS, parse_csv
from polyreact.errors import Finding, UnexpectedContent

INPUTS_SUFFIX, LABELS_SUFFIX = ".inputs.csv", ".labels.csv"
#: The annotation that keeps a measured value beside its label.
ASSAY_COLUMN = "assay"


def prepare_private(files: Mapping[str, Path]) -> Preparation:
    """The rows of both files put together by their ids.

    Raises UnexpectedContent, which quotes no cell: this is a lab's own data.
    """
    inputs = _read(files, INPUTS_SUFFIX, (INPUT_COLUMNS,))
    labels = _read(files, LABELS_SUFFIX, (LABEL_COLUMNS, (*LABEL_COLUMNS, ASSAY_COLUMN)))
    if len(labels) != len(inputs) or labels.keys() != inputs.keys():
        raise _unexpected(LABELS_SUFFIX, "", "expected the ids of the inputs, each once, and no other")
    rows = []
    for number, (row_id, given) in enumerate(inputs.items(), start=2):
        hidden = labels[row_id]
        if hidden["label"] not in {str(SPECIFIC), str(POLYREACTIVE)}:
            raise _unexpected(LABELS_SUFFIX, f"row {number}", "the label is neither 0 nor 1")
        annotations = ((ASSAY_COLUMN, hidden[ASSAY_COLUMN]),) if ASSAY_COLUMN in hidden else ()
        rows.append(
            PreparedRow(
                given["sequence"], given["light_sequence"], int(hidden["label"]), hidden["name"], annotations
            )
        )
    return Preparation(tuple(rows))


def _read(
    files: Mapping[str, Path], suffix: str, expected: tuple[tuple[str, ...], ...]
) -> dict[str, dict[str, str]]:
    """The rows of the one file whose name ends in `suffix`, by id."""
    paths = [path for name, path in files.items() if name.endswith(suffix)]
    if len(paths) != 1:
        raise _unexpected(suffix, "", f"expected one file of this kind, the catalogue names {len(paths)}")
    try:
        rows = parse_csv(paths[0].read_bytes())
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unexpected(suffix, "", f"is no CSV in UTF-8 ({type(error).__name__})") from error
    for number, row in enumerate(rows, start=2):
        if tuple(row) not in expected or None in row.values():
            columns = " or ".join(",".join(columns) for columns in expected)
            raise _unexpected(suffix, f"row {number}", f"expected the columns {columns}")
    by_id = {row[ID_COLUMN]: row for row in rows}
    if len(by_id) != len(rows) or not rows:
        raise _unexpected(suffix, "", "expected at least one row, and each id once")
    return by_id


def _unexpected(suffix: str, where: str, problem: str) -> UnexpectedContent:
    return UnexpectedContent(
        f"the private file *{suffix} is not as `polyreact track new-private` writes it",
        findings=[Finding(where, problem)],
        consequence="Nothing was written.",
        cure="Make the track again from the lab's own table: polyreact track new-private --help",
    )
