"""What must hold for the comparison of any two submissions and the ranks of any board."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairs import compare_all
from polyreact.statistics.comparison import compare_accuracy, compare_auroc, compare_pairs
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.interval import Unavailable
from polyreact.statistics.ranks import rank_entries

few = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
score = st.floats(-1e6, 1e6) | few


def tables(submissions, least=1):
    row = st.tuples(st.integers(0, 1), st.integers(0, 5), *[score] * submissions)
    return st.lists(row, min_size=least, max_size=40)


def columns(table):
    labels, groups, *scores = (np.array(column) for column in zip(*table, strict=True))
    return labels, groups, np.array(scores, dtype=float)


@given(tables(2), st.booleans())
def test_interval_holds_its_difference_and_a_p_value_is_one(table, grouped):
    labels, groups, (first, second) = columns(table)
    found = compare_auroc(labels, first, second, groups if grouped else None)
    if isinstance(found, Unavailable):
        assert len(set(labels.tolist())) == 1
        return
    assert_consistent(found)


def assert_consistent(found):
    """The interval holds its difference, and of 0 it says what the test says."""
    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert 0 <= found.p_value <= 1
    if not found.is_told_apart:
        assert found.low <= 0 <= found.high
    elif found.difference > 0:
        assert found.low >= 0
    else:
        assert found.high <= 0


@given(tables(2), st.booleans())
def test_interval_of_accuracies_holds_its_difference(table, grouped):
    labels, groups, scores = columns(table)
    first, second = (scores > 0.25).astype(int)
    told = groups if grouped else None
    found = compare_accuracy(labels, first, second, told)
    assert_consistent(found)
    mirrored = compare_accuracy(labels, second, first, told)
    assert (mirrored.difference, mirrored.p_value) == (-found.difference, found.p_value)
    assert compare_accuracy(labels, first, first, told).p_value == 1


@given(st.data(), tables(2), st.booleans())
def test_order_of_rows_changes_no_bit_of_accuracies(data, table, grouped):
    shuffled = data.draw(st.permutations(table))
    results = []
    for rows in (table, shuffled):
        labels, groups, scores = columns(rows)
        first, second = (scores > 0.25).astype(int)
        results.append(compare_accuracy(labels, first, second, groups if grouped else None))
    assert results[0] == results[1]


@given(st.data(), tables(2), st.booleans())
def test_order_of_rows_changes_no_bit(data, table, grouped):
    shuffled = data.draw(st.permutations(table))
    results = []
    for rows in (table, shuffled):
        labels, groups, (first, second) = columns(rows)
        results.append(compare_auroc(labels, first, second, groups if grouped else None))
    assert results[0] == results[1]


@given(tables(2))
def test_swapping_the_classes_and_turning_the_scores_changes_little(table):
    labels, _, (first, second) = columns(table)
    before, after = compare_auroc(labels, first, second), compare_auroc(1 - labels, -first, -second)
    if isinstance(before, Unavailable):
        assert isinstance(after, Unavailable)
        return
    assert after.difference == before.difference
    assert after.p_value == pytest.approx(before.p_value, abs=1e-9)
    assert (after.low, after.high) == pytest.approx((before.low, before.high), abs=1e-9)


@given(tables(2))
def test_renaming_groups_changes_no_bit(table):
    labels, groups, (first, second) = columns(table)
    assert compare_auroc(labels, first, second, groups) == compare_auroc(labels, first, second, 7 - 2 * groups)


@given(st.data(), tables(4, least=6))
def test_ranks_follow_the_entries_whatever_their_order(data, table):
    labels, _, scores = columns(table)
    order = data.draw(st.permutations(range(4)))
    before, after = estimate_aurocs(labels, scores), estimate_aurocs(labels, scores[list(order)])
    if isinstance(before, Unavailable):
        return
    ranked = rank_entries(before.values, compare_all(before))
    reordered = rank_entries(after.values, compare_all(after))
    assert reordered.ranks == tuple(ranked.ranks[entry] for entry in order)
    assert reordered.separable_pairs == ranked.separable_pairs


@given(tables(4, least=6), st.booleans())
def test_all_pairs_at_once_are_each_alone(table, grouped):
    labels, groups, scores = columns(table)
    told = groups if grouped else None
    aurocs = estimate_aurocs(labels, scores, told)
    if isinstance(aurocs, Unavailable):
        return
    for first, second, found in compare_pairs(aurocs):
        assert found == compare_auroc(labels, scores[first], scores[second], told)
        assert_consistent(found)


@given(tables(3, least=6), st.integers(0, 2))
def test_copy_of_an_entry_ties_with_it(table, copied):
    labels, _, scores = columns(table)
    aurocs = estimate_aurocs(labels, np.vstack([scores, scores[copied]]))
    if isinstance(aurocs, Unavailable):
        return
    pairs = compare_all(aurocs)
    ranks = rank_entries(aurocs.values, pairs).ranks
    assert dict(zip(combinations(range(4), 2), pairs, strict=True))[copied, 3] == 1
    assert ranks[3] == ranks[copied]


@given(tables(4, least=6))
def test_rank_interval_holds_the_place_of_the_estimate(table):
    labels, _, scores = columns(table)
    aurocs = estimate_aurocs(labels, scores)
    if isinstance(aurocs, Unavailable):
        return
    for value, rank in zip(aurocs.values, rank_entries(aurocs.values, compare_all(aurocs)).ranks, strict=True):
        above, not_below = (sum(other > value for other in aurocs.values), sum(o >= value for o in aurocs.values))
        assert rank.lowest <= 1 + above
        assert not_below <= rank.highest
