"""Intervals where rows come in groups: against rows copied group by group, and at the edges."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, matthews_corrcoef

from polyreact.statistics import bootstrap, proportions
from polyreact.statistics.bootstrap import (
    FEW_NEGATIVE_GROUPS,
    FEW_POSITIVE_GROUPS,
    UNDEFINED,
    grouped_interval,
    grouped_intervals,
)
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Interval, Method, Unavailable
from resampling import draw_groups, resample_groups

#: An interval without groups that is inside of any other.
NARROWEST = Interval(0.5, 0.5, 0.95, Method.WILSON)


def example(seed=1, groups=150):
    labels, scores, group_of = draw_groups(seed, groups)
    return labels, (scores > 0.5).astype(np.int64), group_of


def accuracy(true_positives, positives, false_positives, negatives):
    return (true_positives + negatives - false_positives) / (positives + negatives)


@pytest.mark.parametrize(
    ("statistic", "oracle"),
    [
        (accuracy, accuracy_score),
        (proportions.balanced_accuracy, balanced_accuracy_score),
        (proportions.f1, f1_score),
        (proportions.mcc, matthews_corrcoef),
    ],
)
def test_limits_are_those_of_rows_copied_group_by_group(statistic, oracle):
    """Of 600 draws a limit is uncertain by a tenth of the standard deviation, and three times that is held."""
    labels, called, groups = example(groups=60)
    drawn = resample_groups(oracle, (labels, called), groups, draws=600)
    found = grouped_interval(statistic, labels, called, groups, NARROWEST)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.method is Method.CLUSTER_BOOTSTRAP
    assert (found.low, found.high) == pytest.approx((min(low, 0.5), max(high, 0.5)), abs=0.3 * drawn.std())


def test_draws_of_kinds_have_the_mean_and_the_covariance_of_draws_of_groups():
    labels, called, groups = example(groups=60)
    counts = np.array([np.bincount(2 * labels[groups == g] + called[groups == g], minlength=4) for g in range(60)])
    drawn = bootstrap._draw_totals(counts, 20_000)
    assert drawn.mean(axis=0) == pytest.approx(counts.sum(axis=0), rel=0.01)
    scale = 60 * np.cov(counts.T, ddof=0)
    assert np.cov(drawn.T) == pytest.approx(scale, abs=0.05 * np.diag(scale).max())


def test_metrics_drawn_together_have_the_intervals_of_each_alone():
    labels, called, groups = example(groups=60)
    nothing = Unavailable(proportions.NOTHING_COUNTED)
    metrics = [(accuracy, NARROWEST), (proportions.f1, nothing), (proportions.mcc, NARROWEST)]
    alone = [grouped_interval(statistic, labels, called, groups, known) for statistic, known in metrics]
    assert grouped_intervals(metrics, labels, called, groups) == alone
    assert alone[1] == nothing
    assert grouped_intervals([], labels, called, groups) == []


def test_kinds_are_the_distinct_rows_whatever_their_numbers(monkeypatch):
    random = np.random.default_rng(1)
    counts = random.integers(-3, 4, (200, 3))
    kinds, times = bootstrap._find_kinds(counts)
    monkeypatch.setattr(bootstrap, "_MOST_KEYS", 0)
    expected = np.unique(counts, axis=0, return_counts=True)
    for found in ((kinds, times), bootstrap._find_kinds(counts)):
        assert [part.tolist() for part in found] == [part.tolist() for part in expected]


def test_groups_widen_the_interval_of_rows():
    labels, called, groups = example()
    counts = (
        int(called[labels == 1].sum()),
        int(labels.sum()),
        int(called[labels == 0].sum()),
        int((labels == 0).sum()),
    )
    rows = proportions.balanced_accuracy_interval(*counts)
    found = grouped_interval(proportions.balanced_accuracy, labels, called, groups, rows)
    assert found.low < rows.low
    assert rows.high < found.high
    assert found.high - found.low > 1.3 * (rows.high - rows.low)


def test_groups_of_one_row_give_the_width_of_rows():
    labels, called, groups = example(groups=400)
    rows = proportions.wilson_interval(int((labels == called).sum()), labels.size)
    middle = Interval((rows.low + rows.high) / 2, (rows.low + rows.high) / 2, 0.95, Method.WILSON)
    found = grouped_interval(accuracy, labels, called, np.arange(groups.size), middle)
    assert found.high - found.low == pytest.approx(rows.high - rows.low, rel=0.06)


def test_perfect_predictions_have_the_interval_of_rows():
    """No draw differs from another then, and the percentiles alone would be a point."""
    labels, _, groups = example()
    rows = proportions.wilson_interval(labels.size, labels.size)
    found = grouped_interval(accuracy, labels, labels, groups, rows)
    assert (found.low, found.high) == (rows.low, 1)
    assert rows.low < 1


def test_same_data_same_interval_another_seed_another(monkeypatch):
    labels, called, groups = example()
    first, again = (grouped_interval(accuracy, labels, called, groups, NARROWEST, draws=200) for _ in range(2))
    monkeypatch.setattr(bootstrap, "SEED", 6)
    other = grouped_interval(accuracy, labels, called, groups, NARROWEST, draws=200)
    assert first == again
    assert first != other


def test_order_of_rows_and_names_of_groups_change_no_bit():
    labels, called, groups = example()
    order = np.random.default_rng(2).permutation(labels.size)
    names = np.array([f"clone-{7 * group % 151:04}" for group in groups])
    before = grouped_interval(proportions.mcc, labels, called, groups, NARROWEST, draws=100)
    for told in (groups, names):
        shuffled = labels[order], called[order], told[order]
        assert grouped_interval(proportions.mcc, *shuffled, NARROWEST, draws=100) == before


def test_interval_contains_its_estimate_even_with_one_draw():
    labels, called, groups = example()
    right = accuracy_score(labels, called)
    inside = Interval(right, right, 0.95, Method.WILSON)
    found = grouped_interval(accuracy, labels, called, groups, inside, draws=1)
    assert found.low <= right <= found.high


def test_draws_without_a_value_are_left_out():
    """Two groups hold all that is called polyreactive, so one draw in seven has no precision."""
    labels, _, groups = example(groups=60)
    called = np.where(groups < 2, 1, 0)

    def precision(true_positives, positives, false_positives, negatives):
        return true_positives / (true_positives + false_positives)

    estimate = float(labels[called == 1].mean())
    found = grouped_interval(precision, labels, called, groups, Interval(estimate, estimate, 0.95, Method.WILSON))
    assert 0 <= found.low < estimate < found.high <= 1


@pytest.mark.parametrize(
    ("label", "none", "few"), [(1, NO_POSITIVES, FEW_POSITIVE_GROUPS), (0, NO_NEGATIVES, FEW_NEGATIVE_GROUPS)]
)
def test_too_few_groups_of_a_class_give_the_reason(label, none, few):
    _, called, groups = example()
    only, nineteen, twenty = (np.where(groups < with_label, label, 1 - label) for with_label in (0, 19, 20))
    assert grouped_interval(accuracy, only, called, groups, NARROWEST) == Unavailable(none)
    assert grouped_interval(accuracy, nineteen, called, groups, NARROWEST) == Unavailable(few)
    assert isinstance(grouped_interval(accuracy, twenty, called, groups, NARROWEST, draws=10), Interval)


def test_metric_that_has_no_interval_of_rows_has_none_by_groups():
    labels, _, groups = example()
    called = np.zeros_like(labels)
    reason = Unavailable(proportions.NO_POSITIVE_PREDICTIONS)
    assert grouped_interval(proportions.mcc, labels, called, groups, reason) == reason
    assert grouped_interval(proportions.mcc, labels, called, groups, NARROWEST) == Unavailable(UNDEFINED)


def test_what_the_caller_got_wrong_is_named():
    labels, called, groups = example()
    with pytest.raises(ValueError, match="groups of shape"):
        grouped_interval(accuracy, labels, called, groups[:-1], NARROWEST)
    with pytest.raises(ValueError, match="predictions of shape"):
        grouped_interval(accuracy, labels, called[:-1], groups, NARROWEST)
    with pytest.raises(ValueError, match="draws"):
        grouped_interval(accuracy, labels, called, groups, NARROWEST, draws=0)
    with pytest.raises(ValueError, match="level"):
        grouped_interval(accuracy, labels, called, groups, NARROWEST, level=1)
    with pytest.raises(ValueError, match="0 or 1"):
        grouped_interval(accuracy, labels + 1, called, groups, NARROWEST)
