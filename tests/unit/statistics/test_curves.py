"""Curves of small tables that can be worked out by hand, and of those that other bands fail on."""

import numpy as np
import pytest

from polyreact.statistics.curves import SMALLEST, STEPS, TOO_FEW, draw_curves, form_blocks
from polyreact.statistics.distribution import BINS, bin_scores
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Unavailable


def in_blocks(*polyreactive):
    """Labels and scores of blocks of ten, of which so many are polyreactive, highest scores first."""
    labels = [label for count in polyreactive for label in [1] * count + [0] * (10 - count)]
    return np.array(labels), np.arange(len(labels), 0, -1.0)


def at(curve, place):
    """The value and both limits at a point of the grid."""
    index = int(np.flatnonzero(np.isclose(curve.at, place))[0])
    return curve.values[index], curve.low[index], curve.high[index]


def test_curve_runs_straight_through_the_thresholds_between_blocks():
    found = draw_curves(*in_blocks(8, 2))
    assert at(found.roc, 0.2)[0] == pytest.approx(0.8)
    assert at(found.roc, 0.1)[0] == pytest.approx(0.4)
    assert at(found.roc, 0.6)[0] == pytest.approx(0.9)
    assert found.roc.at.tolist() == [step / STEPS for step in range(STEPS + 1)]


def test_precision_between_two_thresholds_is_not_on_a_straight_line():
    """Davis and Goadrich: by recall .9, in the middle of the second block, 9 are found beside 2 + 4 false ones."""
    found = draw_curves(*in_blocks(8, 2)).precision_recall
    assert at(found, 0.8)[0] == pytest.approx(8 / 10)
    assert at(found, 1.0)[0] == pytest.approx(10 / 20)
    assert at(found, 0.9)[0] == pytest.approx(9 / 15)
    assert at(found, 0.9)[0] < (0.8 + 0.5) / 2
    assert at(found, 0.02)[0] == pytest.approx(0.8)


def test_where_a_block_has_one_class_the_curve_goes_straight_up_or_sideways():
    found = draw_curves(*in_blocks(10, 0, 10, 0))
    assert at(found.roc, 0.0)[0] == pytest.approx(0.5)
    assert at(found.roc, 0.24)[0] == pytest.approx(0.5)
    assert at(found.roc, 0.5)[0] == pytest.approx(1.0)
    assert at(found.precision_recall, 0.5)[0] == pytest.approx(1.0)
    assert at(found.precision_recall, 0.52)[0] == pytest.approx(10.4 / 20.4)


def test_perfect_scores_have_a_band_of_some_width():
    found = draw_curves(np.repeat([1, 0], [29, 57]), np.repeat([2.0, 1.0], [29, 57]))
    assert found.roc.values.tolist() == [1.0] * (STEPS + 1)
    assert found.precision_recall.values.tolist() == [1.0] * STEPS
    value, low, high = at(found.roc, 0.5)
    assert (value, high) == (1, 1)
    assert low == pytest.approx(0.883, abs=0.001)  # Wilson, 29 of 29
    assert at(found.precision_recall, 0.5)[1] < 1


def test_scores_that_are_all_equal_give_the_diagonal_and_the_share_of_polyreactive():
    found = draw_curves(np.repeat([1, 0], [29, 57]), np.full(86, 0.5))
    assert found.roc.values == pytest.approx(found.roc.at)
    assert found.precision_recall.values == pytest.approx(29 / 86)


def test_at_no_false_positives_nothing_bounds_sensitivity_from_below():
    assert at(draw_curves(*in_blocks(10, 5, 0, 0)).roc, 0.0)[1] == 0


@pytest.mark.parametrize(
    ("labels", "reason"), [([0] * 30, NO_POSITIVES), ([1] * 30, NO_NEGATIVES), ([1] * 9 + [0] * 10, TOO_FEW)]
)
def test_curves_that_cannot_be_drawn_say_why(labels, reason):
    assert draw_curves(np.array(labels), np.arange(float(len(labels)))) == Unavailable(reason)


def test_level_that_is_none_is_refused():
    with pytest.raises(ValueError, match="level"):
        draw_curves(*in_blocks(5, 5), level=1.0)


def test_rest_too_small_for_a_block_goes_to_the_last():
    labels = np.zeros(29, dtype=int)
    blocks = form_blocks(labels, np.arange(29.0))
    assert (blocks.positives + blocks.negatives).tolist() == [10, 19]
    tied = form_blocks(labels, np.repeat([3.0, 2.0, 1.0], [9, 11, 9]))
    assert (tied.positives + tied.negatives).tolist() == [29], "equal scores stand together"
    assert SMALLEST == 10


def band_width(labels, scores, groups=None):
    found = draw_curves(labels, scores, groups)
    return np.mean(found.roc.high - found.roc.low), np.mean(
        found.precision_recall.high - found.precision_recall.low
    )


def test_rows_that_repeat_each_other_tell_no_more_than_one_of_them():
    """Every antibody five times, in a group: the band is about that of the antibodies alone."""
    chance = np.random.RandomState(4)
    labels = np.repeat([1, 0], [100, 100])
    scores = chance.standard_normal(200) + labels
    five = np.repeat(labels, 5), np.repeat(scores, 5)
    once, by_rows = band_width(labels, scores), band_width(*five)
    by_groups = band_width(*five, np.repeat(np.arange(200), 5))
    for place in range(2):
        assert by_rows[place] < 0.6 * once[place]
        assert by_groups[place] == pytest.approx(once[place], rel=0.1)


def test_groups_of_one_change_nothing_and_independent_groups_little():
    chance = np.random.RandomState(5)
    labels = np.repeat([1, 0], [200, 200])
    scores = chance.standard_normal(400) + labels
    alone = band_width(labels, scores)
    assert band_width(labels, scores, np.arange(400)) == pytest.approx(alone)
    assert alone[0] <= band_width(labels, scores, chance.randint(0, 100, 400))[0] < 1.3 * alone[0]


def bins(scores, *, is_probability=False):
    scores = np.array(scores, dtype=float)
    return bin_scores(scores, np.zeros(scores.size), is_probability=is_probability)


def test_one_score_of_1e300_stands_in_an_open_bin_and_leaves_the_others_apart():
    found = bins([*np.linspace(0, 1, 500), 1e300])
    assert (found.is_open_below, found.is_open_above, len(found.bins)) == (True, True, BINS)
    assert found.bins[-1].high < 1.001
    assert max(each.antibodies for each in found.bins) < 40


def test_scores_without_outliers_have_bins_from_the_lowest_to_the_highest():
    found = bins(np.linspace(-3, 7, 500))
    assert (found.is_open_below, found.is_open_above) == (False, False)
    assert (found.bins[0].low, found.bins[-1].high, len(found.bins)) == (-3, 7, BINS)


def test_equal_scores_have_one_bin_of_no_width():
    (only,) = bins([2.5] * 30).bins
    assert (only.low, only.high, only.antibodies) == (2.5, 2.5, 30)


def test_equal_scores_beside_one_outlier_have_bins_up_to_it():
    found = bins([0.0] * 299 + [1.0])
    assert (found.bins[0].antibodies, found.bins[-1].antibodies) == (299, 1)


def test_score_at_an_edge_is_in_the_bin_above_and_the_highest_in_the_last():
    found = bins([0.0, 0.05, 0.05, 1.0], is_probability=True)
    assert [each.antibodies for each in found.bins] == [1, 2, *[0] * 17, 1]


def test_probabilities_out_of_range_are_told_by_open_ends():
    found = bins([-0.5, 0.5, 1.5], is_probability=True)
    assert (found.is_open_below, found.is_open_above) == (True, True)
    assert (found.bins[0].antibodies, found.bins[-1].antibodies) == (1, 1)
