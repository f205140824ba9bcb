"""Intervals of shares and of what two of them make: published tables, statsmodels, the edges."""

import numpy as np
import pytest
from sklearn import metrics as oracle
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from polyreact.metrics import counts
from polyreact.metrics.interface import ConfusionMatrix
from polyreact.statistics import proportions
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Interval, Method, Unavailable
from polyreact.statistics.proportions import (
    NO_NEGATIVE_PREDICTIONS,
    NO_POSITIVE_PREDICTIONS,
    NOTHING_COUNTED,
    balanced_accuracy_interval,
    f1_interval,
    mcc_interval,
    mover_limits,
    wilson_interval,
    youden_interval,
)

#: (function, the metric it is for, the lowest value)
OF_TWO_SHARES = [
    (balanced_accuracy_interval, counts.balanced_accuracy, 0),
    (youden_interval, None, -1),
    (f1_interval, counts.f1, 0),
    (mcc_interval, counts.mcc, -1),
]


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_limits(successes, total, low, high):
    """Newcombe 1998 (Stat Med 17:857), table I, method 3."""
    found = wilson_interval(successes, total)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.method is Method.WILSON


@pytest.mark.parametrize(
    ("first", "of_first", "second", "of_second", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
    ],
)
def test_youden_gives_the_published_limits_of_a_difference(first, of_first, second, of_second, low, high):
    """Youden's J is a difference of two shares: Newcombe 1998 (Stat Med 17:873), table II, method 10."""
    found = youden_interval(first, of_first, second, of_second)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("total", [1, 2, 7, 391, 141_474])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_wilson_agrees_with_statsmodels(total, level):
    for successes in {0, 1, total // 3, total - 1, total}:
        found = wilson_interval(successes, total, level)
        expected = proportion_confint(successes, total, alpha=1 - level, method="wilson")
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


def test_youden_agrees_with_statsmodels():
    for right, positives, wrong, negatives in ((5, 7, 60, 391), (20, 29, 9, 57), (0, 7, 0, 391), (7, 7, 391, 391)):
        found = youden_interval(right, positives, wrong, negatives)
        expected = confint_proportions_2indep(right, positives, wrong, negatives, method="newcomb", compare="diff")
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-7)


def test_five_of_seven_is_as_unsure_as_the_board_says():
    found = wilson_interval(5, 7)
    assert (round(found.low, 2), round(found.high, 2)) == (0.36, 0.92)


def test_balanced_accuracy_is_half_of_youden_and_a_half():
    balanced, youden = balanced_accuracy_interval(5, 7, 60, 391), youden_interval(5, 7, 60, 391)
    assert (balanced.low, balanced.high) == pytest.approx(((1 + youden.low) / 2, (1 + youden.high) / 2), rel=1e-12)


@pytest.mark.parametrize(
    ("right", "positives", "wrong", "negatives"), [(5, 7, 60, 391), (20, 29, 9, 57), (1, 2, 1, 2)]
)
def test_metrics_agree_with_scikit_learn(right, positives, wrong, negatives):
    labels = np.repeat([1, 0], [positives, negatives])
    called = np.repeat([1, 0, 1, 0], [right, positives - right, wrong, negatives - wrong])
    table = np.asarray(float(right)), positives, np.asarray(float(wrong)), negatives
    expected = oracle.balanced_accuracy_score(labels, called)
    assert float(proportions.balanced_accuracy(*table)) == pytest.approx(expected, abs=1e-12)
    assert float(proportions.youden(*table)) == pytest.approx(2 * expected - 1, abs=1e-12)
    assert float(proportions.f1(*table)) == pytest.approx(oracle.f1_score(labels, called), abs=1e-12)
    assert float(proportions.mcc(*table)) == pytest.approx(oracle.matthews_corrcoef(labels, called), abs=1e-12)


@pytest.mark.parametrize(("interval", "metric", "lowest"), OF_TWO_SHARES)
@pytest.mark.parametrize(("positives", "negatives"), [(1, 1), (2, 5), (7, 12)])
def test_every_table_has_an_interval_around_its_estimate_or_a_reason(
    interval, metric, lowest, positives, negatives
):
    for right in range(positives + 1):
        for wrong in range(negatives + 1):
            found = interval(right, positives, wrong, negatives)
            estimate = right / positives - wrong / negatives
            if metric is not None:
                estimate = metric(ConfusionMatrix(negatives - wrong, wrong, positives - right, right)).value
            if estimate is None:
                assert isinstance(found, Unavailable)
                continue
            assert lowest <= found.low <= estimate + 1e-15
            assert estimate - 1e-15 <= found.high <= 1
            assert found.high - found.low > 0


def test_perfect_predictions_do_not_claim_certainty():
    for interval, _, _ in OF_TWO_SHARES:
        found = interval(7, 7, 0, 391)
        assert found.high == 1
        assert found.low < 0.9


def test_inverted_predictions_reach_the_lower_end():
    assert balanced_accuracy_interval(0, 7, 391, 391).low == 0
    assert youden_interval(0, 7, 391, 391).low == -1
    assert mcc_interval(0, 7, 391, 391).low == -1
    assert f1_interval(0, 7, 391, 391).low == 0


@pytest.mark.parametrize(
    ("table", "reason"),
    [((0, 0, 3, 5), NO_POSITIVES), ((3, 5, 0, 0), NO_NEGATIVES), ((0, 0, 0, 0), NO_POSITIVES)],
)
def test_one_class_only_gives_the_reason(table, reason):
    for interval, _, _ in OF_TWO_SHARES:
        assert interval(*table) == Unavailable(reason)


def test_constant_predictions_give_mcc_no_interval():
    assert mcc_interval(0, 7, 0, 391) == Unavailable(NO_POSITIVE_PREDICTIONS)
    assert mcc_interval(7, 7, 391, 391) == Unavailable(NO_NEGATIVE_PREDICTIONS)


def test_share_of_nothing_gives_the_reason():
    assert wilson_interval(0, 0) == Unavailable(NOTHING_COUNTED)


def test_level_is_kept_beside_the_limits():
    assert wilson_interval(1, 2, 0.9).level == 0.9
    assert isinstance(f1_interval(1, 2, 1, 2, 0.9), Interval)


@pytest.mark.parametrize("table", [(8, 7, 0, 391), (-1, 7, 0, 391), (5, 7, 392, 391)])
def test_counts_that_are_no_share_are_refused(table):
    for interval, _, _ in OF_TWO_SHARES:
        with pytest.raises(ValueError, match="not a share"):
            interval(*table)


def test_level_outside_of_0_to_1_is_refused():
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level"):
            wilson_interval(1, 2, level)
        with pytest.raises(ValueError, match="level"):
            mcc_interval(1, 2, 1, 2, level)


@pytest.mark.parametrize("statistic", [proportions.balanced_accuracy, proportions.f1, proportions.mcc])
@pytest.mark.parametrize(
    ("positives", "negatives", "sensitivity", "specificity"),
    [(7, 391, 0.7, 0.7), (7, 391, 0.5, 0.9), (29, 57, 0.8, 0.8)],
)
def test_limits_cover_the_truth_as_often_as_they_say(statistic, positives, negatives, sensitivity, specificity):
    rng = np.random.default_rng(3)
    right = rng.binomial(positives, sensitivity, 4000).astype(float)
    wrong = rng.binomial(negatives, 1 - specificity, 4000).astype(float)
    expected = np.asarray(positives * sensitivity), positives, np.asarray(negatives * (1 - specificity)), negatives
    low, high = mover_limits(statistic, right, positives, wrong, negatives)
    truth = float(statistic(*expected))
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.98
