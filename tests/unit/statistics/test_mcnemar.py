"""McNemar's mid-p and Newcombe's interval against published examples and other programs."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import binom
from scipy.stats import t as student
from statsmodels.stats.contingency_tables import mcnemar

from polyreact.statistics.mcnemar import (
    PairedCounts,
    grouped_difference_limits,
    mcnemar_mid_p,
    paired_difference_interval,
)
from resampling import draw_groups, resample_groups

#: Airway hyper-responsiveness before and after transplantation, 21 children (Bentur 2009): Fagerland 2013, table 1.
AIRWAYS = PairedCounts(both=1, only_first=1, only_second=7, neither=12)
#: Complete response before and after consolidation, 161 patients (Cavo 2012): Fagerland, Lydersen and Laake 2017,
#: Statistical Analysis of Contingency Tables, chapter 8; the digits are those of its R package, contingencytables.
RESPONSES = PairedCounts(both=59, only_first=6, only_second=16, neither=80)


def test_mid_p_of_published_examples():
    assert mcnemar_mid_p(AIRWAYS) == pytest.approx(0.039, abs=0.0005)
    assert mcnemar_mid_p(RESPONSES) == pytest.approx(0.034690, abs=5e-7)


def test_interval_of_a_published_example():
    low, high = paired_difference_interval(RESPONSES)
    assert low == pytest.approx(-0.1186, abs=5e-5)
    assert high == pytest.approx(-0.0046, abs=5e-5)


@pytest.mark.parametrize(("fewer", "more"), [(0, 1), (0, 9), (3, 4), (40, 61), (9000, 9200)])
def test_mid_p_is_the_exact_p_value_of_statsmodels_less_the_chance_of_the_table(fewer, more):
    exact = mcnemar([[5, fewer], [more, 5]], exact=True).pvalue
    expected = exact - binom.pmf(fewer, fewer + more, 0.5)
    assert mcnemar_mid_p(PairedCounts(5, fewer, more, 5)) == pytest.approx(expected, rel=1e-9)
    assert mcnemar_mid_p(PairedCounts(5, more, fewer, 5)) == pytest.approx(expected, rel=1e-9)


def test_mid_p_of_as_many_on_either_side():
    assert mcnemar_mid_p(PairedCounts(5, 2, 2, 5)) == pytest.approx(1 - 6 / 16 / 2)
    assert mcnemar_mid_p(PairedCounts(5, 0, 0, 5)) == 1


def test_interval_is_mirrored_with_the_submissions():
    low, high = paired_difference_interval(PairedCounts(30, 12, 3, 40))
    mirrored = paired_difference_interval(PairedCounts(30, 3, 12, 40))
    assert mirrored == (pytest.approx(-high), pytest.approx(-low))


@pytest.mark.parametrize("counts", [(10, 0, 0, 0), (0, 0, 0, 10), (5, 0, 0, 5), (0, 10, 0, 0), (0, 5, 5, 0)])
def test_interval_of_a_table_with_empty_cells_holds_its_difference(counts):
    table = PairedCounts(*counts)
    low, high = paired_difference_interval(table)
    assert -1 <= low <= (table.only_first - table.only_second) / 10 <= high <= 1


def test_limits_by_groups_are_the_clustered_ones_of_statsmodels():
    """The mean of the rows' gains is a regression on a constant alone."""
    random = np.random.default_rng(1)
    groups = random.integers(0, 30, 200)
    rows = random.integers(-1, 2, 200) + (groups % 3 == 0)
    options = {"groups": groups, "use_correction": False, "df_correction": False}
    fitted = sm.OLS(rows, np.ones(200)).fit(cov_type="cluster", cov_kwds=options)
    half = student(29).ppf(0.95) * np.sqrt(fitted.cov_params()[0, 0] * 30 / 29)
    found = grouped_difference_limits(np.bincount(groups, weights=rows).astype(int), np.bincount(groups), level=0.9)
    assert found == pytest.approx((rows.mean() - half, rows.mean() + half), rel=1e-10)


def test_limits_by_groups_are_about_those_of_groups_drawn_again():
    labels, scores, groups = draw_groups(groups=80)
    gains = ((scores > 0.5) == labels).astype(int) - (labels == 1)
    drawn = resample_groups(np.mean, (gains,), groups, draws=3000)
    sums, sizes = np.bincount(groups, weights=gains).astype(int), np.bincount(groups)
    assert grouped_difference_limits(sums, sizes) == pytest.approx(
        tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.25 * drawn.std()
    )


def test_limits_of_one_group_are_all_there_is():
    assert grouped_difference_limits(np.array([3]), np.array([10])) == (-1, 1)


def test_limits_of_groups_that_all_say_the_same_are_a_point():
    assert grouped_difference_limits(np.array([1, 2, 3]), np.array([2, 4, 6])) == (0.5, 0.5)


def test_interval_without_discordant_rows_is_not_a_point():
    low, high = paired_difference_interval(PairedCounts(50, 0, 0, 0))
    assert low == pytest.approx(-high)
    assert high > 0.05
