"""Scores read as probabilities: the loss, the bins, and their error, against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss as their_log_loss

from polyreact.metrics import calibration
from polyreact.metrics.calibration import BINS, build_reliability, ece, log_loss
from polyreact.metrics.interface import MetricValue, ReliabilityBin


def tables(count, seed):
    """Labels and probabilities of 1 to 300 antibodies, many on the ends of the bins."""
    stream = np.random.default_rng(seed)
    for _ in range(count):
        size = int(stream.integers(1, 301))
        labels = (stream.random(size) < stream.random()).astype(int)
        scores = np.clip(stream.random(size) * 0.8 + 0.2 * labels, 0.001, 0.999)
        yield labels, np.round(scores, int(stream.integers(1, 4))) if stream.random() < 0.5 else scores


def test_log_loss_is_that_of_scikit_learn_where_it_is_finite():
    compared = 0
    for labels, scores in tables(500, seed=3):
        found = log_loss(labels, scores, is_probability=True)
        if found.value is None:
            assert found.reason == calibration.INFINITE_LOSS
            assert np.any(np.where(labels == 1, scores, 1 - scores) == 0)
            continue
        assert found.value == pytest.approx(their_log_loss(labels, scores, labels=[0, 1]), abs=1e-12, rel=0)
        compared += 1
    assert compared > 300


@pytest.mark.parametrize(("label", "score"), [(1, 0.0), (0, 1.0), (1, -0.0)])
def test_certainty_that_is_wrong_has_no_log_loss(label, score):
    found = log_loss(np.array([0, label]), np.array([0.5, score]), is_probability=True)
    assert found == MetricValue(None, calibration.INFINITE_LOSS)


def test_certainty_that_is_right_has_a_log_loss_of_zero():
    found = log_loss(np.array([0, 1, 0]), np.array([0.0, 1.0, -0.0]), is_probability=True)
    assert found.value == 0
    assert math.copysign(1, found.value) == 1


def test_log_loss_of_the_smallest_probability_there_is():
    found = log_loss(np.array([1]), np.array([5e-324]), is_probability=True)
    assert found.value == pytest.approx(1074 * math.log(2))


def test_log_loss_of_a_specific_antibody_keeps_the_digits_of_a_small_probability():
    assert log_loss(np.array([0]), np.array([1e-20]), is_probability=True).value == pytest.approx(1e-20, abs=0)


@pytest.mark.parametrize("metric", [log_loss, ece])
def test_score_that_is_no_probability_has_neither(metric):
    labels, scores = np.array([0, 1]), np.array([0.2, 1.2])
    assert metric(labels, scores, is_probability=False) == MetricValue(None, calibration.NOT_A_PROBABILITY)
    assert metric(labels, scores, is_probability=True) == MetricValue(None, calibration.OUTSIDE_UNIT_INTERVAL)


def test_bins_and_their_error_are_those_of_scikit_learns_curve():
    for labels, scores in tables(500, seed=4):
        filled = [part for part in build_reliability(labels, scores) if part.antibodies]
        shares, means = calibration_curve(labels, scores, n_bins=BINS)
        assert [part.polyreactive / part.antibodies for part in filled] == pytest.approx(shares, abs=1e-12)
        assert [part.mean_score for part in filled] == pytest.approx(means, abs=1e-12)
        ends = np.digitize(scores, np.linspace(0, 1, BINS + 1)[1:-1], right=True)
        weights = np.unique(ends, return_counts=True)[1] / labels.size
        expected = float(weights @ np.abs(shares - means))
        assert ece(labels, scores, is_probability=True).value == pytest.approx(expected, abs=1e-12, rel=0)


def test_bins_are_closed_above_and_the_first_on_both_sides():
    scores = np.array([0.0, 0.1, 0.3, math.nextafter(0.3, 1), 0.7, 1.0])
    bins = build_reliability(np.array([0, 1, 0, 1, 1, 1]), scores)
    assert [part.antibodies for part in bins] == [2, 0, 1, 1, 0, 0, 1, 0, 0, 1]
    assert bins[0] == ReliabilityBin(0.0, 0.1, 2, 1, 0.05)
    assert bins[1] == ReliabilityBin(0.1, 0.2, 0, 0, None)
    assert [part.up_to for part in bins[:-1]] == [part.above for part in bins[1:]]
    assert (bins[-1].up_to, len(bins)) == (1.0, 10)


@pytest.mark.parametrize(
    ("labels", "scores", "expected"),
    [([0, 1], [0.0, 1.0], 0.0), ([1, 0], [0.0, 1.0], 1.0), ([0, 1], [0.5, 0.5], 0)],
)
def test_calibration_error_at_its_ends(labels, scores, expected):
    assert ece(np.array(labels), np.array(scores), is_probability=True) == MetricValue(expected)


def test_calibrated_score_has_some_error_which_falls_with_the_antibodies():
    """Why the docstring calls it biased to the large side."""
    stream = np.random.default_rng(5)
    means = []
    for size in (86, 8_600):
        drawn = stream.random((40, size))
        labels = (stream.random((40, size)) < drawn).astype(int)
        means.append(np.mean([ece(y, p, is_probability=True).value for y, p in zip(labels, drawn, strict=True)]))
    assert means[0] > 0.08
    assert means[1] < 0.02
