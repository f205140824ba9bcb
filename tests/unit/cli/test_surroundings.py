"""Tables on a terminal."""

import io
import re
import sys

import pytest

from polyreact.cli.surroundings import print_table

NAME = "harvey-validation-test"
COLUMNS = ["dataset", "specific", "polyreactive", "state", "what it is"]
ROW = [NAME, "18848", "20772", "as catalogued", "validation.csv and test.csv of a set of synthetic nanobodies"]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def print_on(monkeypatch):
    def print_on(columns_of_screen: int) -> list[str]:
        screen = Screen()
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setenv("COLUMNS", str(columns_of_screen))
        monkeypatch.setenv("TERM", "xterm")
        print_table(COLUMNS, [ROW], right=COLUMNS[1:3])
        return re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()

    return print_on


def test_table_is_wrapped_to_the_screen_and_keeps_its_names(print_on):
    """Symptom: `harvey-validat` / `ion-test` on 80 columns, and `identic` / `al`: every column gave way alike."""
    lines = print_on(80)
    assert max(map(len, lines)) <= 80
    assert sum(NAME in line for line in lines) == 1
    assert sum("polyreactive" in line for line in lines) == 1


def test_table_on_a_screen_narrower_than_its_names_keeps_them_all_the_same(print_on):
    lines = print_on(40)
    assert sum(NAME in line and "18848" in line and "20772" in line for line in lines) == 1


def test_table_on_a_wide_screen_is_one_line_for_each_row(print_on):
    assert len(print_on(150)) == 2
