"""The interval of Spearman's correlation: worked by hand, and held against simulated pairs."""

import math

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from polyreact.statistics.correlation import FEW, FEW_PAIRS, spearman_interval
from polyreact.statistics.interval import Method, Unavailable


def test_interval_worked_by_hand():
    """r = .6 of 28 pairs: atanh .6 = .6931, half 1.96 sqrt(1.18 / 25) = .4258; tanh of .2673 and 1.1190."""
    found = spearman_interval(0.6, 28)
    assert (found.low, found.high) == pytest.approx((0.2611, 0.8072), abs=2e-4)
    assert found.method is Method.BONETT_WRIGHT


def test_no_correlation_has_fishers_own_error():
    found = spearman_interval(0.0, 103)
    assert found.high == pytest.approx(math.tanh(1.959964 / 10), rel=1e-6)
    assert found.low == pytest.approx(-found.high, rel=1e-12)


def test_mirrored_with_the_sign():
    found, mirrored = spearman_interval(0.45, 86), spearman_interval(-0.45, 86)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), rel=1e-12)


@pytest.mark.parametrize("pairs", [10, 86, 141_474])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_same_and_opposite_order_do_not_claim_certainty(pairs, sign):
    found = spearman_interval(sign, pairs)
    assert -1 <= found.low < found.high <= 1
    assert sign in (found.low, found.high)
    # and it is about the interval of the nearest correlation that is not one
    nearest = spearman_interval(sign * (1 - 6 / (pairs**3 - pairs)), pairs)
    assert found.high - found.low == pytest.approx(nearest.high - nearest.low, rel=0.6)


def test_too_few_pairs_have_the_reason():
    assert spearman_interval(0.5, FEW - 1) == Unavailable(FEW_PAIRS)
    assert not isinstance(spearman_interval(0.5, FEW), Unavailable)


def test_higher_level_is_wider():
    widths = [
        found.high - found.low for found in (spearman_interval(0.5, 86, level) for level in (0.8, 0.95, 0.99))
    ]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("correlation", [1.001, -2.0, math.nan])
def test_number_that_is_no_correlation_is_a_mistake_of_the_caller(correlation):
    with pytest.raises(ValueError, match="between -1 and 1"):
        spearman_interval(correlation, 86)
    with pytest.raises(ValueError, match="level"):
        spearman_interval(0.5, 86, 95)


@pytest.mark.parametrize(("pairs", "pearson"), [(20, 0.3), (86, 0.6)])
def test_interval_covers_as_often_as_it_says(pairs, pearson):
    rng = np.random.default_rng(4)
    truth = 6 / math.pi * math.asin(pearson / 2)  # of normal pairs
    covered = 0
    for _ in range(800):
        first, second = rng.multivariate_normal([0, 0], [[1, pearson], [pearson, 1]], pairs).T
        found = spearman_interval(float(spearmanr(first, second).statistic), pairs)
        covered += found.low <= truth <= found.high
    assert abs(covered / 800 - 0.95) < norm.ppf(0.9995) * math.sqrt(0.95 * 0.05 / 800)
