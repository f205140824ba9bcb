"""The predictions table, read under strict limits as untrusted data: every defect, or a table.

The format is deliberately smaller than CSV: no quoting, no escapes, three fields a line. Whatever a submission
writes is refused or taken as it stands; nothing is repaired. CRLF line ends and a missing last newline pass,
since they are how ordinary tools on other systems write the same table.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from polyreact.errors import Defects, Finding
from polyreact.sequences import SequenceId
from polyreact.submission.contract import OUTPUT_HEADER

MAX_LINE_BYTES = 1024
#: After this many defects reading stops, with a finding that says so.
MAX_FINDINGS = 1000
#: The clock is looked at once in so many lines.
_LINES_A_LOOK = 4096

_SCORE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity|na|n/a|null|none)?", re.IGNORECASE)
_SHOWN_IDS = 5
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Prediction:
    """One row: 1 is polyreactive; a higher score is more polyreactive."""

    sequence_id: SequenceId
    prediction: int
    score: float


def parse_predictions(
    content: bytes,
    expected_ids: Collection[SequenceId],
    *,
    score_is_probability: bool = False,
    time_limit_s: float = math.inf,
) -> tuple[Prediction, ...] | Defects:
    """The rows in the order of `expected_ids`, or every defect.

    With `score_is_probability` a score outside 0 to 1 is a defect, since the submission declares that there is
    none. Time is linear in `content`, whose size the caller has bounded, and memory in the number of ids: no more
    rows are kept than there are ids, no line is longer than MAX_LINE_BYTES, and at most MAX_FINDINGS defects are
    returned. Raises TimeoutError when `time_limit_s` is over, and never another exception.
    """
    reader = _Reader(
        frozenset(expected_ids),
        score_is_probability=score_is_probability,
        deadline=time.monotonic() + time_limit_s,
    )
    findings = list(_first_n(reader.read(content), MAX_FINDINGS))
    if reader.has_header and len(findings) <= MAX_FINDINGS:
        findings += _missing_rows(expected_ids, reader.given)
    if findings:
        return Defects(tuple(findings))
    return tuple(reader.rows[sequence_id] for sequence_id in expected_ids)


def render_predictions(rows: Sequence[Prediction]) -> bytes:
    """The canonical table: given order, LF, scores in the shortest form that reads back as the same number."""
    lines = [",".join(OUTPUT_HEADER)]
    lines += [f"{row.sequence_id},{row.prediction},{row.score!r}" for row in rows]
    return ("\n".join(lines) + "\n").encode()


class _Reader:
    """Reads line by line and keeps the good rows."""

    def __init__(self, expected_ids: frozenset[SequenceId], *, score_is_probability: bool, deadline: float) -> None:
        self.rows: dict[SequenceId, Prediction] = {}
        self._expected = expected_ids
        self._score_is_probability = score_is_probability
        self._deadline = deadline
        self._first_line: dict[str, int] = {}
        self.has_header = False

    @property
    def given(self) -> Collection[str]:
        """The ids that have a row, good or bad."""
        return self._first_line.keys()

    def read(self, content: bytes) -> Iterator[Finding]:
        if not content:
            yield Finding("line 1", "the file is empty; expected the header and one row for every id")
            return
        if content.startswith(b"\xef\xbb\xbf"):
            yield Finding("line 1", "begins with a byte-order mark; write plain UTF-8 (in pandas, not `utf-8-sig`)")
            return
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            yield Finding("line 1", "is UTF-16; write UTF-8")
            return
        header_problem = _find_header_problem(next(_lines(content)))
        if header_problem is not None:
            yield Finding("line 1", header_problem)
            return  # without its header nothing is known of the rest
        self.has_header = True
        for number, line in enumerate(_lines(content), start=1):
            if number == 1:
                continue
            if number % _LINES_A_LOOK == 0 and time.monotonic() > self._deadline:
                raise TimeoutError
            problem = _find_unreadable(line)
            if problem is not None:
                yield Finding(f"line {number}", problem)
            else:
                yield from self._read_row(number, line.decode())

    def _read_row(self, number: int, text: str) -> Iterator[Finding]:
        where = f"line {number}"
        if '"' in text:
            yield Finding(where, "holds a quote; fields are written without quotes (in R, quote = FALSE)")
            return
        fields = text.split(",")
        if len(fields) != len(OUTPUT_HEADER):
            what = "is empty" if not text else f"has {len(fields)} fields"
            yield Finding(where, f"{what}; expected `sequence_id,prediction,score`")
            return
        name, prediction, score = fields
        problems = [
            *self._check_id(number, name),
            *_check_prediction(prediction),
            *_check_score(score, is_probability=self._score_is_probability),
        ]
        if problems:
            for problem in problems:
                yield Finding(where, problem)
            return
        sequence_id = SequenceId(name)
        self.rows[sequence_id] = Prediction(sequence_id, int(prediction), float(score))

    def _check_id(self, number: int, name: str) -> Iterator[str]:
        if name in self._first_line:
            yield f"id {_shown(name)} was already given on line {self._first_line[name]}"
        elif name not in self._expected:
            yield f"id {_shown(name)} is not one of the ids in the input"
        else:
            self._first_line[name] = number


def _check_prediction(text: str) -> Iterator[str]:
    if text not in {"0", "1"}:
        yield f"prediction is {_shown(text)}; expected 0 (specific) or 1 (polyreactive)"


def _check_score(text: str, *, is_probability: bool) -> Iterator[str]:
    if _SCORE.fullmatch(text) is None or not math.isfinite(float(text)):
        finite = _NOT_FINITE.fullmatch(text) or _SCORE.fullmatch(text)
        expected = "a finite number" if finite else "a number such as 0.25 or -1.5e-3"
        yield f"score is {_shown(text)}; expected {expected}"
    elif is_probability and not 0 <= float(text) <= 1:
        yield f"score is {_shown(text)}; it is declared a probability, so expected 0 to 1"


def _missing_rows(expected: Collection[SequenceId], given: Collection[str]) -> Iterator[Finding]:
    missing = [sequence_id for sequence_id in expected if sequence_id not in given]
    if missing:
        shown = ", ".join(map(_printable, missing[:_SHOWN_IDS])) + (", ..." if len(missing) > _SHOWN_IDS else "")
        have = "id has" if len(missing) == 1 else "ids have"
        yield Finding("", f"{len(missing)} {have} no row: {shown}")


def _lines(content: bytes) -> Iterator[bytes]:
    """The lines without their ends; a line is cut just above the limit, so that no copy is large."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start : min(end, start + MAX_LINE_BYTES + 2)].removesuffix(b"\r")
        start = end + 1


def _find_unreadable(line: bytes) -> str | None:
    if len(line) > MAX_LINE_BYTES:
        return f"is longer than {MAX_LINE_BYTES} bytes"
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"byte 0x{line[error.start]:02x} is not UTF-8"
    if b"\0" in line or b"\r" in line:
        return "holds a control character (NUL, or a carriage return inside the line)"
    return None


def _find_header_problem(line: bytes) -> str | None:
    problem = _find_unreadable(line)
    expected = ",".join(OUTPUT_HEADER)
    if problem is not None or line.decode() == expected:
        return problem
    quotes = " without quotes" if b'"' in line else ""
    return f"the header is {_shown(line.decode())}; expected `{expected}`{quotes}"


def _shown(text: str) -> str:
    """Untrusted text for a message: printable, short, in quotes."""
    return f'"{_printable(text)}"'


def _printable(text: str) -> str:
    clean = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: _SHOWN_CHARACTERS + 1])
    return f"{clean[:_SHOWN_CHARACTERS]}..." if len(text) > _SHOWN_CHARACTERS else clean


def _first_n(findings: Iterator[Finding], limit: int) -> Iterator[Finding]:
    for count, finding in enumerate(findings, start=1):
        yield finding
        if count == limit:
            yield Finding("", f"reading stopped after {limit} defects")
            return
