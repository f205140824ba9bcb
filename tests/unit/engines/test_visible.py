"""Text of others that is shown; `visible` stands below the engines, which are the first to need it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.visible import visible, visible_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, ünïcode 抗体", "plain text, ünïcode 抗体"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\tb\nc\x00\x7f\x85\xa0", "a\\x09b\\x0ac\\x00\\x7f\\x85\\xa0"),
        ("\u2028\u200b\ufeff\udc80", "\\u2028\\u200b\\ufeff\\udc80"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_visible_what_cannot_be_seen_becomes_its_number(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(st.text())
def test_visible_any_text_is_one_printable_line(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)


@given(st.text())
def test_visible_lines_any_text_keeps_its_lines(text: str) -> None:
    shown = visible_lines(text)
    assert shown.count("\n") == text.count("\n")
    assert all(line.isprintable() for line in shown.split("\n"))


def test_visible_lines_carriage_returns_before_a_line_end_are_part_of_it() -> None:
    assert visible_lines("context  2 kB\r\r\nStep 1\r") == "context  2 kB\nStep 1\\x0d"
