"""Two submissions compared: the cases that a formula alone does not settle, and what is said of them."""

import numpy as np
import pytest
from scipy.stats import t as student

from polyreact.statistics.comparison import (
    Comparison,
    Method,
    compare_accuracy,
    compare_auroc,
    describe,
)
from polyreact.statistics.covariance import NO_NEGATIVES, Unavailable, estimate_aurocs
from polyreact.statistics.rank_swap import rank_swap_p_value, swap_terms


def labels_of(positives, negatives):
    return np.repeat([1, 0], [positives, negatives])


def draw(positives, negatives, gaps, seed=0):
    random = np.random.default_rng(seed)
    labels = labels_of(positives, negatives)
    shared = random.standard_normal(labels.size)
    return labels, [shared + random.standard_normal(labels.size) + gap * labels for gap in gaps]


def test_small_sets_pass_both_tests():
    labels, (first, second) = draw(12, 60, (2.5, 0.5))
    found = compare_auroc(labels, first, second)
    aurocs = estimate_aurocs(labels, np.array([first, second]))
    by_swaps = rank_swap_p_value(swap_terms(labels == 1, *aurocs.twice_ranks))
    error = np.sqrt(aurocs.covariance.of_differences[0, 1])
    degrees = aurocs.covariance.degrees_of_differences[0, 1]
    by_delong = 2 * student.sf(abs(found.difference) / error, degrees)
    assert found.method is Method.RANK_SWAP_AND_DELONG
    assert found.p_value == pytest.approx(max(by_swaps, by_delong), rel=1e-10)
    assert found.difference == pytest.approx(aurocs.values[0] - aurocs.values[1])


def test_large_sets_are_delongs():
    labels, (first, second) = draw(200, 300, (1.0, 0.9))
    found = compare_auroc(labels, first, second)
    covariance = estimate_aurocs(labels, np.array([first, second])).covariance
    z_value = abs(found.difference) / np.sqrt(covariance.of_differences[0, 1])
    expected = 2 * student.sf(z_value, covariance.degrees_of_differences[0, 1])
    assert found.method is Method.DELONG
    assert found.p_value == pytest.approx(expected, rel=1e-10)


def test_large_sets_have_an_interval_near_the_difference_and_two_errors():
    labels, (first, second) = draw(2000, 3000, (1.0, 0.8))
    found = compare_auroc(labels, first, second)
    error = np.sqrt(estimate_aurocs(labels, np.array([first, second])).covariance.of_differences[0, 1])
    assert found.lower == pytest.approx(found.difference - 1.96 * error, abs=0.001)
    assert found.upper == pytest.approx(found.difference + 1.96 * error, abs=0.001)


@pytest.mark.parametrize("counts", [(7, 391), (29, 57), (300, 300), (1, 20), (1, 1)])
def test_same_order_is_no_difference_at_all(counts):
    labels, (scores,) = draw(*counts, (1.0,))
    found = compare_auroc(labels, scores, np.exp(scores) * 3 - 5)
    assert found == Comparison(0.0, 0.0, 0.0, 1.0, Method.SAME_ORDER)


@pytest.mark.parametrize("counts", [(7, 391), (29, 57), (1, 20)])
def test_two_perfect_submissions_may_yet_differ(counts):
    labels, (first, second) = draw(*counts, (50.0, 60.0))
    found = compare_auroc(labels, first, second)
    assert (found.difference, found.p_value) == (0, 1)
    assert -0.99 < found.lower < -0.02
    assert 0.02 < found.upper < 0.99
    assert found.lower == pytest.approx(-found.upper)


def test_constant_scores_are_a_coin_and_two_of_them_the_same_coin():
    labels, (scores,) = draw(7, 391, (30.0,))
    constant = np.zeros(labels.size)
    assert compare_auroc(labels, constant, constant + 4).method is Method.SAME_ORDER
    found = compare_auroc(labels, scores, constant)
    assert found.difference == 0.5
    assert found.is_told_apart
    assert 0 < found.lower < 0.5 < found.upper <= 1


def test_perfect_against_inverted_reaches_the_end_of_the_range():
    labels, (scores,) = draw(7, 391, (50.0,))
    found = compare_auroc(labels, scores, -scores)
    assert (found.difference, found.upper) == (1, 1)
    assert found.lower > 0.5
    assert found.p_value < 0.05


def test_one_positive_has_a_test_and_an_interval_without_standard_errors():
    labels, (first, second) = draw(1, 30, (2.0, 0.0))
    found = compare_auroc(labels, first, second)
    assert found.method is Method.RANK_SWAP
    assert 0 < found.p_value <= 1
    assert found.lower <= found.difference <= found.upper


def test_one_class_only_has_a_reason():
    found = compare_auroc(np.ones(4, dtype=int), np.arange(4.0), np.arange(4.0))
    assert found == Unavailable(NO_NEGATIVES)
    assert describe(found, "a", "b") == "not available: no antibody in this set is specific"


def test_no_difference_found_means_that_the_interval_holds_zero():
    for seed in range(40):
        labels, (first, second) = draw(8, 40, (1.5, 0.2), seed)
        found = compare_auroc(labels, first, second)
        assert found.is_told_apart or found.lower <= 0 <= found.upper


def test_mirrored_with_the_submissions():
    labels, (first, second) = draw(9, 50, (1.5, 0.3))
    one, other = compare_auroc(labels, first, second), compare_auroc(labels, second, first)
    assert other.difference == -one.difference
    assert other.p_value == pytest.approx(one.p_value)
    assert (other.lower, other.upper) == pytest.approx((-one.upper, -one.lower))


def test_repeated_rows_tell_no_more_when_they_are_told_to_belong_together():
    labels, (first, second) = draw(30, 60, (1.4, 0.7), seed=3)
    alone = compare_auroc(labels, first, second)
    labels, first, second, groups = (np.repeat(row, 4) for row in (labels, first, second, np.arange(90)))
    fooled, told = compare_auroc(labels, first, second), compare_auroc(labels, first, second, groups)
    assert told.p_value == pytest.approx(alone.p_value, rel=1e-6)
    assert (told.lower, told.upper) == pytest.approx((alone.lower, alone.upper), abs=1e-9)
    assert fooled.p_value < alone.p_value / 3


def test_accuracy_counts_who_is_right_alone():
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    first = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    second = np.array([0, 0, 0, 0, 1, 1, 0, 0])
    found = compare_accuracy(labels, first, second)
    assert found.difference == pytest.approx((5 - 1) / 8)
    assert found.method is Method.MCNEMAR
    assert found.p_value == pytest.approx((7 + 1) / 64)  # 1 of 6 discordant: P(X <= 1) + P(X = 0)
    assert found.lower <= 0 < found.upper


def test_accuracy_of_unequal_lengths_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="do not go with"):
        compare_accuracy(np.array([0, 1]), np.array([0, 1]), np.array([0, 1, 1]))
    with pytest.raises(ValueError, match="do not go with"):
        compare_accuracy(*(np.array([], dtype=int),) * 3)


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        ((0.03, -0.08, 0.14, 0.61), "cannot be told apart: .03, 95 % -.08 to .14, p = .61"),
        ((-0.03, -0.14, 0.08, 0.0612), "cannot be told apart: -.03, 95 % -.14 to .08, p = .061"),
        ((0.2, 0.1, 0.3, 0.0004), "mine is better: .20, 95 % .10 to .30, p < .001"),
        ((-0.2, -0.3, -0.1, 0.012), "theirs is better: -.20, 95 % -.30 to -.10, p = .012"),
        (
            (0.2, -0.05, 0.4, 0.04),
            "mine is better by the test, though the interval reaches 0: .20, 95 % -.05 to .40, p = .040",
        ),
        ((1.0, 0.4, 1.0, 0.01), "mine is better: 1.00, 95 % .40 to 1.00, p = .010"),
        ((-0.001, -0.05, 0.05, 1.0), "cannot be told apart: .00, 95 % -.05 to .05, p = 1.00"),
        ((0.0041, 0.0012, 0.007, 0.006), "mine is better: .004, 95 % .001 to .007, p = .006"),
    ],
)
def test_in_words(comparison, words):
    assert describe(Comparison(*comparison, Method.DELONG), "mine", "theirs") == words


def test_same_order_in_words():
    same = Comparison(0.0, 0.0, 0.0, 1.0, Method.SAME_ORDER)
    assert describe(same, "mine", "theirs") == (
        "cannot be told apart: mine and theirs put the antibodies into the same order"
    )
