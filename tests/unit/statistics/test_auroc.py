"""The interval of an AUROC: a published example, second implementations, the edges, and coverage."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from polyreact.statistics.auroc import (
    FEW,
    auroc_interval,
    auroc_limits,
    interval_of,
    limits_of,
    logit_limits,
    score_limits,
    variance_at,
)
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.interval import (
    NO_NEGATIVES,
    NO_POSITIVES,
    ONE_NEGATIVE,
    ONE_POSITIVE,
    Interval,
    Method,
    Unavailable,
)
from resampling import draw_groups, resample_groups

#: Pain scores of 14 patients under one treatment and 11 under another (Brunner and Munzel 2000, Biom J 42:17).
PAIN = np.array([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1, 3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4], dtype=float)
PAIN_LABELS = np.repeat([0, 1], [14, 11])


def draw(seed, positives, negatives, *, rows=None, ties=False):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([1, 0], [positives, negatives]))
    scores = rng.normal(size=labels.size if rows is None else (rows, labels.size)) + labels
    return labels, np.round(scores) if ties else scores


def estimate(labels, scores):
    """AUROC, variance and degrees of one submission."""
    found = estimate_aurocs(labels, scores[np.newaxis])
    return found.values[0], found.covariance.matrix[0, 0], found.covariance.degrees[0]


def newcombe(aurocs, positives, negatives):
    aurocs = np.array(aurocs)
    nothing = np.zeros_like(aurocs)
    return score_limits(aurocs, nothing, nothing + np.inf, positives=positives, negatives=negatives)


def hanley_mcneil(auroc, positives, negatives):
    """As Newcombe 2006 prints it, with N* for both class sizes less 1."""
    star = (positives + negatives) / 2 - 1
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    return (auroc * (1 - auroc) + star * (q1 - auroc**2) + star * (q2 - auroc**2)) / (positives * negatives)


def solve(auroc, reach, positives, negatives):
    """The two AUROCs whose error times `reach` just gets to `auroc`, by Brent's method."""

    def equation(truth, sign):
        error = math.sqrt(max(hanley_mcneil(truth, positives, negatives), 0))
        return auroc - truth + sign * reach * error

    return (
        optimize.brentq(equation, 0, auroc, args=(-1,), xtol=1e-14),
        optimize.brentq(equation, auroc, 1, args=(1,), xtol=1e-14),
    )


def test_published_example_gives_the_published_estimate_degrees_and_interval():
    """R's lawstat prints for it: P(X<Y) + P(X=Y)/2 = 0.788961, df = 17.683, 95 % 0.5952169 to 0.9827052."""
    auroc, variance, degrees = estimate(PAIN_LABELS, PAIN)
    assert auroc == pytest.approx(0.788961, abs=5e-7)
    assert degrees == pytest.approx(17.683, abs=5e-4)
    half = (0.9827052 - 0.5952169) / 2
    assert half / math.sqrt(variance) == pytest.approx(stats.t(17.683).ppf(0.975), rel=1e-5)
    # The published interval has no logit: the limits here are those on the logit scale with the same t and error.
    low, high = logit_limits(np.array([auroc]), np.array([variance]), np.array([degrees]))
    centre, slope = math.log(0.78896104 / 0.21103896), 0.78896104 * (1 - 0.78896104)
    assert math.log(low[0] / (1 - low[0])) == pytest.approx(centre - half / slope, rel=1e-5)
    assert math.log(high[0] / (1 - high[0])) == pytest.approx(centre + half / slope, rel=1e-5)


def test_ct_ratings_give_the_published_auroc():
    """Hanley and McNeil 1982 (Radiology 143:29), table I: 58 normal, 51 abnormal, AUROC .893."""
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    scores = np.repeat(np.tile(np.arange(5.0), 2), normal + abnormal)
    assert estimate(np.repeat([0, 1], [58, 51]), scores)[0] == pytest.approx(0.893, abs=5e-4)


@pytest.mark.parametrize("ties", [False, True])
def test_variance_and_degrees_agree_with_scipy(ties):
    """Brunner and Munzel's test is (AUROC - 1/2) / SE on Satterthwaite's degrees."""
    labels, scores = draw(5, 29, 57, ties=ties)
    expected = stats.brunnermunzel(scores[labels == 0], scores[labels == 1])
    auroc, variance, degrees = estimate(labels, scores)
    statistic = (auroc - 0.5) / math.sqrt(variance)
    assert statistic == pytest.approx(expected.statistic, rel=1e-10)
    assert 2 * stats.t(degrees).sf(abs(statistic)) == pytest.approx(expected.pvalue, rel=1e-10)


def test_newcombe_of_one_antibody_of_each_class_is_wilson_of_one_trial():
    """With one pair the variance is A (1 - A): 1 / (1 + z^2) = .2065 is Wilson's lower limit of 1 of 1."""
    low, high = newcombe([0.0, 1.0], 1, 1)
    assert low == pytest.approx([0.0, 0.20654], abs=1e-5)
    assert high == pytest.approx([0.79346, 1.0], abs=1e-5)


@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (29, 57), (70_000, 71_474)])
@pytest.mark.parametrize("auroc", [0.001, 0.3, 0.5, 0.75, 0.98])
def test_newcombe_limits_solve_the_published_equation(positives, negatives, auroc):
    low, high = newcombe([auroc], positives, negatives)
    expected = solve(auroc, stats.norm.ppf(0.975), positives, negatives)
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-9)


def test_no_variance_takes_the_normal_quantile_whatever_the_degrees():
    """By groups the parts may cancel and leave degrees without a variance."""
    found = score_limits(np.array([0.8]), np.array([0.0]), np.array([3.0]), positives=29, negatives=57)
    assert found == newcombe([0.8], 29, 57)


@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (50, 19), (199, 300)])
@pytest.mark.parametrize("spread", [0.4, 1.0, 3.0])
def test_rule_below_two_hundred_solves_newcombes_equation_with_the_larger_variance_and_t(
    positives, negatives, spread
):
    for seed in range(10):
        labels, scores = draw(seed, positives, negatives)
        scores = np.where(labels == 1, 1 + spread * (scores - 1), scores)
        auroc, variance, degrees = estimate(labels, scores)
        widening = max(1, variance / hanley_mcneil(auroc, positives, negatives))
        expected = solve(auroc, stats.t(degrees).ppf(0.975) * math.sqrt(widening), positives, negatives)
        found = auroc_interval(labels, scores)
        assert found.method is Method.SCORE
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)


def test_variance_at_the_estimate_is_the_larger_of_delongs_and_hanley_mcneils():
    aurocs, variances = np.array([0.6, 0.9, 0.9]), np.array([0.02, 1e-6, 0.0])
    planned = [hanley_mcneil(auroc, 7, 391) for auroc in aurocs]
    found = variance_at(aurocs, aurocs, variances, positives=7, negatives=391)
    assert found == pytest.approx([max(0.02, planned[0]), planned[1], planned[2]], rel=1e-12)
    elsewhere = variance_at(np.array([0.75]), aurocs[:1], variances[:1], positives=7, negatives=391)
    assert elsewhere == pytest.approx(hanley_mcneil(0.75, 7, 391) * max(1, 0.02 / planned[0]), rel=1e-12)


def test_rule_takes_delong_on_the_logit_scale_from_two_hundred_of_each_class():
    labels, scores = draw(8, FEW, 500)
    found = auroc_interval(labels, scores)
    auroc, variance, degrees = estimate(labels, scores)
    half = stats.t(degrees).ppf(0.975) * math.sqrt(variance) / (auroc * (1 - auroc))
    centre = math.log(auroc / (1 - auroc))
    expected = [1 / (1 + math.exp(-(centre + sign * half))) for sign in (-1, 1)]
    assert found.method is Method.LOGIT_DELONG
    assert [found.low, found.high] == pytest.approx(expected, rel=1e-10)


def test_rule_changes_little_where_it_changes():
    """At 200 of a class, from one to the other: no jump that could be seen in two decimals."""
    for seed in range(5):
        labels, scores = draw(seed, FEW, FEW)
        arrays = (np.array([figure]) for figure in estimate(labels, scores))
        auroc, variance, degrees = arrays
        one = logit_limits(auroc, variance, degrees)
        other = score_limits(auroc, variance, degrees, positives=FEW, negatives=FEW)
        assert np.abs(np.array(one) - np.array(other)).max() < 0.01


@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (29, 57), (300, 400)])
@pytest.mark.parametrize(("sign", "auroc"), [(1, 1.0), (-1, 0.0), (0, 0.5)])
def test_perfect_inverted_and_constant_scores_take_newcombe_alone(positives, negatives, sign, auroc):
    labels, _ = draw(1, positives, negatives)
    found = auroc_interval(labels, sign * labels.astype(float))
    low, high = newcombe([auroc], positives, negatives)
    assert found == Interval(low[0], high[0], 0.95, Method.NEWCOMBE)
    assert found.high - found.low > 0.005


def test_perfect_scores_on_shehata_do_not_claim_certainty():
    labels = np.repeat([1, 0], [7, 391])
    found = auroc_interval(labels, labels.astype(float))
    assert found.high == 1
    assert 0.8 < found.low < 0.9


@pytest.mark.parametrize("ties", [False, True])
def test_interval_by_groups_is_as_wide_as_a_bootstrap_over_groups(ties):
    labels, scores, groups = draw_groups(ties=ties)
    drawn = resample_groups(lambda *rows: estimate(*rows)[0], (labels, scores), groups, draws=1500)
    found = auroc_interval(labels, scores, groups)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.high - found.low == pytest.approx(high - low, rel=0.1)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.15 * (high - low))
    rows = auroc_interval(labels, scores)
    assert found.high - found.low > 1.5 * (rows.high - rows.low)


def test_size_of_a_class_counts_its_groups():
    labels, scores, groups = draw_groups(groups=400)
    assert min((labels == 1).sum(), (labels == 0).sum()) > 900
    assert auroc_interval(labels, scores).method is Method.LOGIT_DELONG
    assert auroc_interval(labels, scores, groups).method is Method.LOGIT_OBUCHOWSKI
    assert auroc_interval(labels, scores, groups // 3).method is Method.SCORE_OBUCHOWSKI


def test_each_row_its_own_group_changes_no_bit():
    labels, scores = draw(3, 29, 57, ties=True)
    grouped, alone = auroc_interval(labels, scores, np.arange(86)[::-1]), auroc_interval(labels, scores)
    assert (grouped.low, grouped.high) == (alone.low, alone.high)
    assert (grouped.method, alone.method) == (Method.SCORE_OBUCHOWSKI, Method.SCORE)


def test_rows_told_to_be_copies_tell_no_more_than_one_of_them():
    """The degrees and the variance are those of the originals; Hanley and McNeil's counts rows, and is smaller."""
    labels, scores = draw(4, 40, 60)
    repeated = (np.repeat(column, 5) for column in (labels, scores, np.arange(100)))
    alone, told = auroc_interval(labels, scores), auroc_interval(*repeated)
    assert told.high - told.low == pytest.approx(alone.high - alone.low, rel=0.1)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([0, 0, 0], NO_POSITIVES),
        ([1, 1, 1], NO_NEGATIVES),
        ([1, 0, 0], ONE_POSITIVE),
        ([1, 1, 0], ONE_NEGATIVE),
        ([1], NO_NEGATIVES),
    ],
)
def test_too_few_of_a_class_gives_the_reason(labels, reason):
    assert auroc_interval(np.array(labels), np.arange(len(labels), dtype=float)) == Unavailable(reason)


@pytest.mark.parametrize(("groups", "reason"), [([0, 0, 1, 2], ONE_POSITIVE), ([0, 1, 2, 2], ONE_NEGATIVE)])
def test_one_group_of_a_class_gives_the_reason(groups, reason):
    labels, scores = np.array([1, 1, 0, 0]), np.array([0.1, 0.4, 0.2, 0.3])
    assert auroc_interval(labels, scores, np.array(groups)) == Unavailable(reason)
    assert not isinstance(auroc_interval(labels, scores), Unavailable)


def test_interval_of_several_is_the_one_of_each():
    labels, scores = draw(9, 29, 57, rows=3)
    found = estimate_aurocs(labels, scores)
    assert [interval_of(found, row) for row in range(3)] == [auroc_interval(labels, row) for row in scores]


def test_limits_of_several_are_those_of_each():
    for counts in ((7, 40), (250, 250)):
        labels, scores = draw(13, *counts, rows=5)
        scores[0] = labels  # perfect: a standard error of 0 among others
        found = estimate_aurocs(labels, scores)
        alone = [interval_of(found, row) for row in range(5)]
        low, high = limits_of(found)
        assert low.tolist() == [interval.low for interval in alone]
        assert high.tolist() == [interval.high for interval in alone]
        assert alone[0].method is Method.NEWCOMBE


def test_limits_without_a_covariance_are_newcombes():
    found = estimate_aurocs(np.array([1, 0, 0, 0]), np.array([[2.0, 1.0, 3.0, 0.0]]))
    assert found.covariance is None
    assert limits_of(found) == newcombe([2 / 3], 1, 3)


def test_limits_take_arrays_of_any_shape():
    labels, scores = draw(14, 20, 30, rows=6)
    found = estimate_aurocs(labels, scores)
    arrays = np.array(found.values), np.diag(found.covariance.matrix), found.covariance.degrees
    flat = auroc_limits(*arrays, positives=20, negatives=30)
    folded = auroc_limits(*(part.reshape(2, 3) for part in arrays), positives=20, negatives=30)
    assert [part.ravel().tolist() for part in folded] == [part.tolist() for part in flat]


def test_scores_of_any_size_are_only_compared():
    labels, scores = draw(10, 7, 40)
    order = np.argsort(np.argsort(scores))
    stretched = np.linspace(-1.0, 1.0, scores.size)[order] * 1.7e308
    assert auroc_interval(labels, stretched) == auroc_interval(labels, scores)


@pytest.mark.parametrize("counts", [(7, 40), (300, 300)])
def test_higher_level_is_wider(counts):
    labels, scores = draw(11, *counts)
    found = [auroc_interval(labels, scores, level=level) for level in (0.8, 0.95, 0.99)]
    widths = [interval.high - interval.low for interval in found]
    assert widths == sorted(set(widths))
    assert [interval.level for interval in found] == [0.8, 0.95, 0.99]


@pytest.mark.parametrize(
    ("labels", "scores", "level", "message"),
    [
        ([0, 2], [0.0, 1.0], 0.95, "0 or 1"),
        ([], [], 0.95, "shape"),
        ([0, 1], [0.0], 0.95, "shape"),
        ([0, 1], [0.0, math.nan], 0.95, "finite"),
        ([0, 0, 1, 1], [0.0, 1.0, 2.0, 3.0], 1.0, "level"),
        ([0, 0, 1, 1], [0.0, 1.0, 2.0, 3.0], 0, "level"),
    ],
)
def test_what_the_caller_got_wrong_is_named(labels, scores, level, message):
    with pytest.raises(ValueError, match=message):
        auroc_interval(np.array(labels, dtype=np.int64), np.array(scores, dtype=float), level=level)


def test_groups_of_another_length_are_a_mistake_of_the_caller():
    labels, scores = draw(12, 7, 40)
    with pytest.raises(ValueError, match="groups of shape"):
        auroc_interval(labels, scores, np.zeros(46, dtype=int))


@pytest.mark.parametrize(
    ("positives", "negatives", "auroc", "deviation", "least", "most"),
    [
        (7, 391, 0.75, 1.0, 0.95, 1.0),
        (7, 391, 0.75, 2.5, 0.92, 0.99),  # tests/simulation has more runs, and closer bounds
        (29, 57, 0.90, 1.0, 0.93, 0.99),
    ],
)
def test_interval_covers_the_truth_as_often_as_it_says(positives, negatives, auroc, deviation, least, most):
    rng = np.random.default_rng(12)
    labels = np.repeat([1, 0], [positives, negatives])
    mean = stats.norm.ppf(auroc) * math.hypot(1, deviation)
    covered = 0
    for _ in range(500):
        scores = np.concatenate((rng.normal(mean, deviation, positives), rng.normal(size=negatives)))
        found = auroc_interval(labels, scores)
        covered += found.low <= auroc <= found.high
    assert least <= covered / 500 <= most
