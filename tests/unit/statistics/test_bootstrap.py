"""Intervals where rows come in groups: what is drawn, against an analytic variance, and at the edges."""

import math

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from polyreact.statistics import proportions
from polyreact.statistics.auroc import auroc_interval, delong, place
from polyreact.statistics.bootstrap import (
    FEW_NEGATIVE_GROUPS,
    FEW_POSITIVE_GROUPS,
    UNDEFINED,
    grouped_auroc_interval,
    grouped_interval,
)
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Method, Unavailable


def draw(seed=1, groups=150, *, ties=False):
    """Groups of 1 to 9 rows that share half of the variance of their scores, and mostly their label."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 10, groups)
    group_of = np.repeat(np.arange(groups), sizes)
    labels = ((rng.random(groups) < 0.5)[group_of] ^ (rng.random(group_of.size) < 0.1)).astype(np.int64)
    scores = labels + (rng.normal(size=groups)[group_of] + rng.normal(size=group_of.size)) / math.sqrt(2)
    return labels, np.round(scores, 1) if ties else scores, group_of


def obuchowski_error(labels, scores, groups):
    """Obuchowski 1997 (Biometrics 53:567), from the placements of all rows, written out."""
    placed, auroc = place(labels, scores), roc_auc_score(labels, scores)
    count = groups.max() + 1
    positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
    above = np.bincount(groups[labels == 1], placed.positives / (2 * negatives) - auroc, count)
    below = np.bincount(groups[labels == 0], placed.negatives / (2 * positives) - auroc, count)
    return math.sqrt(np.sum(np.square(above / positives + below / negatives)) * count / (count - 1))


@pytest.mark.parametrize("ties", [False, True])
def test_width_is_that_of_the_analytic_error_of_groups(ties):
    labels, scores, groups = draw(ties=ties)
    found = grouped_auroc_interval(labels, scores, groups, seed=3, draws=4000)
    error = obuchowski_error(labels, scores, groups)
    assert found.method is Method.CLUSTER_BOOTSTRAP
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.06)
    assert error > 1.5 * math.sqrt(delong(labels, scores[np.newaxis]).covariance[0, 0])


def test_groups_of_one_row_give_the_width_of_rows():
    labels, scores, groups = draw(groups=400)
    found = grouped_auroc_interval(labels, scores, np.arange(groups.size), seed=3)
    rows = auroc_interval(labels, scores)
    assert found.high - found.low == pytest.approx(rows.high - rows.low, rel=0.08)


@pytest.mark.parametrize("ties", [False, True])
def test_limits_are_those_of_rows_drawn_again_group_by_group(ties):
    """The same draws, with the rows really copied and scikit-learn for the metrics."""
    labels, scores, groups = draw(groups=60, ties=ties)
    called = (scores > 0.5).astype(np.int64)
    rng = np.random.default_rng(8)
    aurocs, correlations = [], []
    for _ in range(50):
        rows = np.concatenate([np.flatnonzero(groups == group) for group in rng.integers(60, size=60)])
        aurocs.append(roc_auc_score(labels[rows], scores[rows]))
        correlations.append(matthews_corrcoef(labels[rows], called[rows]))
    found = grouped_auroc_interval(labels, scores, groups, seed=8, draws=50)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(aurocs, [0.025, 0.975])), abs=1e-12)
    found = grouped_interval(proportions.mcc, labels, called, groups, seed=8, draws=50)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(correlations, [0.025, 0.975])), abs=1e-12)


def test_same_seed_same_interval_another_seed_another():
    labels, scores, groups = draw()
    first, again, other = (
        grouped_auroc_interval(labels, scores, groups, seed=seed, draws=200) for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_order_of_rows_changes_no_bit():
    labels, scores, groups = draw(ties=True)
    order = np.random.default_rng(2).permutation(labels.size)
    before = grouped_auroc_interval(labels, scores, groups, seed=5, draws=100)
    assert grouped_auroc_interval(labels[order], scores[order], groups[order], seed=5, draws=100) == before


def test_groups_may_be_named_by_text():
    labels, scores, groups = draw()
    names = np.array([f"clone-{group:04}" for group in groups])
    before = grouped_auroc_interval(labels, scores, groups, seed=5, draws=50)
    assert grouped_auroc_interval(labels, scores, names, seed=5, draws=50) == before


@pytest.mark.parametrize(("sign", "auroc"), [(1, 1.0), (-1, 0.0), (0, 0.5)])
def test_perfect_inverted_and_constant_scores_give_their_estimate(sign, auroc):
    """No draw differs from another then: a limit of the bootstrap, and no harm on the large sets it is for."""
    labels, _, groups = draw()
    found = grouped_auroc_interval(labels, sign * labels.astype(float), groups, seed=1, draws=20)
    assert (found.low, found.high) == (auroc, auroc)


def test_interval_contains_its_estimate_even_with_one_draw():
    labels, scores, groups = draw()
    found = grouped_auroc_interval(labels, scores, groups, seed=1, draws=1)
    assert found.low <= place(labels, scores).auroc <= found.high


@pytest.mark.parametrize(
    ("label", "none", "few"), [(1, NO_POSITIVES, FEW_POSITIVE_GROUPS), (0, NO_NEGATIVES, FEW_NEGATIVE_GROUPS)]
)
def test_too_few_groups_of_a_class_give_the_reason(label, none, few):
    labels, scores, groups = draw()
    only = np.full_like(labels, 1 - label)
    assert grouped_auroc_interval(only, scores, groups, seed=1) == Unavailable(none)
    nineteen = np.where((groups < 19), label, 1 - label)
    assert grouped_auroc_interval(nineteen, scores, groups, seed=1) == Unavailable(few)
    assert grouped_interval(proportions.f1, nineteen, labels, groups, seed=1) == Unavailable(few)
    twenty = np.where((groups < 20), label, 1 - label)
    assert not isinstance(grouped_auroc_interval(twenty, scores, groups, seed=1, draws=10), Unavailable)


def test_metric_that_is_not_defined_has_no_interval():
    labels, _, groups = draw()
    found = grouped_interval(proportions.mcc, labels, np.zeros_like(labels), groups, seed=1, draws=10)
    assert found == Unavailable(UNDEFINED)


def test_what_the_caller_got_wrong_is_named():
    labels, scores, groups = draw()
    with pytest.raises(ValueError, match="groups of shape"):
        grouped_auroc_interval(labels, scores, groups[:-1], seed=1)
    with pytest.raises(ValueError, match="scores of shape"):
        grouped_auroc_interval(labels, scores[:-1], groups, seed=1)
    with pytest.raises(ValueError, match="finite"):
        grouped_auroc_interval(labels, np.where(groups == 3, np.nan, scores), groups, seed=1)
    with pytest.raises(ValueError, match="predictions of shape"):
        grouped_interval(proportions.f1, labels, labels[:-1], groups, seed=1)
    with pytest.raises(ValueError, match="draws"):
        grouped_auroc_interval(labels, scores, groups, seed=1, draws=0)
    with pytest.raises(ValueError, match="level"):
        grouped_auroc_interval(labels, scores, groups, seed=1, level=1)
    with pytest.raises(ValueError, match="0 or 1"):
        grouped_auroc_interval(labels + 1, scores, groups, seed=1)
