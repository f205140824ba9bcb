"""What the board promises of its intervals, tests and ranks, simulated again in full.

The figures are those of docs/explanation/simulated-statistics.json, which the page on statistics shows: the same
seeds and numbers of sets give each of them again, to the last decimal that is kept.
"""

import importlib.util
import json
import sys

import pytest

from architecture.sources import REPOSITORY

pytestmark = pytest.mark.slow


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where its dataclasses look for their own module
    spec.loader.exec_module(module)
    return module


simulate_statistics = load_script("simulate_statistics")
KEPT = json.loads(simulate_statistics.FIGURES.read_bytes())


def simulate(name):
    """The table made again, once it is sure that it is the one that was kept."""
    rows = simulate_statistics.TABLES[name].simulate()
    assert rows == KEPT[name]["rows"], f"run: python scripts/simulate_statistics.py {name}"
    assert simulate_statistics.TABLES[name].runs == KEPT[name]["runs"]
    return rows


def test_auroc_interval_covers():
    """Between .93 and .99 with 7 polyreactive and 391 specific antibodies, between .94 and .98 with 29 and 57."""
    bounds = {"7/391": (0.93, 0.99), "29/57": (0.94, 0.98)}
    rows = simulate("auroc")
    assert {row["set"] for row in rows} == set(bounds)
    for row in rows:
        least, most = bounds[row["set"]]
        assert least <= row["the rule"] <= most, row


def test_pairs_equal_are_told_apart_in_six_of_a_hundred_at_most():
    """With 7 and 391, whatever both shapes are, but for standard deviations 2.5 and .4: a limit that is told."""
    rows = simulate("pairs-equal")
    assert {row["set"] for row in rows} == {"7/391"}
    unlike = [row for row in rows if row["SDs"] == "2.5 0.4"]
    assert [row["the rule"] <= 0.08 for row in unlike] == [True]
    for row in rows:
        assert row["interval holds"] >= 0.95, row
        assert row in unlike or row["the rule"] <= 0.06, row


def test_boards_hold_the_true_ranks_of_all_submissions_at_once():
    rows = simulate("boards")
    assert [(row["set"], KEPT["boards"]["runs"]) for row in rows] == [
        (s, 500) for s in ("7/391", "29/57", "2000/2000")
    ]
    for row in rows:
        assert row["all true places held"] >= 0.95, row
    assert [row["mean width"] for row in rows] == sorted((row["mean width"] for row in rows), reverse=True)


def test_kept_tables_are_those_that_are_made_and_every_promise_is_one_of_them():
    assert list(KEPT) == list(simulate_statistics.TABLES)
    assert set(simulate_statistics.REPEATED) == {"auroc", "pairs-equal", "boards"}
    assert {name: table["runs"] for name, table in KEPT.items()} == {
        name: table.runs for name, table in simulate_statistics.TABLES.items()
    }
