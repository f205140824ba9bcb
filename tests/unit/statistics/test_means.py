"""The interval of a mean loss: formulas written out, statsmodels, groups, and the edges."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from polyreact.statistics.interval import (
    NO_NEGATIVES,
    NO_POSITIVES,
    Method,
    Unavailable,
)
from polyreact.statistics.means import FEW, FEW_OF_A_CLASS, mean_interval
from resampling import draw_groups, resample_groups


def draw(seed, positives, negatives):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([1, 0], [positives, negatives]))
    return labels, rng.random(labels.size) ** (1 + 2 * labels)


def test_interval_is_that_of_two_strata_at_their_sizes():
    """Cochran 1977, 5.3: weights n_c / n, class variances added; degrees as Welch has them for a sum."""
    labels, losses = draw(1, 29, 57)
    polyreactive, specific = losses[labels == 1], losses[labels == 0]
    parts = [(len(of) / 86) ** 2 * of.var(ddof=1) / len(of) for of in (polyreactive, specific)]
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / 28 + parts[1] ** 2 / 56)
    half = stats.t(degrees).ppf(0.975) * math.sqrt(sum(parts))
    found = mean_interval(labels, losses)
    assert found.method is Method.MEAN
    assert (found.low, found.high) == pytest.approx((losses.mean() - half, losses.mean() + half), rel=1e-12)


def test_classes_of_one_size_have_the_degrees_and_error_of_welchs_test():
    labels, losses = draw(2, 40, 40)
    welch = stats.ttest_ind(losses[labels == 1], losses[labels == 0], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    found = mean_interval(labels, losses)
    assert found.high - found.low == pytest.approx((high - low) / 2, rel=1e-12)


def test_errors_by_groups_are_the_clustered_ones_of_statsmodels():
    """Regression on the class has the same residuals; the mean is a combination of its two coefficients."""
    labels, scores, groups = draw_groups(groups=60)
    losses = np.square(np.clip(scores, 0, 1) - labels)
    design = np.column_stack((labels == 1, labels == 0)).astype(float)
    options = {"groups": groups, "use_correction": False, "df_correction": False}
    fitted = sm.OLS(losses, design).fit(cov_type="cluster", cov_kwds=options)
    weights = design.mean(axis=0)
    variance = weights @ fitted.cov_params() @ weights * 60 / 59
    half = stats.t(59).ppf(0.975) * math.sqrt(variance)
    found = mean_interval(labels, losses, groups)
    assert (found.low, found.high) == pytest.approx((losses.mean() - half, losses.mean() + half), rel=1e-9)
    rows = mean_interval(labels, losses)
    assert found.high - found.low > 1.2 * (rows.high - rows.low)


def test_interval_by_groups_is_about_that_of_a_bootstrap_with_the_class_sizes_held():
    labels, scores, groups = draw_groups(groups=200)
    losses = np.square(np.clip(scores, 0, 1) - labels)
    share = labels.mean()

    def stratified(labels, losses):
        return share * losses[labels == 1].mean() + (1 - share) * losses[labels == 0].mean()

    drawn = resample_groups(stratified, (labels, losses), groups, draws=2000)
    found = mean_interval(labels, losses, groups)
    assert (found.high - found.low) / (2 * stats.t(199).ppf(0.975)) == pytest.approx(drawn.std(), rel=0.08)


def test_each_row_its_own_group_has_nearly_the_interval_of_rows():
    labels, losses = draw(3, 200, 300)
    rows, grouped = mean_interval(labels, losses), mean_interval(labels, losses, np.arange(500))
    assert (grouped.low, grouped.high) == pytest.approx((rows.low, rows.high), rel=2e-3)


def test_order_of_rows_and_names_of_groups_change_no_bit():
    labels, scores, groups = draw_groups(groups=60)
    losses = np.abs(scores - labels)
    order = np.random.default_rng(3).permutation(labels.size)
    assert mean_interval(labels[order], losses[order]) == mean_interval(labels, losses)
    before = mean_interval(labels, losses, groups)
    assert mean_interval(labels[order], losses[order], 100 - groups[order]) == before


def test_losses_that_are_all_alike_have_a_point():
    labels, _ = draw(4, 30, 40)
    for told in (None, np.arange(70) // 7):
        found = mean_interval(labels, np.full(70, 0.25), told)
        assert (found.low, found.high) == (0.25, 0.25)


def test_lower_limit_is_never_below_no_loss():
    labels, _ = draw(5, 25, 25)
    losses = np.where(np.arange(50) == np.flatnonzero(labels)[0], 1.0, 0.0)
    found = mean_interval(labels, losses)
    assert found.low == 0
    assert found.high > 0.02


def test_too_few_of_a_class_have_the_reason():
    for positives, reason in (
        (0, NO_POSITIVES),
        (1, FEW_OF_A_CLASS),
        (2, FEW_OF_A_CLASS),
        (FEW - 1, FEW_OF_A_CLASS),
    ):
        assert mean_interval(*draw(6, positives, 60)) == Unavailable(reason)
    for negatives, reason in ((0, NO_NEGATIVES), (1, FEW_OF_A_CLASS), (FEW - 1, FEW_OF_A_CLASS)):
        assert mean_interval(*draw(6, 60, negatives)) == Unavailable(reason)
    assert not isinstance(mean_interval(*draw(6, FEW, FEW)), Unavailable)


def test_higher_level_is_wider():
    labels, losses = draw(7, 30, 40)
    widths = [
        found.high - found.low for found in (mean_interval(labels, losses, None, c) for c in (0.8, 0.95, 0.99))
    ]
    assert widths == sorted(set(widths))


def test_what_the_caller_got_wrong_is_named():
    labels, losses = draw(8, 30, 40)
    with pytest.raises(ValueError, match="losses of shape"):
        mean_interval(labels, losses[:-1])
    with pytest.raises(ValueError, match="losses of shape"):
        mean_interval(labels, losses, np.zeros(69, dtype=int))
    with pytest.raises(ValueError, match="level"):
        mean_interval(labels, losses, level=1.5)
