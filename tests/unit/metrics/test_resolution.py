"""The smallest difference a set can tell, against figures worked by hand and against simulation."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from polyreact.metrics.resolution import auroc_half_width, smallest_difference, standard_error

#: With exponential scores, of mean 1 for specifics and 3 for polyreactives, AUROC is .75: the formula's own model.
MEAN = 3.0
TIMES = 6000


def simulate(positives, negatives, *, draw, seed=20):
    """AUROC of two submissions on the same antibodies, many times. `draw(rng, shape, is_positive)` gives scores."""
    rng = np.random.default_rng(seed)
    above, below = draw(rng, (TIMES, positives), True), draw(rng, (TIMES, negatives), False)
    found = [
        [mann_whitney(p, n) for p, n in zip(*scores, strict=True)] for scores in zip(above, below, strict=True)
    ]
    labels = np.repeat([1, 0], [positives, negatives])
    assert found[0][0] == pytest.approx(roc_auc_score(labels, np.concatenate([above[0][0], below[0][0]])))
    return np.array(found)


def mann_whitney(positives, negatives):
    return np.searchsorted(np.sort(negatives), positives).mean() / len(negatives)


def draw_exponential(rng, shape, is_positive):
    return rng.exponential(MEAN if is_positive else 1.0, size=(2, *shape))


def draw_normal(correlation):
    def draw(rng, shape, is_positive):
        first, other = rng.standard_normal((2, *shape))
        second = correlation * first + math.sqrt(1 - correlation**2) * other
        return np.array([first, second]) + (0.9539 if is_positive else 0.0)  # AUROC .75: sqrt(2) times z(.75)

    return draw


def test_standard_error_of_the_smallest_sets_is_the_one_worked_by_hand():
    # one antibody of each class, AUROC .5: it is a coin, whose standard deviation is a half
    assert standard_error(0.5, 1, 1) == pytest.approx(0.5)
    # Shehata, .75: (.1875 + 6 (.6 - .5625) + 390 (.642857 - .5625)) / 2737 = .011601
    assert standard_error(0.75, 7, 391) == pytest.approx(math.sqrt(0.011601), abs=1e-5)


def test_standard_error_is_the_spread_of_simulated_auroc():
    found = simulate(29, 57, draw=draw_exponential)
    assert found[0].mean() == pytest.approx(0.75, abs=0.005)
    assert standard_error(0.75, 29, 57) == pytest.approx(found[0].std(), rel=0.03)


@pytest.mark.parametrize(("positives", "negatives", "too_large"), [(29, 57, 1.07), (7, 391, 1.18)])
def test_standard_error_is_too_large_for_normal_scores_of_few_positives(positives, negatives, too_large):
    """The reason for what the pages say of Shehata: the formula assumes that positives spread more widely."""
    found = simulate(positives, negatives, draw=draw_normal(0.5))
    assert standard_error(0.75, positives, negatives) / found[0].std() == pytest.approx(too_large, abs=0.05)


@pytest.mark.parametrize(("of_scores", "of_auroc"), [(0.5, 0.46), (0.7, 0.65)])
def test_auroc_correlates_a_little_less_than_scores_and_the_difference_spreads_accordingly(of_scores, of_auroc):
    first, second = simulate(29, 57, draw=draw_normal(of_scores))
    correlation = np.corrcoef(first, second)[0, 1]
    assert correlation == pytest.approx(of_auroc, abs=0.03)
    expected = smallest_difference(29, 57, correlation=correlation)
    assert expected == pytest.approx(2.8016 * (first - second).std(), rel=0.12)


def test_smallest_difference_is_found_four_times_in_five():
    """z of the true difference is 2.80, which is 0.84 above the 1.96 where a test at .05 begins to reject."""
    z = smallest_difference(29, 57, correlation=0.5) / standard_error(0.75, 29, 57)
    draws = np.random.default_rng(3).normal(z, 1.0, 200_000)
    assert (np.abs(draws) > 1.959964).mean() == pytest.approx(0.80, abs=0.005)


def test_submissions_that_go_together_are_told_apart_sooner_and_equal_ones_at_once():
    falling = [smallest_difference(29, 57, correlation=r) for r in (0.0, 0.5, 0.7, 1.0)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == 0
    assert smallest_difference(290, 570) < smallest_difference(29, 57) / 3


@pytest.mark.parametrize("wrong", [{"positives": 0, "negatives": 5}, {"positives": 5, "negatives": 0}])
def test_one_class_has_no_standard_error(wrong):
    with pytest.raises(ValueError, match="both classes"):
        standard_error(0.75, **wrong)


def test_figures_out_of_their_range_are_refused():
    with pytest.raises(ValueError, match="AUROC"):
        standard_error(1.2, 5, 5)
    with pytest.raises(ValueError, match="correlation"):
        smallest_difference(5, 5, correlation=1.1)


@pytest.mark.parametrize(("positives", "negatives"), [(29, 57), (100, 400)])
def test_half_width_is_the_spread_of_simulated_aurocs(positives, negatives):
    """Binormal scores, whose AUROC is .75 at a distance of .954; the formula is for exponential ones."""
    stream = np.random.default_rng(1)
    labels = np.repeat([1, 0], [positives, negatives])
    shift = 0.9539 * labels
    found = [roc_auc_score(labels, stream.normal(size=labels.size) + shift) for _ in range(600)]
    assert np.mean(found) == pytest.approx(0.75, abs=0.01)
    assert auroc_half_width(positives, negatives) == pytest.approx(1.96 * np.std(found), rel=0.12)


def test_half_width_worked_out_by_hand():
    """One of each: Q1 and Q2 drop out, and A(1 - A) is left."""
    assert auroc_half_width(1, 1) == pytest.approx(1.96 * (0.75 * 0.25) ** 0.5, rel=1e-4)
