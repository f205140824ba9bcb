"""A lab's own table of antibodies, as CSV: read as it is, or refused with every defect; never repaired.

The file is UTF-8 (a byte order mark at its beginning is passed over), separated by commas, with a heading. Blank
lines are allowed at its end only. Each antibody, that is each pair of sequences, stands in one row: a lab that
measured one twice decides itself what its value is.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, PreparedRow
from polyreact.datasets.prepare.private import ASSAY_COLUMN
from polyreact.errors import Finding, InvalidTable
from polyreact.numbering import Domain, number_domains
from polyreact.sequences import find_nonstandard

#: A variable domain has 95 to 145 residues; whole chains and fragments stay outside.
RESIDUES = range(80, 201)
#: With fewer of a class, a few scores tell the labels themselves.
MIN_PER_CLASS = 5
_LIGHT_BY_DEFAULT = "light_sequence"
_LABELS = {"0": SPECIFIC, "1": POLYREACTIVE}
#: A decimal point, an exponent; none of the thousands separators and underscores that float() would take.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOM = b"\xef\xbb\xbf"
_SHOWN_CHARACTERS = 40
_FOREIGN = (
    (b"PK\x03\x04", "is an Excel workbook or another archive; save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook; save the sheet as CSV UTF-8"),
    (b"\xff\xfe", "is UTF-16; save it as CSV UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as CSV UTF-8"),
    (b"<", "looks like a web page; expected CSV"),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """How an assay value becomes a label: polyreactive strictly beyond `threshold`; a value on it is specific."""

    column: str
    threshold: float
    higher_is_polyreactive: bool = True

    @property
    def rule(self) -> str:
        """In words."""
        side = "above" if self.higher_is_polyreactive else "below"
        return f"{self.column} {side} {str(self.threshold).removesuffix('.0')}"

    def label(self, value: float) -> int:
        """0 or 1."""
        beyond = value > self.threshold if self.higher_is_polyreactive else value < self.threshold
        return POLYREACTIVE if beyond else SPECIFIC


@dataclass(frozen=True, slots=True)
class LabColumns:
    """Which columns of the table are what; `light` and `name` may be absent. `truth` is a label's column or a cut.

    Where `light` is None, a column `light_sequence` is taken if there is one.
    """

    sequence: str
    truth: str | Cut
    light: str | None = None
    name: str | None = None

    @property
    def truth_column(self) -> str:
        """The column of the labels, or of the values that are cut."""
        return self.truth.column if isinstance(self.truth, Cut) else self.truth


@dataclass(frozen=True, slots=True)
class LabTable:
    """The antibodies of a table in the order of its rows, the columns that were not used, and what looks odd."""

    rows: tuple[PreparedRow, ...]
    unused_columns: tuple[str, ...]
    doubts: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the table: the line that it begins on, and its cells by column."""

    number: int
    cells: dict[str, str]


def parse_lab_table(content: bytes, columns: LabColumns, source: str) -> LabTable:
    """The antibodies of a lab's CSV. Raises InvalidTable with every defect, by line and column.

    `source` names the file in the message. An antibody without a name of its own is called by its line.
    """
    heading, records = _read(content, source)
    light = columns.light or (_LIGHT_BY_DEFAULT if _LIGHT_BY_DEFAULT in heading else None)
    used = [name for name in (columns.sequence, light, columns.truth_column, columns.name) if name is not None]
    findings = [*_find_heading_defects(heading, used)]
    if findings:
        raise _invalid(source, findings)
    lines, findings = _match(heading, records)
    findings += _find_cell_defects(lines, columns, light)
    findings += _find_repetitions(lines, columns, light)
    if all(_judge_truth(line, columns) is None for line in lines):
        findings += _find_class_defects(lines, columns)
    doubts: list[Finding] = []
    if not findings:
        findings, doubts = _judge_domains(lines, columns.sequence, light)
    if findings:
        raise _invalid(source, sorted(findings, key=_line_order))
    rows = tuple(_build_row(line, columns, light) for line in lines)
    return LabTable(rows, tuple(name for name in heading if name not in used), tuple(doubts))


def _read(content: bytes, source: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The heading, and each record with the line that it begins on; blank lines at the end are left out."""
    text = _decode(content, source)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for record in reader:
            records.append((begins, record))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _invalid(source, [Finding(f"line {reader.line_num}", f"cannot be read as CSV: {error}")]) from error
    while records and not records[-1][1]:
        records.pop()
    if not records:
        raise _invalid(source, [Finding("line 1", "the file is empty; expected a heading and a row per antibody")])
    heading = records.pop(0)[1]
    if not records:
        raise _invalid(source, [Finding("line 2", "there is no row; expected one per antibody")])
    return heading, records


def _decode(content: bytes, source: str) -> str:
    beginning = content.removeprefix(_BOM).lstrip()[:8]
    for mark, problem in _FOREIGN:
        if content.startswith(mark) or beginning.startswith(mark):
            raise _invalid(source, [Finding("", problem)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"byte 0x{content[error.start]:02x} is not UTF-8; save the table as CSV UTF-8"
        raise _invalid(source, [Finding(f"line {line}", problem)]) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _invalid(source, [Finding(f"line {line}", "holds a NUL character; expected text")])
    return text


def _find_heading_defects(heading: Sequence[str], used: Sequence[str]) -> Iterator[Finding]:
    for name, times in Counter(heading).items():
        if name and times > 1:
            yield Finding("line 1", f"the column `{name}` stands {times} times; expected each once")
    for name, times in Counter(used).items():
        if times > 1:
            yield Finding("line 1", f"the column `{name}` was given for {times} things; expected a column for each")
    for name in dict.fromkeys(used):
        if name not in heading:
            near = difflib.get_close_matches(name.lower(), [found.lower() for found in heading], n=1)
            meant = [found for found in heading if near and found.lower() == near[0]]
            hint = f"; did you mean `{meant[0]}`?" if meant else ""
            yield Finding("line 1", f"there is no column `{name}`; found {_listed(heading)}{hint}")
    if len(heading) == 1 and re.search(r"[;\t]", heading[0]):
        yield Finding("line 1", "the columns are separated by `;` or tabs; expected commas")


def _match(heading: Sequence[str], records: Sequence[tuple[int, list[str]]]) -> tuple[list[_Line], list[Finding]]:
    """Each record under the heading; those with too few or too many cells are findings."""
    lines, findings = [], []
    for number, record in records:
        if not record:
            findings.append(Finding(f"line {number}", "is blank; expected an antibody, or the end of the file"))
        elif len(record) != len(heading):
            problem = f"has {len(record)} cells; expected {len(heading)}, as in the heading"
            findings.append(Finding(f"line {number}", problem))
        else:
            lines.append(_Line(number, dict(zip(heading, record, strict=True))))
    return lines, findings


def _find_cell_defects(lines: Sequence[_Line], columns: LabColumns, light: str | None) -> Iterator[Finding]:
    for line in lines:
        yield from _about(line, columns.sequence, _judge_sequence(line.cells[columns.sequence]))
        if light is not None and line.cells[light]:  # a nanobody has none
            yield from _about(line, light, _judge_sequence(line.cells[light]))
        yield from _about(line, columns.truth_column, _judge_truth(line, columns))
        if columns.name is not None:
            name = line.cells[columns.name]
            if not name.strip() or not name.isprintable():
                yield from _about(line, columns.name, f"is {_quoted(name)}; expected a printable name on one line")


def _judge_sequence(sequence: str) -> str | None:
    if not sequence.strip():
        return "is empty; expected amino acids in one-letter code"
    foreign = find_nonstandard(sequence)
    if foreign:
        places = ", ".join(f"{_quoted(c)} at {sequence.index(c) + 1}" for c in foreign[:5])
        return f"holds {places}; expected the 20 standard amino acids, upper case, without gaps, stops, spaces or X"
    if len(sequence) not in RESIDUES:
        return f"has {len(sequence)} residues; expected a variable domain of {RESIDUES[0]} to {RESIDUES[-1]}"
    return None


def _judge_truth(line: _Line, columns: LabColumns) -> str | None:
    if isinstance(columns.truth, Cut):
        return _judge_value(line.cells[columns.truth.column])
    label = line.cells[columns.truth]
    return None if label in _LABELS else f"is {_quoted(label)}; expected 0 (specific) or 1 (polyreactive)"


def _judge_value(value: str) -> str | None:
    if _NUMBER.fullmatch(value) and math.isfinite(float(value)):
        return None
    return f"is {_quoted(value)}; expected a finite number with a decimal point"


def _find_repetitions(lines: Sequence[_Line], columns: LabColumns, light: str | None) -> Iterator[Finding]:
    """The same antibody or the same name in two rows."""
    antibodies: dict[tuple[str, str], _Line] = {}
    names: dict[str, int] = {}
    truth = columns.truth_column
    for line in lines:
        pair = line.cells[columns.sequence], line.cells[light] if light is not None else ""
        first = antibodies.setdefault(pair, line)
        if first is not line and pair[0]:
            if first.cells[truth] == line.cells[truth]:
                problem = f"is the antibody of line {first.number} again; expected each once"
            else:
                before, now = _quoted(first.cells[truth]), _quoted(line.cells[truth])
                problem = (
                    f"is the antibody of line {first.number} with another `{truth}` ({before} there, {now} here); "
                    "expected one row"
                )
            yield from _about(line, columns.sequence, problem)
        if columns.name is not None and line.cells[columns.name]:
            name = line.cells[columns.name]
            earlier = names.setdefault(name, line.number)
            if earlier != line.number:
                yield from _about(line, columns.name, f"{_quoted(name)} was already given on line {earlier}")


def _find_class_defects(lines: Sequence[_Line], columns: LabColumns) -> Iterator[Finding]:
    counts = Counter(_label(line, columns) for line in lines)
    for label, kind in ((SPECIFIC, "specific"), (POLYREACTIVE, "polyreactive")):
        if counts[label] < MIN_PER_CLASS:
            problem = (
                f"{counts[label]} of {len(lines)} antibodies are {kind}; expected at least {MIN_PER_CLASS} of each"
            )
            yield Finding("all lines", f"column `{columns.truth_column}`: {problem}")


def _judge_domains(lines: Sequence[_Line], heavy: str, light: str | None) -> tuple[list[Finding], list[Finding]]:
    """Chains that stand in the other's column are defects; what cannot be numbered is only told."""
    findings, doubts = [], []
    for column, is_heavy in ((heavy, True), (light, False)):
        if column is None:
            continue
        given = [line for line in lines if line.cells[column]]
        for line, domain in zip(given, number_domains(line.cells[column] for line in given), strict=True):
            if not isinstance(domain, Domain) or not all(domain.cdrs):  # a few residues of anything can be aligned
                doubts += _about(line, column, "cannot be numbered as an antibody variable domain")
            elif domain.chain.is_heavy != is_heavy:
                kinds = ("a light chain", "VH or VHH") if is_heavy else ("a heavy chain", "VL")
                findings += _about(line, column, f"is {kinds[0]}; expected a {kinds[1]}")
    return findings, doubts


def _build_row(line: _Line, columns: LabColumns, light: str | None) -> PreparedRow:
    cells = line.cells
    return PreparedRow(
        sequence=cells[columns.sequence],
        light_sequence=cells[light] if light is not None else "",
        label=_label(line, columns),
        name=f"line {line.number}" if columns.name is None else cells[columns.name],
        annotations=((ASSAY_COLUMN, cells[columns.truth.column]),) if isinstance(columns.truth, Cut) else (),
    )


def _label(line: _Line, columns: LabColumns) -> int:
    if isinstance(columns.truth, Cut):
        return columns.truth.label(float(line.cells[columns.truth.column]))
    return _LABELS[line.cells[columns.truth]]


def _about(line: _Line, column: str, problem: str | None) -> list[Finding]:
    return [Finding(f"line {line.number}", f"column `{column}` {problem}")] if problem else []


def _line_order(finding: Finding) -> int:
    number = finding.where.removeprefix("line ")
    return int(number) if number.isdecimal() else 0


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}...")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name[:_SHOWN_CHARACTERS]}`" for name in names[:20]) + (", ..." if len(names) > 20 else "")  # noqa: PLR2004


def _invalid(source: str, findings: Sequence[Finding]) -> InvalidTable:
    return InvalidTable(
        f"{source} is no table of antibodies and their labels that can be used as it is.",
        findings=findings,
        consequence="Nothing was written.",
        cure="Mend the table and run the same command again. What it must hold: docs/how-to/run-a-private-track.md",
    )
