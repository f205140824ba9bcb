"""Two submissions compared: the cases that a formula alone does not settle, and what is said of them."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from polyreact.statistics.auroc import limits_of
from polyreact.statistics.comparison import (
    Comparison,
    compare_accuracy,
    compare_auroc,
    compare_pair,
    compare_pairs,
    describe,
    find_p_value,
    null_variances,
    student_p_values,
)
from polyreact.statistics.comparison import (
    Test as Origin,  # or pytest would take it for a class of tests
)
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.interval import NO_NEGATIVES, Unavailable
from polyreact.statistics.mcnemar import PairedCounts, paired_difference_interval
from polyreact.statistics.rank_swap import exchange_p_value, swap_terms
from resampling import draw_groups, resample_groups


def labels_of(positives, negatives):
    return np.repeat([1, 0], [positives, negatives])


def draw(positives, negatives, gaps, seed=0):
    random = np.random.default_rng(seed)
    labels = labels_of(positives, negatives)
    shared = random.standard_normal(labels.size)
    return labels, [shared + random.standard_normal(labels.size) + gap * labels for gap in gaps]


def hanley_mcneil(auroc, positives, negatives):
    """As Newcombe 2006 prints it."""
    star = (positives + negatives) / 2 - 1
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    return (auroc * (1 - auroc) + star * (q1 - auroc**2) + star * (q2 - auroc**2)) / (positives * negatives)


def score_variance(aurocs, positives, negatives):
    """Of the difference if both had the mean of both AUROCs, written out."""
    mean, own = sum(aurocs.values) / 2, np.diag(aurocs.covariance.matrix)
    planned = [
        hanley_mcneil(mean, positives, negatives) * max(1, variance / hanley_mcneil(value, positives, negatives))
        for value, variance in zip(aurocs.values, own, strict=True)
    ]
    shared = aurocs.covariance.matrix[0, 1] / math.sqrt(own[0] * own[1])
    return planned[0] + planned[1] - 2 * shared * math.sqrt(planned[0] * planned[1])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("counts", [(12, 60), (60, 12), (90, 190)])
def test_small_sets_pass_both_tests(counts, seed):
    labels, (first, second) = draw(*counts, (2.0, 1.0), seed)
    found = compare_auroc(labels, first, second)
    aurocs = estimate_aurocs(labels, np.array([first, second]))
    by_swaps = exchange_p_value(swap_terms(labels == 1, *aurocs.twice_ranks))
    variance = max(aurocs.covariance.of_differences[0, 1], score_variance(aurocs, *counts))
    degrees = aurocs.covariance.degrees_of_differences[0, 1]
    by_delong = 2 * student.sf(abs(found.difference) / math.sqrt(variance), degrees)
    assert found.test is Origin.RANK_SWAP_AND_DELONG
    assert found.p_value == pytest.approx(max(by_swaps, by_delong), rel=1e-10)
    assert found.difference == pytest.approx(aurocs.values[0] - aurocs.values[1])


def test_variance_of_two_of_one_auroc_is_no_smaller_than_what_is_planned():
    """Two that look perfect show no variance; at a common .9 they would have had one."""
    found = null_variances(np.array([1.0, 0.8]), np.zeros(2), 0.0, positives=7, negatives=391)
    assert float(found) == pytest.approx(2 * hanley_mcneil(0.9, 7, 391), rel=1e-12)
    shared = null_variances(np.array([1.0, 0.8]), np.zeros(2), 0.5, positives=7, negatives=391)
    assert float(shared) == pytest.approx(hanley_mcneil(0.9, 7, 391), rel=1e-12)


def test_student_p_values_at_their_edges():
    differences, variances = np.array([0.0, 0.2, 0.2, 0.0]), np.array([0.0, 0.0, 0.01, 0.01])
    found = student_p_values(differences, variances, np.array([np.inf, np.inf, np.inf, 5.0]))
    assert found.tolist() == [1, 0, pytest.approx(2 * norm.sf(2)), 1]
    assert float(student_p_values(*(np.array(x) for x in (-0.2, 0.01, 5.0)))) == pytest.approx(2 * student.sf(2, 5))


def test_large_sets_are_delongs():
    labels, (first, second) = draw(200, 300, (1.0, 0.9))
    found = compare_auroc(labels, first, second)
    covariance = estimate_aurocs(labels, np.array([first, second])).covariance
    z_value = abs(found.difference) / np.sqrt(covariance.of_differences[0, 1])
    expected = 2 * student.sf(z_value, covariance.degrees_of_differences[0, 1])
    assert found.test is Origin.DELONG
    assert found.p_value == pytest.approx(expected, rel=1e-10)


def test_large_sets_have_an_interval_near_the_difference_and_two_errors():
    labels, (first, second) = draw(2000, 3000, (1.0, 0.8))
    found = compare_auroc(labels, first, second)
    error = np.sqrt(estimate_aurocs(labels, np.array([first, second])).covariance.of_differences[0, 1])
    assert found.low == pytest.approx(found.difference - 1.96 * error, abs=0.001)
    assert found.high == pytest.approx(found.difference + 1.96 * error, abs=0.001)


def test_interval_takes_the_limits_of_both_and_what_they_share_off():
    """Zou 2007, written out, for two that are told apart clearly and two that are not at all."""
    for counts, gaps in (((40, 80), (2.5, 0.2)), ((40, 80), (1.0, 1.0)), ((300, 300), (1.0, 0.5))):
        labels, (first, second) = draw(*counts, gaps)
        aurocs = estimate_aurocs(labels, np.array([first, second]))
        (one, other), matrix = aurocs.values, aurocs.covariance.matrix
        (low_one, low_other), (high_one, high_other) = limits_of(aurocs)
        shared = matrix[0, 1] / math.sqrt(matrix[0, 0] * matrix[1, 1])
        down, up = (one - low_one, high_other - other), (high_one - one, other - low_other)
        below, above = (math.sqrt(a**2 + b**2 - 2 * shared * a * b) for a, b in (down, up))
        found = compare_auroc(labels, first, second)
        assert (found.low, found.high) == pytest.approx((one - other - below, one - other + above), rel=1e-12)


def test_every_two_are_compared_as_alone():
    labels, scores = draw(20, 60, (2.0, 1.0, 0.5, 0.0))
    aurocs = estimate_aurocs(labels, np.array(scores))
    found = list(compare_pairs(aurocs))
    assert [pair[:2] for pair in found] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for first, second, comparison in found:
        assert comparison == compare_pair(aurocs, first, second)
        assert comparison == compare_auroc(labels, scores[first], scores[second])
        assert comparison.p_value == find_p_value(aurocs, first, second)[0]
    assert list(compare_pairs(estimate_aurocs(labels, np.array(scores[:1])))) == []


@pytest.mark.parametrize("counts", [(7, 391), (29, 57), (300, 300), (1, 20), (1, 1)])
def test_same_order_is_no_difference_at_all(counts):
    labels, (scores,) = draw(*counts, (1.0,))
    found = compare_auroc(labels, scores, np.exp(scores) * 3 - 5)
    assert found == Comparison(0.0, 0.0, 0.0, 1.0, Origin.SAME_ORDER)


@pytest.mark.parametrize("counts", [(7, 391), (29, 57), (1, 20)])
def test_two_perfect_submissions_may_yet_differ(counts):
    labels, (first, second) = draw(*counts, (50.0, 60.0))
    found = compare_auroc(labels, first, second)
    assert (found.difference, found.p_value) == (0, 1)
    assert -0.99 < found.low < -0.02
    assert 0.02 < found.high < 0.99
    assert found.low == pytest.approx(-found.high)


def test_constant_scores_are_a_coin_and_two_of_them_the_same_coin():
    labels, (scores,) = draw(7, 391, (30.0,))
    constant = np.zeros(labels.size)
    assert compare_auroc(labels, constant, constant + 4).test is Origin.SAME_ORDER
    found = compare_auroc(labels, scores, constant)
    assert found.difference == 0.5
    assert found.is_told_apart
    assert 0 < found.low < 0.5 < found.high <= 1


def test_perfect_against_inverted_reaches_the_end_of_the_range():
    labels, (scores,) = draw(7, 391, (50.0,))
    found = compare_auroc(labels, scores, -scores)
    assert (found.difference, found.high) == (1, 1)
    assert found.low > 0.5
    assert found.p_value < 0.05


def test_one_positive_has_a_test_and_an_interval_without_standard_errors():
    labels, (first, second) = draw(1, 30, (2.0, 0.0))
    found = compare_auroc(labels, first, second)
    assert found.test is Origin.RANK_SWAP
    assert 0 < found.p_value <= 1
    assert found.low <= found.difference <= found.high


def test_one_class_only_has_a_reason():
    found = compare_auroc(np.ones(4, dtype=int), np.arange(4.0), np.arange(4.0))
    assert found == Unavailable(NO_NEGATIVES)
    assert describe(found, "a", "b") == "not available: no antibody in this set is specific"


@pytest.mark.parametrize("gaps", [(1.5, 0.2), (0.2, 1.5)])
def test_interval_says_of_zero_what_the_test_says(gaps):
    told = []
    for seed in range(60):
        labels, (first, second) = draw(8, 40, gaps, seed)
        found = compare_auroc(labels, first, second)
        told.append(found.is_told_apart)
        if not found.is_told_apart:
            assert found.low <= 0 <= found.high
        elif found.difference > 0:
            assert found.low >= 0
        else:
            assert found.high <= 0
    assert 5 < sum(told) < 55


def test_mirrored_with_the_submissions():
    for counts in ((9, 50), (250, 300)):
        labels, (first, second) = draw(*counts, (1.5, 0.3))
        one, other = compare_auroc(labels, first, second), compare_auroc(labels, second, first)
        assert other.difference == -one.difference
        assert other.p_value == one.p_value
        assert (other.low, other.high) == (-one.high, -one.low)


def test_repeated_rows_tell_no_more_when_they_are_told_to_belong_together():
    """The planned variance counts rows, so the told p-value may be a little smaller, never like the fooled one."""
    labels, (first, second) = draw(30, 60, (1.4, 0.7), seed=3)
    alone = compare_auroc(labels, first, second)
    labels, first, second, groups = (np.repeat(row, 4) for row in (labels, first, second, np.arange(90)))
    fooled, told = compare_auroc(labels, first, second), compare_auroc(labels, first, second, groups)
    assert told.p_value == pytest.approx(alone.p_value, rel=0.2)
    assert (told.low, told.high) == pytest.approx((alone.low, alone.high), abs=0.01)
    assert fooled.p_value < alone.p_value / 3


def test_accuracy_counts_who_is_right_alone():
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    first = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    second = np.array([0, 0, 0, 0, 1, 1, 0, 0])
    found = compare_accuracy(labels, first, second)
    assert found.difference == pytest.approx((5 - 1) / 8)
    assert found.test is Origin.MCNEMAR
    assert found.p_value == pytest.approx((7 + 1) / 64)  # 1 of 6 discordant: P(X <= 1) + P(X = 0)
    assert found.low <= 0 < found.high


def test_accuracy_by_groups_counts_all_ways_of_exchanging_whole_groups():
    random = np.random.default_rng(4)
    labels, first, second = random.integers(0, 2, (3, 40))
    groups = random.integers(0, 9, 40)
    gains = (first == labels).astype(int) - (second == labels)
    sums = np.array([gains[groups == group].sum() for group in range(9)])
    ways = np.array([abs((sums * signs).sum()) for signs in product((1, -1), repeat=9)])
    found = compare_accuracy(labels, first, second, groups)
    assert found.test is Origin.GROUP_SWAP
    assert found.difference == pytest.approx(gains.mean())
    assert found.p_value == pytest.approx(float(np.mean(ways >= abs(gains.sum()))), rel=1e-12)


def test_accuracy_by_groups_has_the_wider_of_both_intervals():
    labels, scores, groups = draw_groups(groups=80)
    noise = np.random.default_rng(5).normal(size=80)[groups]
    first, second = (scores > 0.5).astype(int), (scores + noise > 0.3).astype(int)
    gains = (first == labels).astype(int) - (second == labels)
    low, high = np.quantile(resample_groups(np.mean, (gains,), groups, draws=1500), [0.025, 0.975])
    rows, found = compare_accuracy(labels, first, second), compare_accuracy(labels, first, second, groups)
    assert found.low <= rows.low < found.difference < rows.high <= found.high
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.1 * (high - low))
    # every group says the same, and the interval of rows stays
    same = compare_accuracy(labels, first, first, groups)
    assert (same.difference, same.p_value) == (0, 1)
    counts = PairedCounts(int((first == labels).sum()), 0, 0, int((first != labels).sum()))
    assert (same.low, same.high) == paired_difference_interval(counts)


def test_accuracy_by_one_group_says_nothing():
    labels = np.array([1, 1, 0, 0, 0, 1])
    found = compare_accuracy(labels, labels, 1 - labels, np.zeros(6, dtype=int))
    assert (found.difference, found.low, found.high, found.p_value) == (1, -1, 1, 1)


def test_accuracy_by_groups_does_not_depend_on_the_order_of_rows_or_their_groups_names():
    labels, scores, groups = draw_groups(groups=60)
    first, second = (scores > 0.5).astype(int), (scores > 0.9).astype(int)
    order = np.random.default_rng(6).permutation(labels.size)
    before = compare_accuracy(labels, first, second, groups)
    names = np.array([f"clone {99 - group}" for group in groups])
    assert compare_accuracy(*(column[order] for column in (labels, first, second, names))) == before


def test_accuracy_of_repeated_rows_tells_no_more_when_they_are_told_to_belong_together():
    random = np.random.default_rng(7)
    labels = random.integers(0, 2, 60)
    first, second = (np.where(random.random(60) < share, labels, 1 - labels) for share in (0.85, 0.6))
    alone = compare_accuracy(labels, first, second, np.arange(60))
    labels, first, second, groups = (np.repeat(row, 5) for row in (labels, first, second, np.arange(60)))
    fooled, told = compare_accuracy(labels, first, second), compare_accuracy(labels, first, second, groups)
    assert told.p_value == pytest.approx(alone.p_value, rel=1e-12)
    assert fooled.p_value < alone.p_value / 10


def test_accuracy_of_unequal_lengths_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="do not go with"):
        compare_accuracy(np.array([0, 1]), np.array([0, 1]), np.array([0, 1, 1]))
    with pytest.raises(ValueError, match="do not go with"):
        compare_accuracy(*(np.array([], dtype=int),) * 3)
    with pytest.raises(ValueError, match="groups of shape"):
        compare_accuracy(*(np.array([0, 1]),) * 3, np.array([0]))


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        ((0.03, -0.08, 0.14, 0.61), "cannot be told apart: .03, 95 % -.08 to .14, p = .61"),
        ((-0.03, -0.14, 0.08, 0.0612), "cannot be told apart: -.03, 95 % -.14 to .08, p = .061"),
        ((0.2, 0.1, 0.3, 0.0004), "mine is better: .20, 95 % .10 to .30, p < .001"),
        ((-0.2, -0.3, -0.1, 0.012), "theirs is better: .20, 95 % .10 to .30, p = .012"),
        ((0.2, 0.0, 0.4, 0.04), "mine is better: .20, 95 % .00 to .40, p = .040"),
        ((1.0, 0.4, 1.0, 0.01), "mine is better: 1.00, 95 % .40 to 1.00, p = .010"),
        ((-0.001, -0.05, 0.05, 1.0), "cannot be told apart: .00, 95 % -.05 to .05, p = 1.00"),
        ((0.0041, 0.0012, 0.007, 0.006), "mine is better: .004, 95 % .001 to .007, p = .006"),
    ],
)
def test_in_words(comparison, words):
    assert describe(Comparison(*comparison, Origin.DELONG), "mine", "theirs") == words


def test_same_order_in_words():
    same = Comparison(0.0, 0.0, 0.0, 1.0, Origin.SAME_ORDER)
    assert describe(same, "mine", "theirs") == (
        "cannot be told apart: mine and theirs put the antibodies into the same order"
    )


def test_names_that_are_the_same_do_not_turn_the_figures():
    first_leads = Comparison(0.2, 0.1, 0.3, 0.012, Origin.DELONG)
    assert describe(first_leads, "model", "model") == "model is better: .20, 95 % .10 to .30, p = .012"
