"""The rates of errors that benchmarks/error_rates.py finds, with fewer runs and the same seed."""

import importlib.util
import sys

import pytest

from architecture.sources import REPOSITORY


@pytest.fixture(scope="module")
def error_rates():
    spec = importlib.util.spec_from_file_location("error_rates", REPOSITORY / "benchmarks" / "error_rates.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for their own module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pairs(error_rates):
    cases = (error_rates.EQUAL[0], error_rates.EQUAL[3], error_rates.UNEQUAL[0], error_rates.UNEQUAL[2])
    error_rates.EQUAL, error_rates.UNEQUAL = cases[:2], cases[2:]
    return error_rates.simulate_pairs(300, error_rates.COUNTS)


def test_tests_of_equal_submissions_find_a_difference_in_six_of_a_hundred_at_most(pairs):
    equal = [row for row in pairs if row["AUROCs"] == "0.75 0.75"]
    assert len(equal) == 4
    for row in equal:
        assert row["rank swap"] <= 0.06
        assert row["larger p"] <= 0.06


def test_intervals_of_differences_cover(pairs):
    assert all(0.93 <= row["covered"] <= 1 for row in pairs)


def test_delong_alone_would_not_hold_with_seven_positives(pairs):
    assert max(row["DeLong z"] for row in pairs if row["AUROCs"] == "0.75 0.75") > 0.06


def test_rank_intervals_of_a_whole_board_hold_the_true_places(error_rates):
    for row in error_rates.simulate_boards(40, [(29, 57)]):
        assert row["all held"] >= 0.95
        assert row["width"] > 10
