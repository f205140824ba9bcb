"""Rank correlation with the assay, against SciPy."""

import math
import warnings

import numpy as np
import pytest
from scipy.stats import spearmanr

from polyreact.metrics.assay import FEWER_THAN_TWO, NO_ASSAY, ONE_ASSAY_VALUE, ONE_SCORE, spearman
from polyreact.metrics.interface import MetricValue


def test_correlation_is_that_of_scipy_on_the_rows_with_a_value():
    stream = np.random.default_rng(6)
    compared = 0
    for _ in range(500):
        size = int(stream.integers(3, 301))
        assay = np.round(stream.normal(size=size), int(stream.integers(0, 3)))
        scores = stream.normal(size=size) + stream.normal() * assay
        if stream.random() < 0.5:
            scores = np.round(scores, int(stream.integers(0, 2)))
        assay[stream.random(size) < 0.2] = math.nan
        kept = ~np.isnan(assay)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = spearmanr(scores[kept], assay[kept]).statistic
        found = spearman(scores, assay)
        if found.value is None:
            assert math.isnan(theirs)
            continue
        assert found.value == pytest.approx(theirs, abs=1e-12, rel=0)
        compared += 1
    assert compared > 450


def test_worked_example_with_ties():
    """Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5 of variances 4.5 and 5."""
    found = spearman(np.array([0.0, 1, 1, 2]), np.array([10.0, 20, 30, 40]))
    assert found.value == pytest.approx(4.5 / math.sqrt(4.5 * 5), abs=1e-15)


@pytest.mark.parametrize(
    ("scores", "assay", "reason"),
    [
        ([1.0, 2.0], None, NO_ASSAY),
        ([1.0, 2.0], [math.nan, math.nan], FEWER_THAN_TWO),
        ([1.0, 2.0], [3.0, math.nan], FEWER_THAN_TWO),
        ([1.0, 1.0, 2.0], [3.0, 4.0, math.nan], ONE_SCORE),
        ([1.0, 2.0], [3.0, 3.0], ONE_ASSAY_VALUE),
    ],
)
def test_correlation_that_cannot_be_had_has_a_reason(scores, assay, reason):
    found = spearman(np.array(scores), None if assay is None else np.array(assay))
    assert found == MetricValue(None, reason)


@pytest.mark.parametrize("size", [2, 3, 7, 86, 398, 1_000])
def test_same_and_opposite_order_are_exactly_one_and_minus_one(size):
    values = np.arange(size, dtype=float)
    assert spearman(values**3, values) == MetricValue(1.0)
    assert spearman(-values, values) == MetricValue(-1.0)


def test_four_million_rows_do_not_overflow():
    """A sum of 64-bit whole numbers would: it grows with a third of the cube of the rows."""
    values = np.arange(4_000_000, dtype=float)
    assert spearman(values, values) == MetricValue(1.0)
