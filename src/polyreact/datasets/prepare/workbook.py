"""Excel sheets as checked rows: a sheet, column or cell that is not as known stops the preparation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook

from polyreact.errors import Finding, UnexpectedContent
from polyreact.sequences import find_nonstandard

_SHOWN_CHARACTERS = 40


class NotAsExpected(Exception):
    """A cell is not what its column holds; the text names what was expected."""


#: Turns a cell into its value or raises NotAsExpected.
ParseCell = Callable[[object], str | float]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A data row: its number as Excel shows it, and its parsed cells by column name."""

    number: int
    cells: Mapping[str, str | float]

    def text(self, column: str) -> str:
        """The cell of a text column."""
        return str(self.cells[column])

    def value(self, column: str) -> float:
        """The cell of a number column."""
        return float(self.cells[column])


@dataclass(frozen=True, slots=True)
class Sheet:
    """The data rows of a sheet, and how many footnotes stood below them."""

    file: str
    name: str
    rows: tuple[SheetRow, ...]
    footnotes: int


def parse_text(cell: object) -> str:
    """Text that is not empty, and no formula."""
    if isinstance(cell, str) and cell and cell == cell.strip() and not cell.startswith("="):
        return cell
    raise NotAsExpected("text without spaces around it")


def parse_number(cell: object) -> float:
    """A finite number stored as one."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return float(cell)
    raise NotAsExpected("a number")


def parse_sequence(cell: object) -> str:
    """A sequence of the twenty standard amino acids, upper case."""
    wrong = find_nonstandard(cell) if isinstance(cell, str) else ""
    if isinstance(cell, str) and cell and not wrong:
        return cell
    without = f" without {', '.join(map(repr, wrong))}" if wrong else ""
    raise NotAsExpected(f"a sequence of standard amino acids in upper case{without}")


def read_sheet(path: Path, sheet: str, columns: Mapping[str, ParseCell]) -> Sheet:
    """The rows of `sheet` with the named columns parsed; the first column named is the key of a row.

    The heading is row 1. A formula is read as its text, which no column expects, and never as the value that
    a program once kept of it. A row without any content is no row. A footnote is a row in which only the first
    cell of the sheet has content; footnotes stand below the last data row, so that a data row which lost
    its cells is not taken for one. Keys stand once, however they are written in upper and lower case. Raises
    UnexpectedContent with every defect.
    """
    grid = _read_grid(path, sheet)
    places = _find_columns(path, sheet, grid[0] if grid else (), columns)
    findings: list[Finding] = []
    rows: list[SheetRow] = []
    footnotes: list[int] = []
    for number, cells in enumerate(grid[1:], start=2):
        filled = [index for index, cell in enumerate(cells) if cell is not None]
        if not filled:
            continue
        if filled == [0]:
            footnotes.append(number)
            continue
        rows.append(SheetRow(number, _parse_row(number, cells, places, columns, findings)))
    findings += [
        Finding(f"row {number}", "expected a data row, found text in the first cell only")
        for number in footnotes
        if rows and number < rows[-1].number
    ]
    findings += _find_repeated_keys(rows, next(iter(columns)))
    if findings:
        raise _unexpected(path, sheet, findings)
    return Sheet(path.name, sheet, tuple(rows), len(footnotes))


def _read_grid(path: Path, sheet: str) -> list[tuple[object, ...]]:
    with path.open("rb") as file:
        try:
            workbook = load_workbook(file, read_only=True)
            names = workbook.sheetnames
            grid: list[tuple[object, ...]] = []
            if sheet in names:
                workbook[sheet].reset_dimensions()  # what the file says of its size may hide its last rows
                grid = [tuple(cells) for cells in workbook[sheet].iter_rows(values_only=True)]
        except Exception as error:  # openpyxl raises whatever its zip or XML parser met
            file.seek(0)
            raise UnexpectedContent(
                f"{path.name} cannot be read as an Excel workbook ({type(error).__name__})",
                findings=[Finding("content", f"expected .xlsx, found a file that begins with {file.read(24)!r}")],
                consequence="Nothing was prepared.",
            ) from error
    if sheet not in names:
        raise _unexpected(path, sheet, [Finding("sheet", f"expected `{sheet}`, found {', '.join(names)}")])
    return grid


def _find_columns(
    path: Path, sheet: str, heading: Sequence[object], columns: Mapping[str, ParseCell]
) -> dict[str, int]:
    findings = [
        Finding("row 1", f"expected one column `{column}`, found {heading.count(column)}")
        for column in columns
        if heading.count(column) != 1
    ]
    if findings:
        raise _unexpected(path, sheet, findings)
    return {column: heading.index(column) for column in columns}


def _parse_row(
    number: int,
    cells: Sequence[object],
    places: Mapping[str, int],
    columns: Mapping[str, ParseCell],
    findings: list[Finding],
) -> dict[str, str | float]:
    parsed: dict[str, str | float] = {}
    for column, place in places.items():
        cell = cells[place] if place < len(cells) else None
        try:
            parsed[column] = columns[column](cell)
        except NotAsExpected as error:
            findings.append(Finding(f"row {number}", f"column `{column}`: expected {error}, found {_show(cell)}"))
    return parsed


def _find_repeated_keys(rows: Sequence[SheetRow], key: str) -> list[Finding]:
    first: dict[str, int] = {}
    findings = []
    for row in rows:
        if key not in row.cells:  # it is told already that this is none
            continue
        before = first.setdefault(row.text(key).casefold(), row.number)
        if before != row.number:
            findings.append(
                Finding(f"row {row.number}", f"column `{key}`: `{row.text(key)}` already stands in row {before}")
            )
    return findings


def _show(cell: object) -> str:
    if cell is None:
        return "nothing"
    shown = repr(cell)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."


def _unexpected(path: Path, sheet: str, findings: list[Finding]) -> UnexpectedContent:
    return UnexpectedContent(
        f"{path.name}, sheet `{sheet}`, is not as its preparation knows it",
        findings=findings,
        consequence="Nothing was prepared.",
        cure="Fetch the file again; if it is the published one, its preparation needs a new revision.",
    )
