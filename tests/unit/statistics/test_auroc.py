"""AUROC and its interval: a published example, second implementations, the edges, and coverage."""

import math

import numpy as np
import pytest
from MLstatkit import Delong_test
from scipy import optimize, stats
from sklearn.metrics import roc_auc_score

from polyreact.statistics.auroc import (
    ONE_NEGATIVE,
    ONE_POSITIVE,
    auroc_interval,
    auroc_limits,
    delong,
    interval_of,
    logit_delong_limits,
    newcombe_limits,
    place,
)
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Interval, Method, Unavailable

#: Pain scores of 14 patients under one treatment and 11 under another (Brunner and Munzel 2000, Biom J 42:17).
PAIN = np.array([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1, 3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4], dtype=float)
PAIN_LABELS = np.repeat([0, 1], [14, 11])


def draw(seed, positives, negatives, *, rows=None, ties=False):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([1, 0], [positives, negatives]))
    scores = rng.normal(size=labels.size if rows is None else (rows, labels.size)) + labels
    return labels, np.round(scores) if ties else scores


def parts(labels, scores):
    found = delong(labels, scores[np.newaxis])
    return found.from_positives[0, 0], found.from_negatives[0, 0]


def test_published_example_gives_the_published_estimate_degrees_and_interval():
    """R's lawstat prints for it: P(X<Y) + P(X=Y)/2 = 0.788961, df = 17.683, 95 % 0.5952169 to 0.9827052."""
    assert place(PAIN_LABELS, PAIN).auroc == pytest.approx(0.788961, abs=5e-7)
    from_positives, from_negatives = parts(PAIN_LABELS, PAIN)
    error = math.sqrt(from_positives + from_negatives)
    # The published interval has no logit: the limits here are those on the logit scale with the same t and error.
    half = (0.9827052 - 0.5952169) / 2
    assert half / error == pytest.approx(stats.t(17.683).ppf(0.975), rel=1e-5)
    low, high = logit_delong_limits(
        np.array([0.78896104]), np.array([from_positives]), np.array([from_negatives]), positives=11, negatives=14
    )
    slope = 0.78896104 * (1 - 0.78896104)
    assert math.log(low[0] / (1 - low[0])) == pytest.approx(
        math.log(0.78896104 / 0.21103896) - half / slope, rel=1e-5
    )
    assert math.log(high[0] / (1 - high[0])) == pytest.approx(
        math.log(0.78896104 / 0.21103896) + half / slope, rel=1e-5
    )


def test_ct_ratings_give_the_published_auroc():
    """Hanley and McNeil 1982 (Radiology 143:29), table I: 58 normal, 51 abnormal, AUROC .893."""
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    scores = np.repeat(np.tile(np.arange(5.0), 2), normal + abnormal)
    assert place(np.repeat([0, 1], [58, 51]), scores).auroc == pytest.approx(0.893, abs=5e-4)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (29, 57), (2, 2), (300, 10)])
def test_auroc_agrees_with_scikit_learn(positives, negatives, ties):
    labels, scores = draw(4, positives, negatives, ties=ties)
    assert place(labels, scores).auroc == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_variance_and_degrees_agree_with_scipy(ties):
    """Brunner and Munzel's test is (AUROC - 1/2) / SE on Satterthwaite's degrees."""
    labels, scores = draw(5, 29, 57, ties=ties)
    expected = stats.brunnermunzel(scores[labels == 0], scores[labels == 1])
    first, second = parts(labels, scores)
    statistic = (place(labels, scores).auroc - 0.5) / math.sqrt(first + second)
    assert statistic == pytest.approx(expected.statistic, rel=1e-10)
    degrees = (first + second) ** 2 / (first**2 / 28 + second**2 / 56)
    assert 2 * stats.t(degrees).sf(abs(statistic)) == pytest.approx(expected.pvalue, rel=1e-10)


@pytest.mark.parametrize("ties", [False, True])
def test_covariance_agrees_with_mlstatkit(ties):
    labels, scores = draw(6, 29, 57, rows=2, ties=ties)
    *_, (low, high), _, first, second, info = Delong_test(labels, *(1 / (1 + np.exp(-scores))))
    found = delong(labels, scores)
    assert found.aurocs == pytest.approx([first, second], abs=1e-12)
    difference = found.covariance[0, 0] + found.covariance[1, 1] - 2 * found.covariance[0, 1]
    assert info["method"] == "delong"
    assert difference == pytest.approx(info["var_diff"], rel=1e-10)
    half = stats.norm.ppf(0.975) * math.sqrt(found.covariance[0, 0])
    assert (low, high) == pytest.approx((first - half, first + half), rel=1e-10)


def test_covariance_is_that_of_all_pairs():
    """The definition, written out: the sample covariance of mean wins, by row of either class."""
    labels, scores = draw(7, 9, 31, rows=3, ties=True)
    wins = [
        (row[labels == 1, np.newaxis] > row[labels == 0]) + (row[labels == 1, np.newaxis] == row[labels == 0]) / 2
        for row in scores
    ]
    found = delong(labels, scores)
    assert found.from_positives == pytest.approx(np.cov([matrix.mean(axis=1) for matrix in wins]) / 9, rel=1e-12)
    assert found.from_negatives == pytest.approx(np.cov([matrix.mean(axis=0) for matrix in wins]) / 31, rel=1e-12)


def test_rows_beyond_64_bits_are_counted_all_the_same():
    """Squares of placements of millions of rows do not fit 64 bits; all tied in two blocks, the sum is known."""
    half = 1_500_000
    labels = np.repeat([0, 1, 0, 1], half)
    scores = np.repeat([0.0, 0.0, 1.0, 1.0], half)
    found = delong(labels, scores[np.newaxis])
    assert found.aurocs[0] == 0.5
    # placements are 1/4 and 3/4, half each: variance 1/16, of the mean 1/16 / 3,000,000
    assert found.from_positives[0, 0] == pytest.approx(1 / 16 / 3_000_000, rel=1e-6)


def test_newcombe_of_one_antibody_of_each_class_is_wilson_of_one_trial():
    """With one pair the variance is A (1 - A): 1 / (1 + z^2) = .2065 is Wilson's lower limit of 1 of 1."""
    low, high = newcombe_limits(np.array([0.0, 1.0]), positives=1, negatives=1)
    assert low == pytest.approx([0.0, 0.20654], abs=1e-5)
    assert high == pytest.approx([0.79346, 1.0], abs=1e-5)


@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (29, 57), (70_000, 71_474)])
@pytest.mark.parametrize("auroc", [0.001, 0.3, 0.5, 0.75, 0.98])
def test_newcombe_limits_solve_the_published_equation(positives, negatives, auroc):
    z, star = stats.norm.ppf(0.975), (positives + negatives) / 2 - 1

    def equation(truth, sign):
        q1, q2 = truth / (2 - truth), 2 * truth**2 / (1 + truth)  # Hanley and McNeil's
        variance = (truth * (1 - truth) + star * (q1 - truth**2) + star * (q2 - truth**2)) / (positives * negatives)
        return auroc - truth + sign * z * math.sqrt(max(variance, 0))

    low, high = newcombe_limits(np.array([auroc]), positives=positives, negatives=negatives)
    assert low[0] == pytest.approx(optimize.brentq(equation, 0, auroc, args=(-1,), xtol=1e-14), abs=1e-9)
    assert high[0] == pytest.approx(optimize.brentq(equation, auroc, 1, args=(1,), xtol=1e-14), abs=1e-9)


def test_rule_takes_delong_alone_from_twenty_of_each_class():
    labels, scores = draw(8, 20, 50)
    found = auroc_interval(labels, scores)
    first, second = parts(labels, scores)
    auroc = roc_auc_score(labels, scores)
    degrees = (first + second) ** 2 / (first**2 / 19 + second**2 / 49)
    half = stats.t(degrees).ppf(0.975) * math.sqrt(first + second) / (auroc * (1 - auroc))
    centre = math.log(auroc / (1 - auroc))
    expected = [1 / (1 + math.exp(-(centre + sign * half))) for sign in (-1, 1)]
    assert found.method is Method.LOGIT_DELONG
    assert [found.low, found.high] == pytest.approx(expected, rel=1e-10)


def test_rule_takes_the_wider_limits_below_twenty():
    for seed in range(20):
        labels, scores = draw(seed, 50, 19)
        found = auroc_interval(labels, scores)
        auroc, (first, second) = np.array([roc_auc_score(labels, scores)]), parts(labels, scores)
        sizes = {"positives": 50, "negatives": 19}
        both = (
            logit_delong_limits(auroc, np.array([first]), np.array([second]), **sizes),
            newcombe_limits(auroc, **sizes),
        )
        assert found.method is Method.WIDER
        assert found.low == pytest.approx(min(low[0] for low, _ in both), rel=1e-9)
        assert found.high == pytest.approx(max(high[0] for _, high in both), rel=1e-9)


@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (29, 57)])
@pytest.mark.parametrize(("sign", "auroc"), [(1, 1.0), (-1, 0.0), (0, 0.5)])
def test_perfect_inverted_and_constant_scores_take_newcombe_alone(positives, negatives, sign, auroc):
    labels, _ = draw(1, positives, negatives)
    found = auroc_interval(labels, sign * labels.astype(float))
    low, high = newcombe_limits(np.array([auroc]), positives=positives, negatives=negatives)
    assert found == Interval(low[0], high[0], 0.95, Method.NEWCOMBE)
    assert found.high - found.low > 0.05


def test_perfect_scores_on_shehata_do_not_claim_certainty():
    labels = np.repeat([1, 0], [7, 391])
    found = auroc_interval(labels, labels.astype(float))
    assert found.high == 1
    assert 0.8 < found.low < 0.9


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


def test_interval_of_several_is_the_one_of_each():
    labels, scores = draw(9, 29, 57, rows=3)
    found = delong(labels, scores)
    assert [interval_of(found, row) for row in range(3)] == [auroc_interval(labels, row) for row in scores]


def test_scores_of_any_size_are_only_compared():
    labels, scores = draw(10, 7, 40)
    order = np.argsort(np.argsort(scores))
    stretched = np.linspace(-1.0, 1.0, scores.size)[order] * 1.7e308
    assert auroc_interval(labels, stretched) == auroc_interval(labels, scores)


def test_higher_level_is_wider():
    labels, scores = draw(11, 7, 40)
    widths = [
        found.high - found.low for found in (auroc_interval(labels, scores, level) for level in (0.8, 0.95, 0.99))
    ]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize(
    ("labels", "scores", "level", "message"),
    [
        ([0, 2], [0.0, 1.0], 0.95, "0 or 1"),
        ([], [], 0.95, "shape"),
        ([0, 1], [0.0], 0.95, "shape"),
        ([0, 1], [0.0, math.nan], 0.95, "finite"),
        ([0, 0, 1, 1], [0.0, 1.0, 2.0, 3.0], 1.0, "level"),
    ],
)
def test_what_the_caller_got_wrong_is_named(labels, scores, level, message):
    with pytest.raises(ValueError, match=message):
        auroc_interval(np.array(labels, dtype=np.int64), np.array(scores, dtype=float), level)


@pytest.mark.parametrize(
    ("positives", "negatives", "auroc", "deviation", "least", "most"),
    [
        (7, 391, 0.60, 1.0, 0.93, 0.99),
        (7, 391, 0.75, 1.0, 0.93, 0.99),
        (7, 391, 0.75, 2.5, 0.92, 0.99),  # .934 in 20,000 runs: benchmarks/coverage.py
        (29, 57, 0.75, 1.0, 0.94, 0.98),
        (29, 57, 0.90, 1.0, 0.94, 0.98),
    ],
)
def test_interval_covers_the_truth_as_often_as_it_says(positives, negatives, auroc, deviation, least, most):
    rng = np.random.default_rng(12)
    labels = np.repeat([1, 0], [positives, negatives])
    mean = stats.norm.ppf(auroc) * math.hypot(1, deviation)
    covered = 0
    for _ in range(1500):
        scores = np.concatenate((rng.normal(mean, deviation, positives), rng.normal(size=negatives)))
        found = auroc_interval(labels, scores)
        covered += found.low <= auroc <= found.high
    assert least <= covered / 1500 <= most


def test_limits_take_arrays_and_give_what_each_alone_gives():
    labels, scores = draw(13, 7, 40, rows=5)
    scores[0] = labels  # perfect: a standard error of 0 among others
    found = delong(labels, scores)
    low, high = auroc_limits(
        found.aurocs, np.diag(found.from_positives), np.diag(found.from_negatives), positives=7, negatives=40
    )
    assert list(zip(low, high, strict=True)) == [
        (alone.low, alone.high) for alone in (interval_of(found, row) for row in range(5))
    ]
