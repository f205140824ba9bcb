"""Figures of the upper end of the order, against scikit-learn, SciPy and every order of the ties."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import hypergeom
from sklearn.metrics import roc_curve

from polyreact.metrics.counts import NO_NEGATIVES, NO_POSITIVES
from polyreact.metrics.interface import MetricValue
from polyreact.metrics.ordering import (
    FEWER_THAN_SHORT_LIST,
    precision_at_positives,
    precision_at_short_list,
    specificity_at_sensitivity,
)


def tables(count, seed):
    """Labels and scores of 1 to 200 antibodies: ties, skew, one class."""
    stream = np.random.default_rng(seed)
    for _ in range(count):
        size = int(stream.integers(1, 201))
        labels = (stream.random(size) < stream.random()).astype(int)
        scores = stream.random(size) + 0.4 * labels
        yield labels, np.round(scores, int(stream.integers(0, 4))) if stream.random() < 0.6 else scores


def expected_precision(labels, scores, listed):
    """The mean of a hypergeometric draw from the antibodies tied at the cut, by SciPy."""
    cut = np.sort(scores)[-listed]
    tied = labels[scores == cut]
    places = listed - int((scores > cut).sum())
    found = np.arange(places + 1)
    return (labels[scores > cut].sum() + found @ hypergeom(tied.size, tied.sum(), places).pmf(found)) / listed


def test_specificity_is_the_best_of_scikit_learns_thresholds():
    compared = 0
    for labels, scores in tables(600, seed=1):
        found = specificity_at_sensitivity(labels, scores)
        if len(set(labels)) == 1:
            assert found == MetricValue(None, NO_NEGATIVES if labels[0] else NO_POSITIVES)
            continue
        false_positives, sensitivity, _ = roc_curve(labels, scores, drop_intermediate=False)
        assert found.value == pytest.approx((1 - false_positives[sensitivity >= 0.9]).max(), abs=1e-12, rel=0)
        compared += 1
    assert compared > 500


@pytest.mark.parametrize(
    ("positives", "missed", "expected"),
    [(9, 1, 0.0), (10, 1, 1.0), (10, 2, 0.0), (20, 2, 1.0), (7, 0, 1.0)],
)
def test_nine_tenths_of_the_polyreactive_are_counted_in_whole_antibodies(positives, missed, expected):
    """Those missed score below every specific; of 9, nine tenths are 8.1, so all of them."""
    labels = np.array([1] * missed + [0] * 5 + [1] * (positives - missed))
    assert specificity_at_sensitivity(labels, np.arange(labels.size, dtype=float)).value == expected


def test_no_point_between_two_thresholds_is_made_up():
    """Half of the polyreactive stand above, half are tied with all of the specific: nothing is in between."""
    assert specificity_at_sensitivity(np.array([1, 1, 1, 0, 0]), np.array([2.0, 2, 1, 1, 1])).value == 0
    found = specificity_at_sensitivity(np.array([1, 1, 1, 0, 0]), np.array([2.0, 2, 1, 1, 1]), Fraction(2, 3))
    assert found.value == 1


def test_precision_of_a_list_is_the_mean_of_a_hypergeometric_draw_at_the_cut():
    compared = 0
    for labels, scores in tables(600, seed=2):
        if not labels.any():
            assert precision_at_positives(labels, scores) == MetricValue(None, NO_POSITIVES)
            continue
        expected = expected_precision(labels, scores, int(labels.sum()))
        assert precision_at_positives(labels, scores).value == pytest.approx(expected, abs=1e-12, rel=0)
        if labels.size >= 10:
            expected = expected_precision(labels, scores, 10)
            assert precision_at_short_list(labels, scores).value == pytest.approx(expected, abs=1e-12, rel=0)
            compared += 1
    assert compared > 500


def test_precision_of_a_list_is_the_mean_over_every_order_of_the_ties():
    labels, scores = [1, 0, 1, 1, 0, 0, 1], [3.0, 2, 2, 2, 2, 1, 0]
    found = [
        Fraction(sum(labels[place] for place in order[:4]), 4)
        for order in permutations(range(7))
        if [scores[place] for place in order] == sorted(scores, reverse=True)
    ]
    assert len(found) == 24
    mean = sum(found) / 24
    assert precision_at_positives(np.array(labels), np.array(scores)).value == float(mean) == 0.625


def test_list_of_ten_needs_ten_antibodies_and_a_polyreactive_one():
    nine, ten = np.array([1] * 9), np.array([0] * 10)
    assert precision_at_short_list(nine, np.arange(9.0)) == MetricValue(None, FEWER_THAN_SHORT_LIST)
    assert precision_at_short_list(ten, np.arange(10.0)) == MetricValue(None, NO_POSITIVES)
    assert precision_at_short_list(1 - ten, np.arange(10.0)) == MetricValue(1.0)
