"""The distribution that is worked out is the one of all exchanges, made one by one."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from polyreact.statistics import rank_swap
from polyreact.statistics.rank_swap import exchange_p_value, swap_terms


def exchange_all(labels, first, second, groups=None):
    """The difference in AUROC after each way of exchanging the ranks of some rows (or groups), nothing first."""
    ranks = np.array([rankdata(first), rankdata(second)])
    groups = np.arange(len(labels)) if groups is None else groups
    for swapped in product([0, 1], repeat=int(groups.max()) + 1):
        rows = np.array(swapped)[groups]
        one, other = np.where(rows, ranks[1], ranks[0]), np.where(rows, ranks[0], ranks[1])
        yield auroc(labels, one) - auroc(labels, other)


def auroc(labels, ranks):
    """Of all pairs, ties half; scikit-learn's is the same and takes a hundred times as long."""
    return (np.sign(ranks[labels == 1, np.newaxis] - ranks[labels == 0]).mean() + 1) / 2


def share_as_far(differences):
    differences = np.array(list(differences))
    return float(np.mean(np.abs(differences) >= abs(differences[0]) - 1e-12))


def twice_ranks(scores):
    return (2 * rankdata(scores)).astype(np.int64)


@pytest.mark.parametrize("seed", range(6))
def test_p_value_is_the_share_of_all_exchanges(seed):
    random = np.random.default_rng(seed)
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0])
    first, second = random.integers(0, 7, (2, 9)) + np.array([[2], [0]]) * labels
    terms = swap_terms(labels == 1, twice_ranks(first), twice_ranks(second))

    assert terms.sum() / (4 * 3 * 6) == pytest.approx(
        roc_auc_score(labels, first) - roc_auc_score(labels, second), abs=1e-14
    )
    assert exchange_p_value(terms) == pytest.approx(share_as_far(exchange_all(labels, first, second)), abs=1e-12)


def test_variance_over_all_exchanges_is_the_sum_of_squared_terms():
    random = np.random.default_rng(1)
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0])
    first, second = random.random((2, 9))
    terms = swap_terms(labels == 1, twice_ranks(first), twice_ranks(second))
    expected = np.var(list(exchange_all(labels, first, second)))
    assert np.square(terms / (4 * 4 * 5)).sum() == pytest.approx(expected, rel=1e-12)


def test_groups_are_exchanged_as_a_whole():
    random = np.random.default_rng(2)
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    groups = np.array([0, 0, 1, 1, 2, 3, 3, 4])
    first, second = random.random((2, 8)) + 0.4 * labels
    terms = swap_terms(labels == 1, twice_ranks(first), twice_ranks(second))
    by_group = np.bincount(groups, weights=terms).astype(np.int64)
    expected = share_as_far(exchange_all(labels, first, second, groups))
    assert exchange_p_value(by_group) == pytest.approx(expected, abs=1e-12)


def test_no_difference_has_p_value_one():
    assert exchange_p_value(np.array([3, -3, 0])) == 1
    assert exchange_p_value(np.zeros(4, dtype=np.int64)) == 1


def test_all_terms_alike_is_as_rare_as_all_signs_alike():
    assert exchange_p_value(np.full(10, 4)) == pytest.approx(2 / 2**10)


def test_normal_form_stands_in_where_the_whole_distribution_would_take_too_long(monkeypatch):
    random = np.random.default_rng(3)
    terms = random.integers(-40, 60, 300)
    whole = exchange_p_value(terms)
    monkeypatch.setattr(rank_swap, "MOST_ADDITIONS", 0)
    normal = exchange_p_value(terms)
    assert normal != whole
    assert normal == pytest.approx(whole, abs=0.002)
