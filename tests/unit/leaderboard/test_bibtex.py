"""BibTeX of what strangers wrote: one entry whatever they write, whose braces match."""

import re

import pytest

from polyreact.leaderboard.bibtex import escape_bibtex, render_bibtex
from unit.leaderboard.test_formats import HOSTILE

NASTY = HOSTILE | {
    "closes the entry": "x}} @misc{forged, title = {y}",
    "command": r"\input{/etc/passwd} \write18{rm}",
    "comment": '50 % & $x$ #1 a_b ~ ^ " | < >',
    "open brace": "{{{",
}


def depth(text):
    """How deep braces stand after each character, as BibTeX counts: whatever stands before them."""
    level = 0
    for character in text:
        level += {"{": 1, "}": -1}.get(character, 0)
        yield level


@pytest.mark.parametrize("defect", NASTY)
def test_whatever_is_written_is_one_entry_with_matching_braces(defect):
    entry = render_bibtex("polyreact:lab-model", [("title", NASTY[defect])], (NASTY[defect], "A. Author"))
    levels = list(depth(entry))
    assert levels[-1] == 0
    assert min(levels[entry.index("{") : -2]) >= 1
    assert len(re.findall(r"^@misc\{", entry, re.MULTILINE)) == 1
    assert entry.count("\n") == 4


def test_characters_with_a_meaning_are_written_so_that_they_are_printed():
    assert (
        escape_bibtex("50 % & a_b {x} \\y") == r"50 \% \& a\_b \textbraceleft{}x\textbraceright{} \textbackslash{}y"
    )


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ("R. Okafor", "R. Okafor"),
        ("Björn Müller-Lüdenscheidt", "Björn Müller-Lüdenscheidt"),
        ("Rock and Roll Lab", "{Rock and Roll Lab}"),
        ("Okafor, R.", "{Okafor, R.}"),
        ("Smith and others", "{Smith and others}"),
        ("Lab 7", "{Lab 7}"),
        ("Alexandra Andersson", "Alexandra Andersson"),
    ],
)
def test_author_that_bibtex_would_take_apart_is_kept_in_one_piece(author, written):
    assert f"  author = {{{written} and A. Author}}," in render_bibtex(
        "k", [("year", "2026")], (author, "A. Author")
    )
