"""What must hold for the interval of any table."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from polyreact.statistics.auroc import auroc_interval
from polyreact.statistics.bootstrap import grouped_interval
from polyreact.statistics.correlation import spearman_interval
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.interval import Interval, Unavailable
from polyreact.statistics.mcnemar import PairedCounts, paired_difference_interval
from polyreact.statistics.means import mean_interval
from polyreact.statistics.proportions import (
    balanced_accuracy,
    balanced_accuracy_interval,
    f1,
    f1_interval,
    mcc,
    mcc_interval,
    wilson_interval,
    youden,
    youden_interval,
)

OF_TWO_SHARES = (
    (balanced_accuracy_interval, balanced_accuracy),
    (youden_interval, youden),
    (f1_interval, f1),
    (mcc_interval, mcc),
)
scores = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.25, 0.5])
rows = st.lists(st.tuples(st.integers(0, 1), scores, st.integers(0, 8)), min_size=1, max_size=60)
levels = st.floats(0.01, 0.999)


def columns(table):
    labels, values, groups = (np.array(column) for column in zip(*table, strict=True))
    return labels, values.astype(float), groups


def interval(table, *, grouped=False):
    labels, values, groups = columns(table)
    return auroc_interval(labels, values, groups if grouped else None)


@given(rows, st.booleans(), levels)
def test_interval_contains_its_auroc_and_lies_within_0_to_1(table, grouped, level):
    labels, values, groups = columns(table)
    found = auroc_interval(labels, values, groups if grouped else None, level)
    if isinstance(found, Unavailable):
        of = [np.unique(groups[labels == label]).size if grouped else (labels == label).sum() for label in (0, 1)]
        assert min(of) < 2
    else:
        estimate = estimate_aurocs(labels, values[np.newaxis]).values[0]
        assert 0 <= found.low <= estimate <= found.high <= 1
        assert found.low < found.high


@given(st.data(), rows, st.booleans())
def test_order_of_rows_changes_no_bit(data, table, grouped):
    shuffled = data.draw(st.permutations(table))
    assert interval(shuffled, grouped=grouped) == interval(table, grouped=grouped)


@given(rows)
def test_names_of_groups_change_no_bit(table):
    renamed = [(label, score, 7 - 2 * group) for label, score, group in table]
    assert interval(renamed, grouped=True) == interval(table, grouped=True)


@given(rows, st.booleans())
def test_reversing_the_scores_mirrors_the_interval(table, grouped):
    turned = [(label, -score, group) for label, score, group in table]
    before, after = interval(table, grouped=grouped), interval(turned, grouped=grouped)
    if isinstance(before, Unavailable):
        assert after == before
    else:
        assert np.allclose([1 - after.high, 1 - after.low], [before.low, before.high], rtol=0, atol=1e-9)


@given(rows, st.booleans())
def test_swapping_the_labels_mirrors_auroc_and_interval(table, grouped):
    swapped = [(1 - label, score, group) for label, score, group in table]
    before, after = interval(table, grouped=grouped), interval(swapped, grouped=grouped)
    labels, values, _ = columns(table)
    one, other = (estimate_aurocs(of, values[np.newaxis]) for of in (labels, 1 - labels))
    if isinstance(one, Unavailable):
        assert isinstance(other, Unavailable)
        return
    assert math.isclose(one.values[0], 1 - other.values[0], abs_tol=1e-15)
    if isinstance(before, Unavailable):
        assert isinstance(after, Unavailable)
    else:
        assert np.allclose([1 - after.high, 1 - after.low], [before.low, before.high], rtol=0, atol=1e-9)


@given(st.data(), st.integers(1, 2000), levels)
def test_wilson_contains_its_share(data, total, level):
    successes = data.draw(st.integers(0, total))
    found = wilson_interval(successes, total, level)
    assert 0 <= found.low <= successes / total <= found.high <= 1


@given(st.data(), st.integers(1, 500), st.integers(1, 500), levels)
def test_intervals_of_two_shares_contain_their_estimates(data, positives, negatives, level):
    right, wrong = data.draw(st.integers(0, positives)), data.draw(st.integers(0, negatives))
    for make, metric in OF_TWO_SHARES:
        found = make(right, positives, wrong, negatives, level)
        estimate = float(metric(np.asarray(float(right)), positives, np.asarray(float(wrong)), negatives))
        if math.isnan(estimate):
            assert isinstance(found, Unavailable)
        else:
            assert found.low - 1e-12 <= estimate <= found.high + 1e-12


@given(st.data(), st.integers(1, 500), st.integers(1, 500))
def test_intervals_of_two_shares_move_with_them(data, positives, negatives):
    """One more right call moves no limit down."""
    right = data.draw(st.integers(0, positives - 1))
    wrong = data.draw(st.integers(0, negatives))
    for make in (balanced_accuracy_interval, f1_interval, mcc_interval):
        before, after = make(right, positives, wrong, negatives), make(right + 1, positives, wrong, negatives)
        if not isinstance(before, Unavailable) and not isinstance(after, Unavailable):
            assert before.low <= after.low + 1e-9
            assert before.high <= after.high + 1e-9


@given(st.data(), st.integers(20, 60), st.integers(20, 60), levels, st.booleans())
def test_interval_of_a_mean_contains_it_and_no_order_changes_a_bit(data, positives, negatives, level, grouped):
    size = positives + negatives
    labels = np.repeat([1, 0], [positives, negatives])
    losses = data.draw(arrays.arrays(float, size, elements=st.floats(0, 1e6) | st.sampled_from([0.0, 0.25])))
    groups = data.draw(arrays.arrays(int, size, elements=st.integers(0, 30))) if grouped else None
    if grouped and np.unique(groups).size < 2:
        groups = None
    found = mean_interval(labels, losses, groups, level)
    assert 0 <= found.low <= math.fsum(losses) / size <= found.high
    order = np.array(data.draw(st.permutations(range(size))))
    told = None if groups is None else groups[order]
    assert mean_interval(labels[order], losses[order], told, level) == found


@given(st.floats(-1, 1), st.integers(10, 10_000), levels)
def test_interval_of_a_correlation_contains_it(correlation, pairs, level):
    found = spearman_interval(correlation, pairs, level)
    assert -1 <= found.low <= correlation <= found.high <= 1
    assert found.low < found.high


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(any), levels)
def test_interval_of_a_paired_difference_contains_it(cells, level):
    counts = PairedCounts(*cells)
    low, high = paired_difference_interval(counts, level)
    assert -1 - 1e-12 <= low <= (counts.only_first - counts.only_second) / counts.total <= high <= 1 + 1e-12


@given(st.data(), st.integers(0, 2**32 - 1), levels)
def test_interval_by_groups_contains_the_estimate_and_the_interval_of_rows(data, seed, level):
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(24), random.integers(2, 5, 24))
    labels = np.arange(groups.size) % 2
    called = np.where(random.random(groups.size) < random.random(), labels, random.integers(0, 2, groups.size))
    table = (
        int(called[labels == 1].sum()),
        int(labels.sum()),
        int(called[labels == 0].sum()),
        int((1 - labels).sum()),
    )
    for make, metric in OF_TWO_SHARES:
        alone = make(*table, level)
        found = grouped_interval(metric, labels, called, groups, alone, draws=40, level=level)
        if isinstance(alone, Unavailable):
            assert found == alone
            continue
        assert isinstance(found, Interval)
        assert found.low <= alone.low < alone.high <= found.high
        order = np.array(data.draw(st.permutations(range(labels.size))))
        shuffled = labels[order], called[order], -groups[order]
        assert grouped_interval(metric, *shuffled, alone, draws=40, level=level) == found
