"""Rank intervals worked by hand, and Holm against statsmodels."""

from itertools import combinations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from pairs import compare_all
from polyreact.metrics.resolution import smallest_difference, standard_error
from polyreact.statistics.comparison import SIGNIFICANCE
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.ranks import (
    Rank,
    adjust_p_values,
    detectable_difference,
    rank_entries,
)


def pairs(**p_values):
    """Of names such as p01=.2: the pair of 0 and 1; all of them in order."""
    assert list(p_values) == sorted(p_values)
    return list(p_values.values())


@pytest.mark.parametrize("seed", range(5))
def test_adjusted_as_statsmodels_does(seed):
    p_values = np.random.default_rng(seed).random(30) ** 4
    expected = multipletests(p_values, method="holm")[1]
    assert adjust_p_values(p_values) == pytest.approx(expected, abs=1e-15)


def test_adjusting_nothing():
    assert adjust_p_values([]).shape == (0,)


def test_intervals_by_hand():
    """Entry 0 beats 2 and 3, entry 1 beats 3; the rest cannot be told apart."""
    found = rank_entries([0.9, 0.85, 0.7, 0.6], pairs(p01=0.5, p02=0.001, p03=0.0001, p12=0.03, p13=0.001, p23=0.4))
    assert found.ranks == (Rank(1, 2, True), Rank(1, 3, True), Rank(2, 4, False), Rank(3, 4, False))
    assert (found.separable_pairs, found.pairs) == (3, 6)


def test_all_pairs_are_adjusted_together():
    alone = rank_entries([0.9, 0.8], pairs(p01=0.03))
    among = rank_entries([0.9, 0.8, 0.85], pairs(p01=0.03, p02=0.9, p12=0.9))
    assert alone.ranks[1] == Rank(2, 2, False)
    assert among.ranks == (Rank(1, 3, True),) * 3


def test_tie_with_any_entry_that_has_the_highest_estimate_is_none_when_the_other_beats_it():
    found = rank_entries([0.9, 0.9, 0.7], pairs(p01=0.8, p02=0.001, p12=0.5))
    assert [rank.ties_with_best for rank in found.ranks] == [True, True, False]


def test_one_entry_and_none():
    assert rank_entries([0.7], []).ranks == (Rank(1, 1, True),)
    assert rank_entries([], []).ranks == ()


@pytest.mark.parametrize("given", [[1.0], [1.0] * 4, [[1.0] * 3]])
def test_pairs_missing_or_too_many_are_a_mistake_of_the_caller(given):
    with pytest.raises(ValueError, match="3 entries make 3 pairs"):
        rank_entries([0.5, 0.6, 0.7], given)


def rank_plainly(estimates, p_values):
    """The definition, pair by pair: Holm's adjustment, then sets of who is better than whom."""
    named = dict(zip(combinations(range(len(estimates)), 2), p_values, strict=True))
    significant, largest = [], 0.0
    for done, pair in enumerate(sorted(named, key=named.get)):
        largest = max(largest, min(1.0, (len(named) - done) * named[pair]))
        if largest <= SIGNIFICANCE:
            significant.append(pair)
    better = [set() for _ in estimates]
    for pair in significant:
        below, above = sorted(pair, key=estimates.__getitem__)
        if estimates[below] != estimates[above]:
            better[below].add(above)
    best = {entry for entry, estimate in enumerate(estimates) if estimate == max(estimates)}
    return [
        (
            1 + len(better[entry]),
            len(estimates) - sum(entry in others for others in better),
            not better[entry] & best,
        )
        for entry in range(len(estimates))
    ], sum(map(len, better))


@pytest.mark.parametrize("entries", [2, 3, 7, 40])
@pytest.mark.parametrize("seed", range(6))
def test_ranks_are_those_of_the_definition(entries, seed):
    """Equal estimates, equal p-values, and p-values that go against the estimates among them."""
    random = np.random.default_rng(seed)
    estimates = random.integers(0, entries + 2, entries) / 10
    p_values = np.round(random.random(entries * (entries - 1) // 2) ** (1 + 9 * seed), 4 + seed)
    found = rank_entries(estimates, p_values)
    told = [(rank.lowest, rank.highest, rank.ties_with_best) for rank in found.ranks]
    assert (told, found.separable_pairs) == rank_plainly(estimates.tolist(), p_values.tolist())


def test_thousand_entries_are_ranked_at_once():
    random = np.random.default_rng(0)
    found = rank_entries(random.random(1_000), random.random(499_500) ** 9)
    assert (len(found.ranks), found.pairs) == (1_000, 499_500)
    assert 0 < found.separable_pairs < 499_500


def test_board_of_submissions_far_apart_has_points_for_ranks():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 5000)
    scores = random.standard_normal((4, 5000)) + np.outer([0.3, 1.5, 0.9, 2.1], labels)
    aurocs = estimate_aurocs(labels, scores)
    found = rank_entries(aurocs.values, compare_all(aurocs))
    assert [(rank.lowest, rank.highest) for rank in found.ranks] == [(4, 4), (2, 2), (3, 3), (1, 1)]
    assert found.separable_pairs == found.pairs == 6


def test_copies_share_their_rank():
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 5000)
    scores = random.standard_normal((3, 5000)) + np.outer([0.3, 1.5, 0.9], labels)
    aurocs = estimate_aurocs(labels, np.vstack([scores, scores[1] * 2]))
    found = rank_entries(aurocs.values, compare_all(aurocs))
    assert [(rank.lowest, rank.highest) for rank in found.ranks] == [(4, 4), (1, 2), (3, 3), (1, 2)]


def test_detectable_difference_is_the_planned_one_for_the_planned_errors():
    error = standard_error(0.75, 29, 57)  # sqrt(2 (1 - r)) is 1 for r = 1/2
    assert detectable_difference([error, error]) == pytest.approx(smallest_difference(29, 57), rel=1e-12)
    assert detectable_difference([]) is None
