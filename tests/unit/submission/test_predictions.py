"""The predictions table: one small file per condition in tests/data/predictions, named by it."""

import time
from pathlib import Path

import pytest

from polyreact.errors import Defects
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import (
    MAX_FINDINGS,
    MAX_LINE_BYTES,
    Prediction,
    parse_predictions,
    render_predictions,
)

FOLDER = Path(__file__).parents[2] / "data" / "predictions"
IDS = tuple(map(SequenceId, ("s0001", "s0002", "s0003")))
HEADER = b"sequence_id,prediction,score\n"

NO_ROW = ("", "1 id has no row: s0002")
COLUMNS = "expected `sequence_id,prediction,score`"
QUOTE = "holds a quote; fields are written without quotes (in R, quote = FALSE)"
CONTROL = "holds a control character (NUL, or a carriage return inside the line)"
CLASSES = "expected 0 (specific) or 1 (polyreactive)"
FINITE = "expected a finite number"
NUMBER = "expected a number such as 0.25 or -1.5e-3"

REFUSED = {
    "bad-header": [("line 1", f'the header is "id,label,score"; {COLUMNS}')],
    "beyond-double": [("line 3", f'score is "1e400"; {FINITE}')],
    "blank-line": [("line 3", f"is empty; {COLUMNS}")],
    "bom": [("line 1", "begins with a byte-order mark; write plain UTF-8 (in pandas, not `utf-8-sig`)")],
    "carriage-return-inside-line": [("line 3", CONTROL), NO_ROW],
    "decimal-comma": [("line 3", f"has 4 fields; {COLUMNS}"), NO_ROW],
    "duplicate-id": [("line 5", 'id "s0002" was already given on line 3')],
    "empty": [("line 1", "the file is empty; expected the header and one row for every id")],
    "empty-score": [("line 3", f'score is ""; {FINITE}')],
    "escape-in-id": [("line 5", 'id "\\u001b[2Js" is not one of the ids in the input')],
    "every-defect-in-a-line": [
        ("line 3", 'id "s0009" is not one of the ids in the input'),
        ("line 3", f'prediction is "7"; {CLASSES}'),
        ("line 3", f'score is "none"; {FINITE}'),
        NO_ROW,
    ],
    "extra-column": [("line 3", f"has 4 fields; {COLUMNS}"), NO_ROW],
    "float-label": [("line 3", f'prediction is "1.0"; {CLASSES}')],
    "header-only": [("", "3 ids have no row: s0001, s0002, s0003")],
    "hex-number": [("line 3", f'score is "0x1p3"; {NUMBER}')],
    "infinity": [("line 3", f'score is "-Infinity"; {FINITE}')],
    "label-as-word": [("line 3", f'prediction is "true"; {CLASSES}')],
    "label-of-2": [("line 3", f'prediction is "2"; {CLASSES}')],
    "long-line": [("line 3", "is longer than 1024 bytes"), NO_ROW],
    "missing-column": [("line 3", f"has 2 fields; {COLUMNS}"), NO_ROW],
    "missing-id": [NO_ROW],
    "nan": [("line 3", f'score is "nan"; {FINITE}')],
    "newline-inside-field": [("line 3", QUOTE), ("line 4", QUOTE), NO_ROW],
    "no-header": [("line 1", f'the header is "s0001,0,-1.5"; {COLUMNS}')],
    "non-utf-8": [("line 3", "byte 0xff is not UTF-8"), NO_ROW],
    "nul": [("line 3", CONTROL), NO_ROW],
    "quoted-header": [("line 1", f'the header is ""sequence_id","prediction","score""; {COLUMNS} without quotes')],
    "quotes": [("line 3", QUOTE), NO_ROW],
    "semicolons": [("line 1", f'the header is "sequence_id;prediction;score"; {COLUMNS}')],
    "spaces": [("line 3", f'prediction is " 1"; {CLASSES}'), ("line 3", f'score is " 0.25"; {NUMBER}')],
    "underscore-number": [("line 3", f'score is "1_000"; {NUMBER}')],
    "unicode-digits": [("line 3", f'score is "\N{ARABIC-INDIC DIGIT THREE}"; {NUMBER}')],
    "unknown-id": [("line 5", 'id "s0004" is not one of the ids in the input')],
    "utf-16": [("line 1", "is UTF-16; write UTF-8")],
}
ACCEPTED = {
    "good": (-1.5, 0.25, 300.0),
    "crlf": (-1.5, 0.25, 300.0),
    "no-trailing-newline": (-1.5, 0.25, 300.0),
    "other-order": (-1.5, 0.25, 300.0),
    "unusual-numbers": (-0.5, 5.0, 0.0),
}


def parse(condition):
    return parse_predictions((FOLDER / f"{condition}.csv").read_bytes(), IDS)


def findings_of(content, ids=IDS):
    table = parse_predictions(content, ids)
    assert isinstance(table, Defects)
    return [(finding.where, finding.message) for finding in table.findings]


@pytest.mark.parametrize("condition", REFUSED)
def test_table_with_a_defect_is_refused_with_every_finding(condition):
    table = parse(condition)
    assert isinstance(table, Defects)
    assert [(finding.where, finding.message) for finding in table.findings] == REFUSED[condition]


@pytest.mark.parametrize("condition", ACCEPTED)
def test_table_that_ordinary_tools_write_is_taken_in_the_order_of_the_ids(condition):
    rows = zip(IDS, (0, 1, 1), ACCEPTED[condition], strict=True)
    assert parse(condition) == tuple(Prediction(*row) for row in rows)


def test_every_fixture_has_an_expectation():
    assert {path.stem for path in FOLDER.glob("*.csv")} == REFUSED.keys() | ACCEPTED.keys()


def test_line_at_the_limit_is_read_and_one_byte_more_refused():
    row = b"s0001,1,0." + b"2" * (MAX_LINE_BYTES - len(b"s0001,1,0."))
    for end in (b"\n", b"\r\n", b""):
        assert isinstance(parse_predictions(HEADER + row + end, IDS[:1]), tuple)
        assert findings_of(HEADER + row + b"2" + end, IDS[:1])[0] == ("line 2", "is longer than 1024 bytes")


def test_findings_stop_at_a_limit_and_say_so():
    told = findings_of(HEADER + b"x,0,0\n" * (MAX_FINDINGS + 500))
    assert len(told) == MAX_FINDINGS + 1
    assert told[-1] == ("", f"reading stopped after {MAX_FINDINGS} defects")


def test_missing_ids_are_counted_and_the_first_five_named():
    ids = tuple(SequenceId(f"s{number:04d}") for number in range(1, 201))
    assert findings_of(HEADER, ids) == [
        ("", "200 ids have no row: s0001, s0002, s0003, s0004, s0005, ..."),
    ]


@pytest.mark.parametrize("filler", [b"\n", b",", b'"', b"9", b"x,0,1\n", b"\r"], ids=repr)
def test_table_of_sixteen_mebibytes_of_rubbish_is_refused_quickly(filler):
    content = HEADER + filler * ((16 << 20) // len(filler))
    started = time.monotonic()
    assert findings_of(content)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "score", [0.1, 1 / 3, 5e-324, -0.0, 1.7976931348623157e308, 0.30000000000000004, 1e22, 123456789.12345679]
)
def test_canonical_table_reads_back_as_the_same_number(score):
    rows = (Prediction(IDS[0], 1, score),)
    read = parse_predictions(render_predictions(rows), IDS[:1])
    assert isinstance(read, tuple)
    assert (read[0].score.hex(), render_predictions(read)) == (score.hex(), render_predictions(rows))


def test_canonical_table_has_plain_line_ends():
    rows = parse("crlf")
    assert isinstance(rows, tuple)
    assert render_predictions(rows) == HEADER + b"s0001,0,-1.5\ns0002,1,0.25\ns0003,1,300.0\n"


@pytest.mark.parametrize(
    ("score", "is_refused"), [("-3", True), ("1.0000001", True), ("0", False), ("1", False), ("-0.0", False)]
)
def test_score_that_is_declared_a_probability_must_lie_in_0_to_1(score, is_refused):
    """Symptom: a check passed with scores of -10 to 10, and the Brier score was n/a. Cause: nobody looked.

    It mattered since the guide promises the refusal, and the author learnt of it on the board only.
    """
    content = HEADER + f"s0001,1,{score}\n".encode()
    assert isinstance(parse_predictions(content, IDS[:1]), tuple)
    table = parse_predictions(content, IDS[:1], score_is_probability=True)
    assert isinstance(table, Defects) == is_refused
    if is_refused:
        (finding,) = table.findings
        assert finding.message == f'score is "{score}"; it is declared a probability, so expected 0 to 1'
