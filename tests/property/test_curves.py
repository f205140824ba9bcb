"""What must hold of the curves and the distribution of any scores."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from polyreact.statistics.curves import SMALLEST, STEPS, average_curves, draw_curves, form_blocks
from polyreact.statistics.distribution import BINS, bin_scores
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Unavailable

few = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
finite = st.floats(allow_nan=False, allow_infinity=False)


def tables(score, least=1):
    row = st.tuples(st.integers(0, 1), st.integers(0, 5), score)
    return st.lists(row, min_size=least, max_size=90)


def columns(table):
    labels, groups, scores = (np.array(column) for column in zip(*table, strict=True))
    return labels, scores.astype(float), groups


def points(curve):
    return np.array([curve.at, curve.values, curve.low, curve.high])


@given(tables(finite | few), st.booleans())
def test_curves_rise_and_their_bands_hold_them_within_0_to_1(table, grouped):
    labels, scores, groups = columns(table)
    found = draw_curves(labels, scores, groups if grouped else None)
    if isinstance(found, Unavailable):
        lacks = {0: NO_NEGATIVES, 1: NO_POSITIVES}
        missing = [reason for label, reason in lacks.items() if label not in labels]
        assert found.reason in missing if missing else labels.size < 2 * SMALLEST
        return
    for curve in (found.roc, found.precision_recall):
        assert np.all(curve.low <= curve.values)
        assert np.all(curve.values <= curve.high)
        assert np.all(curve.low >= 0)
        assert np.all(curve.high <= 1)
    assert np.all(np.diff(found.roc.values) >= 0)
    assert (found.roc.at[0], found.roc.at[-1], found.roc.values[-1]) == (0, 1, 1)
    assert (found.roc.low[0], found.roc.low[-1], found.precision_recall.at[0]) == (0, 1, 1 / STEPS)
    # The same curve in other coordinates: of those called at a recall, the rate of false positives rises with it.
    recall, precision = found.precision_recall.at, found.precision_recall.values
    wrong = recall * labels.sum() * (1 / precision - 1)
    assert np.all(np.diff(wrong) >= -1e-9)
    assert precision[-1] >= labels.mean() - 1e-12


@given(tables(few | st.floats(-50, 50), least=20), st.randoms(use_true_random=False))
def test_order_of_rows_and_rising_changes_of_the_scores_change_nothing(table, chance):
    labels, scores, _ = columns(table)
    found = draw_curves(labels, scores)
    order = list(range(labels.size))
    chance.shuffle(order)
    ranks = np.unique(scores, return_inverse=True)[1]
    for again in (
        draw_curves(labels[order], scores[order]),
        draw_curves(labels, np.exp(ranks / 9.0) * 1e290),
        draw_curves(labels, ranks - 1e6),
    ):
        if isinstance(found, Unavailable):
            assert again == found
            continue
        assert np.array_equal(points(again.roc), points(found.roc))
        assert np.array_equal(points(again.precision_recall), points(found.precision_recall))


@given(tables(few | st.floats(-50, 50), least=20))
def test_curve_is_that_of_scikit_learn_where_each_block_is_a_tie(table):
    labels, scores, _ = columns(table)
    found = draw_curves(labels, scores)
    if isinstance(found, Unavailable):
        return
    tied = -form_blocks(labels, scores).block_of.astype(float)
    rates, sensitivities, _ = roc_curve(labels, tied, drop_intermediate=False)
    inner = slice(1, None)  # at 0 ours is the highest sensitivity without a false positive
    unique = np.concatenate(([True], np.diff(rates) > 0))
    highest = np.maximum.reduceat(sensitivities, np.flatnonzero(unique))
    at_vertices = np.isin(found.roc.at, rates)
    for rate, value in zip(found.roc.at[at_vertices], found.roc.values[at_vertices], strict=True):
        assert value == pytest.approx(highest[rates[unique] == rate][0], abs=1e-12)
    assert found.roc.values[inner].size == STEPS
    # On the grid straight pieces are cut short or long, by less than one step of the grid.
    assert np.trapezoid(found.roc.values, found.roc.at) == pytest.approx(
        roc_auc_score(labels, tied), abs=1.01 / STEPS
    )


@given(tables(few | st.floats(-50, 50), least=20))
def test_precision_at_the_recall_of_a_threshold_is_the_one_that_average_precision_sums(table):
    labels, scores, _ = columns(table)
    found = draw_curves(labels, scores)
    if isinstance(found, Unavailable):
        return
    blocks = form_blocks(labels, scores)
    reached, called = np.cumsum(blocks.positives), np.cumsum(blocks.positives + blocks.negatives)
    gains = np.diff(np.concatenate(([0], reached))) / labels.sum()
    tied = -blocks.block_of.astype(float)
    assert float(np.sum(gains * reached / called)) == pytest.approx(average_precision_score(labels, tied))
    for place in np.flatnonzero(blocks.positives):
        at = np.flatnonzero(found.precision_recall.at == reached[place] / labels.sum())
        for point in at:
            assert found.precision_recall.values[point] == pytest.approx(reached[place] / called[place])


@given(tables(finite | few))
def test_blocks_hold_ten_antibodies_or_more_and_never_part_equal_scores(table):
    labels, scores, _ = columns(table)
    blocks = form_blocks(labels, scores)
    sizes = blocks.positives + blocks.negatives
    assert sizes.sum() == labels.size
    assert np.all(sizes >= min(SMALLEST, labels.size))
    assert np.array_equal(np.bincount(blocks.block_of), sizes)
    assert np.array_equal(np.bincount(blocks.block_of, weights=labels), blocks.positives)
    for score in np.unique(scores):
        assert np.unique(blocks.block_of[scores == score]).size == 1
    in_order = blocks.block_of[np.argsort(-scores, kind="stable")]
    assert np.all(np.diff(in_order) >= 0)


@given(tables(finite | few), st.booleans())
@example([(0, 0, 1e300), (1, 0, -1e300), *[(0, 0, 0.5)] * 8], False)
@example([(0, 0, 1.7e308), (1, 0, -1.7e308)], False)
@example([(1, 0, 5e-324), (0, 0, 0.0)], False)
def test_every_antibody_is_in_one_bin(table, is_probability):
    labels, scores, _ = columns(table)
    shares = form_blocks(labels, scores).shares
    found = bin_scores(scores, shares, is_probability=is_probability)
    assert 1 <= len(found.bins) <= BINS
    assert sum(each.antibodies for each in found.bins) == labels.size
    assert sum(each.polyreactive for each in found.bins) == pytest.approx(labels.sum())
    for each, after in zip(found.bins[:-1], found.bins[1:], strict=True):
        assert each.low < each.high == after.low
    assert all(-1e-9 <= each.polyreactive <= each.antibodies + 1e-9 for each in found.bins)
    first, last = found.bins[0], found.bins[-1]
    assert np.isfinite([first.low, last.high]).all()
    assert found.is_open_below == bool(scores.min() < first.low)
    assert found.is_open_above == bool(scores.max() > last.high)
    if is_probability:
        assert (first.low, last.high, len(found.bins)) == (0, 1, BINS)


@given(st.lists(tables(few, least=20), min_size=2, max_size=4))
def test_mean_over_folds_is_that_of_its_points_and_its_band_is_narrower_than_the_widest(folds):
    drawn = [draw_curves(*columns(table)[:2]) for table in folds]
    if any(isinstance(found, Unavailable) for found in drawn):
        return
    mean = average_curves(drawn)
    assert mean.roc.values == pytest.approx(np.mean([found.roc.values for found in drawn], axis=0))
    widest = np.max([found.roc.high - found.roc.low for found in drawn], axis=0)
    assert np.all(mean.roc.high - mean.roc.low <= widest + 1e-9)
    assert np.all(mean.roc.low <= mean.roc.values)
    assert np.all(mean.precision_recall.values <= mean.precision_recall.high)
