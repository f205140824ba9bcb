"""Manifest text made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.leaderboard.text import Link, clean, cut, find_link, format_number, format_value
from polyreact.metrics.interface import MetricValue


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("two\nlines\tand \u2028 more\u00a0space", "two lines and more space"),
        ("a\u202egnp.exe", "a\ufffdgnp.exe"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul\ufffd bell\ufffd esc\ufffd[31m"),
        ("zero\u200bwidth", "zero\ufffdwidth"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\U0001f9ec antibody", "\U0001f9ec antibody"),
        ("join\u200ded", "joined"),
        ("a" + "\u0301" * 50, "a\u0301\u0301\u0301"),
    ],
)
def test_clean(text, shown):
    assert clean(text) == shown


def test_clean_long_text_is_cut_visibly():
    assert clean("x" * 10_000, 80) == "x" * 79 + "\u2026"
    assert clean(" " * 10_000 + "x", 80) == "\u2026"
    assert cut("x" * 80, 80) == "x" * 80


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_clean_any_text_is_short_printable_and_stable(text, limit):
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert all(c.isprintable() for c in shown)
    assert clean(shown, limit) == shown
    shown.encode()


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://doi.org/10.1000/a(b)", Link("https://doi.org/10.1000/a%28b%29", "doi.org")),
        ("https://Example.ORG/x?y=1#z", Link("https://Example.ORG/x?y=1#z", "example.org")),
        ('https://a.org/"><script>|`[x]', Link("https://a.org/%22%3E%3Cscript%3E%7C%60%5Bx%5D", "a.org")),
    ],
)
def test_find_link_https_is_encoded(url, link):
    assert find_link(url) == link


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://a.org",
        "javascript:alert(1)",
        "JavaScript:alert(1)//https://a.org",
        "data:text/html,x",
        "//a.org",
        "https://",
        "https://localhost/x",
        "https://user:secret@a.org",
        "https://a.org@evil.org",
        "https://a.org\n.evil.org",
        "https://\u0430.org",
        "https://[::1",
        "https://a.org/" + "x" * 500,
    ],
)
def test_find_link_anything_else_is_none(url):
    assert find_link(url) is None


@pytest.mark.parametrize(
    ("value", "text"), [(0.68366, "0.684"), (1.0, "1.000"), (-0.0004, "0.000"), (-0.0006, "-0.001"), (0, "0.000")]
)
def test_format_number(value, text):
    assert format_number(value) == text


def test_format_value_without_value_is_words():
    assert format_value(MetricValue(None, "why")) == "n/a"
    assert format_value(None) == "n/a"
