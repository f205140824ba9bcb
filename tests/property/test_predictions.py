"""Whatever bytes a table is made of: rows for exactly the ids, or findings in printable text.

Ten thousand of them, each within 2 s and 200 MB.
"""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.errors import Defects, render_findings
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction, parse_predictions, render_predictions
from property.bounds import bounded_memory, bounded_time, without_litter

IDS = tuple(map(SequenceId, ("s0001", "s0002", "s0003")))
FIXTURES = Path(__file__).parents[1] / "data" / "predictions"
GOOD = (FIXTURES / "good.csv").read_bytes()
pieces = st.binary(max_size=8) | st.sampled_from(
    [b"\n", b"\r\n", b",", b'"', b"\0", b"\xff", b"nan", b"1e999", b"0x1", b"1_0", b"\xef\xbb\xbf", b"s0001", b" "]
)
finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(autouse=True, scope="module")
def _little_memory():
    with bounded_memory():
        yield


def judge(content):
    with bounded_time():
        table = parse_predictions(content, IDS)
    if isinstance(table, Defects):
        assert table.findings
        text = "\n".join(render_findings(table.findings))
        text.encode()
        assert text.replace("\n", "").isprintable()
        return None
    assert tuple(row.sequence_id for row in table) == IDS
    assert all(row.prediction in {0, 1} and math.isfinite(row.score) for row in table)
    return table


@given(st.binary(max_size=300))
@settings(max_examples=1700, deadline=None)
def test_bytes_of_any_kind_are_refused(content):
    assert judge(content) is None


@given(st.binary(max_size=200))
@settings(max_examples=1700, deadline=None)
def test_bytes_of_any_kind_below_a_good_header_are_refused(content):
    assert judge(b"sequence_id,prediction,score\n" + content) is None


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 8), pieces), min_size=1, max_size=3))
@settings(max_examples=4700, deadline=None)
def test_table_with_pieces_replaced_is_rows_or_defects(edits):
    content = GOOD
    for start, length, piece in edits:
        content = content[:start] + piece + content[start + length :]
    judge(content)


@given(st.permutations(range(4)), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_order_of_rows_makes_no_difference_and_the_header_stands_first(order, end, has_last_end):
    lines = GOOD.splitlines()
    content = end.join(lines[number] for number in order) + (end if has_last_end else b"")
    expected = judge(GOOD) if order[0] == 0 else None
    assert judge(content) == expected


@given(st.lists(st.tuples(st.integers(0, 1), finite), min_size=3, max_size=3))
@settings(max_examples=1700, deadline=None)
def test_canonical_table_reads_back_as_the_same_rows(drawn):
    rows = tuple(Prediction(i, label, score) for i, (label, score) in zip(IDS, drawn, strict=True))
    read = judge(render_predictions(rows))
    assert read == rows
    assert [math.copysign(1, row.score) for row in read] == [math.copysign(1, row.score) for row in rows]


@given(pieces.filter(bool), st.booleans())
@settings(max_examples=40, deadline=None)
def test_table_as_large_as_it_may_be_is_refused_within_its_bounds(piece, has_header):
    content = (b"sequence_id,prediction,score\n" if has_header else b"") + piece * ((16 << 20) // len(piece))
    assert judge(content) is None


@pytest.mark.bounded
def test_table_of_the_largest_set_is_read_within_its_bounds():
    ids = tuple(SequenceId(f"s{number:06d}") for number in range(141_474))
    content = render_predictions([Prediction(name, 1, 0.123456789012345) for name in ids])
    with without_litter(), bounded_time():
        table = parse_predictions(content, ids)
    assert isinstance(table, tuple)
    assert len(table) == len(ids)
