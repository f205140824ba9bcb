"""Scoring a predictions file against labels that the user brings: no engine, no dataset, nothing kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from polyreact.errors import Defects, Finding, InvalidPredictions, InvalidTable
from polyreact.evaluation.measure import Measurement, Truth, measure_predictions
from polyreact.files import read_bounded
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction, parse_predictions

LABELS_HEADER = ["sequence_id", "label"]
_LIMIT_BYTES = 1 << 30


def score_files(predictions: Path, labels: Path, *, score_is_probability: bool) -> Measurement:
    """All metrics, with intervals, of a predictions file against a labels file (`sequence_id,label`; label 0 or 1).

    Raises UnreadableArgument for a file that is none or has more than a GiB; InvalidTable for the labels and
    InvalidPredictions for the predictions, each with every defect.
    """
    return score_contents(
        read_bounded(predictions, _LIMIT_BYTES),
        read_bounded(labels, _LIMIT_BYTES),
        str(predictions),
        str(labels),
        score_is_probability=score_is_probability,
    )


def score_contents(
    predictions: bytes, labels: bytes, predictions_name: str, labels_name: str, *, score_is_probability: bool
) -> Measurement:
    """The same of files that were read already; the names are what messages call them.

    Raises InvalidTable and InvalidPredictions.
    """
    truth = parse_labels(labels, labels_name)
    table = parse_table(predictions, truth, predictions_name, score_is_probability=score_is_probability)
    return measure_predictions(table, Truth(truth), score_is_probability=score_is_probability)


def parse_table(
    content: bytes, expected_ids: Iterable[SequenceId], name: str, *, score_is_probability: bool
) -> tuple[Prediction, ...]:
    """A user's own predictions, with a row for each of the ids. Raises InvalidPredictions with every defect."""
    table = parse_predictions(content, tuple(expected_ids), score_is_probability=score_is_probability)
    if isinstance(table, Defects):
        raise InvalidPredictions(
            f"{name} does not meet the contract.", findings=table.findings, consequence="Nothing was scored."
        )
    return table


def parse_labels(content: bytes, source: str) -> dict[SequenceId, int]:
    """The labels by id, in the order of the file. Raises InvalidTable with every defect."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _invalid(source, (Finding("", f"cannot be read as CSV: {error}"),)) from error
    findings = tuple(_find_defects(rows))
    if findings:
        raise _invalid(source, findings)
    return {SequenceId(sequence_id): int(label) for sequence_id, label in rows[1:]}


def _find_defects(rows: list[list[str]]) -> Iterator[Finding]:
    if not rows or rows[0] != LABELS_HEADER:
        found = ",".join(rows[0]) if rows else ""
        yield Finding("line 1", f"the header is {found!r}; expected {','.join(LABELS_HEADER)!r}")
        return
    if len(rows) == 1:
        yield Finding("line 2", "there is no row; expected at least one label")
    first_lines: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(LABELS_HEADER):
            yield Finding(f"line {number}", f"has {len(row)} fields; expected 2")
            continue
        sequence_id, label = row
        if sequence_id in first_lines:
            yield Finding(
                f"line {number}", f"id {sequence_id!r} was already given on line {first_lines[sequence_id]}"
            )
        first_lines.setdefault(sequence_id, number)
        if label not in {"0", "1"}:
            yield Finding(f"line {number}", f"label is {label!r}; expected 0 (specific) or 1 (polyreactive)")


def _invalid(source: str, findings: tuple[Finding, ...]) -> InvalidTable:
    return InvalidTable(f"{source} is not a table of labels.", findings=findings, consequence="Nothing was scored.")
