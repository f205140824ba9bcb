"""What must hold for the interval of any table."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from polyreact.statistics.auroc import auroc_interval, place
from polyreact.statistics.interval import Unavailable
from polyreact.statistics.proportions import balanced_accuracy_interval, f1_interval, mcc_interval, wilson_interval

scores = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.25, 0.5])
rows = st.lists(st.tuples(st.integers(0, 1), scores), min_size=1, max_size=60)


def interval(table):
    labels, values = (np.array(column) for column in zip(*table, strict=True))
    return auroc_interval(labels, values.astype(float))


@given(rows)
def test_interval_contains_its_auroc_and_lies_within_0_to_1(table):
    found = interval(table)
    labels, values = (np.array(column) for column in zip(*table, strict=True))
    if isinstance(found, Unavailable):
        assert min((labels == 0).sum(), (labels == 1).sum()) < 2
    else:
        assert 0 <= found.low <= place(labels, values.astype(float)).auroc <= found.high <= 1
        assert found.low < found.high


@given(st.data(), rows)
def test_order_of_rows_changes_no_bit(data, table):
    assert interval(data.draw(st.permutations(table))) == interval(table)


@given(rows)
def test_reversing_the_scores_mirrors_the_interval(table):
    before, after = interval(table), interval([(label, -score) for label, score in table])
    if isinstance(before, Unavailable):
        assert after == before
    else:
        assert np.allclose([1 - after.high, 1 - after.low], [before.low, before.high], rtol=0, atol=1e-9)


@given(rows)
def test_swapping_labels_and_order_changes_nothing(table):
    before, after = interval(table), interval([(1 - label, -score) for label, score in table])
    if not isinstance(before, Unavailable):
        assert np.allclose([after.low, after.high], [before.low, before.high], rtol=0, atol=1e-9)


@given(st.data(), st.integers(1, 2000))
def test_wilson_contains_its_share(data, total):
    successes = data.draw(st.integers(0, total))
    found = wilson_interval(successes, total, data.draw(st.floats(0.01, 0.999)))
    assert 0 <= found.low <= successes / total <= found.high <= 1


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
