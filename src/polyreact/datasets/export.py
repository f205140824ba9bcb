"""A prepared set as one file for other programs: CSV, Parquet or FASTA.

CSV      `sequence_id,sequence,light_sequence`, then `label` and the annotations where they are given. UTF-8, LF,
         minimal quoting; everything as text, as it is kept.
Parquet  The same columns, needing the extra `parquet`. Ids and sequences are strings, `label` is int8. An
         annotation is int64 or float64 where every value of it is written as such a number, else a string; empty
         is null.
FASTA    A record for each chain, `>jain-0001|VH` and `>jain-0001|VL` (a VHH has the first only), 60 residues a
         line. After the name ` label=1 flags=5` and so on; a value with a space in it stands in double quotes, an
         empty one is left out.

A set is given as its antibodies and, if they are to be written, what is known of each by id: `label` first, then
the annotations, as text.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from polyreact.datasets.tables import INPUT_COLUMNS, render_csv
from polyreact.errors import MissingExtra
from polyreact.sequences import Antibody, SequenceId

#: What is known of each antibody, by id and column.
Known = Mapping[SequenceId, Mapping[str, str]]

_LINE_RESIDUES = 60
_LABEL = "label"
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]{1,3})?")


class Format(StrEnum):
    """How a set is written."""

    CSV = "csv"
    PARQUET = "parquet"
    FASTA = "fasta"


def render_export(antibodies: Sequence[Antibody], known: Known | None, form: Format) -> bytes:
    """The whole file; `known` is None where labels are not to be in it.

    Raises MissingExtra for Parquet without pyarrow. Raises KeyError for an antibody that `known` lacks.
    """
    if form is Format.FASTA:
        return "".join(_fasta_records(antibodies, known)).encode()
    columns, rows = _tabulate(antibodies, known)
    return render_csv(columns, rows) if form is Format.CSV else _render_parquet(columns, rows)


def _tabulate(antibodies: Sequence[Antibody], known: Known | None) -> tuple[tuple[str, ...], list[list[str]]]:
    rows = [[a.sequence_id, a.sequence, a.light_sequence] for a in antibodies]
    if known is None or not antibodies:
        return INPUT_COLUMNS, rows
    more = tuple(known[antibodies[0].sequence_id])
    for row, antibody in zip(rows, antibodies, strict=True):
        row += [known[antibody.sequence_id][column] for column in more]
    return (*INPUT_COLUMNS, *more), rows


def _fasta_records(antibodies: Sequence[Antibody], known: Known | None) -> Iterator[str]:
    for antibody in antibodies:
        facts = {} if known is None else known[antibody.sequence_id]
        words = "".join(f" {column}={_quote(value)}" for column, value in facts.items() if value)
        for chain, sequence in (("VH", antibody.sequence), ("VL", antibody.light_sequence)):
            if sequence:
                lines = (sequence[i : i + _LINE_RESIDUES] for i in range(0, len(sequence), _LINE_RESIDUES))
                yield "\n".join([f">{antibody.sequence_id}|{chain}{words}", *lines, ""])


def _quote(value: str) -> str:
    return value if re.fullmatch(r'[^\s"]+', value) else json.dumps(value, ensure_ascii=False)


def _render_parquet(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415  installed on request only
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "Parquet needs pyarrow, which is not installed",
            consequence="Nothing was written.",
            cure='pip install "polyreact[parquet]"\nor choose --format csv',
        ) from error
    types = {int: pa.int64(), float: pa.float64(), str: pa.string()}
    arrays = {}
    for place, name in enumerate(columns):
        cells = [row[place] for row in rows]
        if name in INPUT_COLUMNS:
            arrays[name] = pa.array(cells, pa.string())
        elif name == _LABEL:
            arrays[name] = pa.array(map(int, cells), pa.int8())
        else:
            parse = _find_number(cells)
            arrays[name] = pa.array([parse(cell) if cell else None for cell in cells], types[parse])
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def _find_number(cells: Sequence[str]) -> type[int | float | str]:
    """What all cells that are not empty are written as; text where none is."""
    written = [cell for cell in cells if cell]
    if written and all(map(_WHOLE.fullmatch, written)):
        return int
    return float if written and all(map(_DECIMAL.fullmatch, written)) else str
