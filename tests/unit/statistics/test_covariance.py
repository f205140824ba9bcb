"""DeLong's and Obuchowski's covariance against their definitions, a published example and another program."""

import numpy as np
import pytest
from MLstatkit import Delong_test
from sklearn.metrics import roc_auc_score

from polyreact.statistics.covariance import _products, estimate_aurocs, number_groups
from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, Unavailable
from resampling import draw_groups, resample_groups

#: 113 patients after a subarachnoid haemorrhage: grade of the WFNS, whether the outcome was poor (1), S100 beta and
#: NDKA in hundredths. Turck et al. 2010 (Intensive Care Med 36:107), the example of R's pROC (Robin et al. 2011).
GRADE = """
111132541252551252252111121211342145414255112411255212512221
51125214524414121421232421451154221113125225552445111
"""
OUTCOME = """
000011010010110010111010000000001001101100000000011000100010
10011101101111000110100000010000000000001111110001000
"""
S100B = """
13 14 10 4 13 10 47 16 18 10 12 10 44 71 4 8 49 4 7 33 9 9 7 11 7 17 7 11 13 19 5 16 41 14 34 35 48 9 96 25 50
46 16 7 43 45 11 8 9 86 52 8 6 13 207 10 14 15 7 6 77 5 9 30 3 9 4 23 70 9 27 71 8 26 8 16 9 13 10 8 11 33 11 28
7 10 32 22 7 5 24 38 10 15 8 14 10 7 4 19 56 14 58 32 82 74 15 47 17 44 15 50 48
"""
NDKA = """
301 854 809 1042 1740 1275 600 1320 1554 601 1596 1786 518 890 1341 2075 1160 1611 3237 5482 3241 4994 4034 947
629 1253 654 630 8030 1280 980 981 985 1821 503 1404 2193 802 742 838 659 963 1312 796 1434 4143 763 706 1259
1356 387 944 766 1298 41919 2719 2227 995 2122 1173 1040 5883 639 1109 1222 1367 1721 2263 1290 970 2157 823
7257 1554 1051 1060 1457 519 963 461 2148 1730 1271 944 1107 1946 1083 537 1197 775 983 1055 2849 853 1257 1290
4683 1168 1267 901 957 3406 1172 1426 4761 1167 2458 1033 1387 1589 2243 679 1345
"""


def haemorrhages():
    scores = [np.array(column, dtype=int) for column in (list("".join(GRADE.split())), S100B.split(), NDKA.split())]
    return np.array(list("".join(OUTCOME.split())), dtype=int), np.array(scores, dtype=float)


def test_published_example():
    """The areas of pROC's article, .82, .73 and .61, and the Z values that pROC's own tests hold."""
    labels, scores = haemorrhages()
    assert (labels.size, labels.sum()) == (113, 41)
    aurocs = estimate_aurocs(labels, scores)
    errors = np.sqrt(aurocs.covariance.of_differences)
    assert aurocs.values == pytest.approx((0.823678861788618, 0.7313685636856369, 0.611957994579946), abs=1e-14)
    expected = {(0, 1): 2.20898359144091, (0, 2): 2.79777591868904, (2, 1): -1.39077002573558}
    for (first, second), z_value in expected.items():
        difference = aurocs.values[first] - aurocs.values[second]
        assert difference / errors[first, second] == pytest.approx(z_value, rel=1e-12)


def compare(positive, negative):
    return np.sign(positive[:, :, np.newaxis] - negative[:, np.newaxis]) / 2 + 0.5


def obuchowski(labels, scores, groups):
    """The formulas of the paper, with loops: placements, their deviations by group, and the three sums."""
    wins = compare(scores[:, labels == 1], scores[:, labels == 0])
    (positives, negatives), areas = wins.shape[1:], wins.mean(axis=(1, 2))
    above, below = wins.mean(axis=2), wins.mean(axis=1)
    names = sorted(set(groups.tolist()))
    up, down, has_up, has_down = [], [], 0, 0
    for name in names:
        mine, yours = groups[labels == 1] == name, groups[labels == 0] == name
        has_up, has_down = has_up + mine.any(), has_down + yours.any()
        up.append(above[:, mine].sum(axis=1) - mine.sum() * areas)
        down.append(below[:, yours].sum(axis=1) - yours.sum() * areas)
    up, down = np.array(up).T, np.array(down).T
    s10 = has_up / ((has_up - 1) * positives) * up @ up.T
    s01 = has_down / ((has_down - 1) * negatives) * down @ down.T
    s11 = len(names) / (len(names) - 1) * up @ down.T
    return s10 / positives + s01 / negatives + (s11 + s11.T) / (positives * negatives)


def example(seed, size=40, submissions=3):
    random = np.random.default_rng(seed)
    labels = (random.random(size) < 0.4).astype(int)
    scores = np.round(random.normal(size=(submissions, size)) + labels, 1)  # with ties
    return labels, scores, random.integers(0, 15, size)


@pytest.mark.parametrize("seed", range(5))
def test_values_and_errors_agree_with_other_programs(seed):
    labels, scores, _ = example(seed)
    aurocs = estimate_aurocs(labels, scores)
    assert aurocs.values == pytest.approx([roc_auc_score(labels, row) for row in scores], abs=1e-14)
    z_value, *_ = Delong_test(labels, scores[1], scores[0])
    error = np.sqrt(aurocs.covariance.of_differences[0, 1])
    assert (aurocs.values[0] - aurocs.values[1]) / error == pytest.approx(z_value, rel=1e-10)


@pytest.mark.parametrize("ties", [False, True])
def test_covariance_and_interval_agree_with_mlstatkit(ties):
    labels, scores, _ = example(6)
    scores = scores if ties else scores + np.random.default_rng(6).normal(size=scores.shape)
    *_, (low, high), _, first, second, info = Delong_test(labels, *(1 / (1 + np.exp(-scores[:2]))))
    aurocs = estimate_aurocs(labels, scores)
    assert aurocs.values[:2] == pytest.approx((first, second), abs=1e-12)
    assert info["method"] == "delong"
    assert aurocs.covariance.of_differences[0, 1] == pytest.approx(info["var_diff"], rel=1e-10)
    half = 1.959963984540054 * np.sqrt(aurocs.covariance.matrix[0, 0])
    assert (low, high) == pytest.approx((first - half, first + half), rel=1e-10)


@pytest.mark.parametrize(("positives", "negatives"), [(7, 391), (29, 57), (2, 2), (300, 10)])
@pytest.mark.parametrize("ties", [False, True])
def test_auroc_agrees_with_scikit_learn(positives, negatives, ties):
    random = np.random.default_rng(4)
    labels = random.permutation(np.repeat([1, 0], [positives, negatives]))
    scores = random.normal(size=(2, labels.size)) + labels
    scores = np.round(scores) if ties else scores
    expected = [roc_auc_score(labels, row) for row in scores]
    assert estimate_aurocs(labels, scores).values == pytest.approx(expected, abs=1e-12)


def test_covariance_is_that_of_all_pairs():
    """The definition, written out: the sample covariance of mean wins, by row of either class, added."""
    labels, scores, _ = example(7)
    wins = compare(scores[:, labels == 1], scores[:, labels == 0])
    above, below = wins.mean(axis=2), wins.mean(axis=1)
    expected = np.cov(above) / above.shape[1] + np.cov(below) / below.shape[1]
    assert estimate_aurocs(labels, scores).covariance.matrix == pytest.approx(expected, rel=1e-12)


def test_classes_are_counted_in_antibodies_and_in_groups():
    labels, scores, groups = example(8)
    alone, grouped = estimate_aurocs(labels, scores), estimate_aurocs(labels, scores, groups)
    of_class = [len(set(groups[labels == label].tolist())) for label in (1, 0)]
    assert (
        (alone.positives, alone.negatives)
        == (grouped.positives, grouped.negatives)
        == (labels.sum(), (1 - labels).sum())
    )
    assert (alone.positive_groups, alone.negative_groups) == (alone.positives, alone.negatives)
    assert [grouped.positive_groups, grouped.negative_groups] == of_class
    assert (alone.smaller_class, grouped.smaller_class) == (min(alone.positives, alone.negatives), min(of_class))


@pytest.mark.parametrize("ties", [False, True])
def test_errors_by_groups_are_those_of_a_bootstrap_over_groups(ties):
    labels, first, groups = draw_groups(ties=ties)
    scores = np.array([first, np.random.default_rng(9).normal(size=labels.size) / 2 + first])
    found = estimate_aurocs(labels, scores, groups).covariance

    def measure(labels, first, second):
        return estimate_aurocs(labels, np.array([first, second])).values

    drawn = np.cov(resample_groups(measure, (labels, *scores), groups, draws=1500).T)
    assert found.matrix == pytest.approx(drawn, rel=0.15)
    assert np.diag(found.matrix) == pytest.approx(np.diag(drawn), rel=0.12)
    alone = estimate_aurocs(labels, scores).covariance
    assert (np.diag(found.matrix) > 2 * np.diag(alone.matrix)).all()


@pytest.mark.parametrize("seed", range(5))
def test_groups_enter_as_in_the_paper(seed):
    labels, scores, groups = example(seed)
    found = estimate_aurocs(labels, scores, groups).covariance.matrix
    assert found == pytest.approx(obuchowski(labels, scores, groups), abs=1e-14)


def test_variances_of_differences_follow_from_the_matrix():
    labels, scores, groups = example(9)
    for told in (None, groups):
        covariance = estimate_aurocs(labels, scores, told).covariance
        own = np.diag(covariance.matrix)
        expected = own[:, np.newaxis] + own - 2 * covariance.matrix
        assert covariance.of_differences == pytest.approx(expected, abs=1e-14)


def test_degrees_are_those_of_welch_for_the_placements():
    """With two classes of independent placements the variance is that of Welch's t test, and so are its degrees."""
    labels, scores, _ = example(4)
    wins = compare(scores[:, labels == 1], scores[:, labels == 0])
    above, below = (wins[0] - wins[1]).mean(axis=1), (wins[0] - wins[1]).mean(axis=0)
    parts = above.var(ddof=1) / above.size, below.var(ddof=1) / below.size
    expected = sum(parts) ** 2 / (parts[0] ** 2 / (above.size - 1) + parts[1] ** 2 / (below.size - 1))
    covariance = estimate_aurocs(labels, scores).covariance
    assert covariance.degrees_of_differences[0, 1] == pytest.approx(expected, rel=1e-12)


def test_each_row_its_own_group_changes_no_bit():
    labels, scores, _ = example(6)
    alone = estimate_aurocs(labels, scores).covariance
    grouped = estimate_aurocs(labels, scores, np.arange(labels.size)[::-1]).covariance
    assert np.array_equal(alone.matrix, grouped.matrix)
    assert np.array_equal(alone.degrees_of_differences, grouped.degrees_of_differences)


@pytest.mark.parametrize(
    "groups",
    [
        np.array([0, 2, 1, 2, 0]),
        np.array([0, 2, 3, 2, 0]),
        np.array([-1, 0, 1, 1, 0]),
        np.array([9, 2, 3, 2, 9], dtype=np.uint8),
        np.array([0.5, 0.25, 0.5, 1.0, 2.0]),
        np.array(["b", "a", "b", "c", "a"]),
        np.array([], dtype=int),
    ],
    ids=repr,
)
def test_groups_are_numbered_in_the_order_of_their_names(groups):
    assert number_groups(groups).tolist() == np.unique(groups, return_inverse=True)[1].tolist()


def test_order_of_rows_changes_no_bit():
    labels, scores, groups = example(7)
    order = np.random.default_rng(0).permutation(labels.size)
    for told, shuffled in ((None, None), (groups, groups[order])):
        before = estimate_aurocs(labels, scores, told)
        after = estimate_aurocs(labels[order], scores[:, order], shuffled)
        assert before.values == after.values
        assert np.array_equal(before.covariance.matrix, after.covariance.matrix)


def test_a_copy_differs_by_nothing_at_all():
    labels, scores, groups = example(8)
    for told in (None, groups):
        copied = estimate_aurocs(labels, np.array([scores[0], scores[1], scores[0] ** 3 + 7]), told)
        assert copied.covariance.of_differences[0, 2] == 0


def test_one_class_only_is_unavailable():
    assert estimate_aurocs(np.zeros(3, dtype=int), np.ones((2, 3))) == Unavailable(NO_POSITIVES)
    assert estimate_aurocs(np.ones(3, dtype=int), np.ones((2, 3))) == Unavailable(NO_NEGATIVES)


def test_class_of_one_row_or_one_group_has_no_covariance():
    labels, scores = np.array([1, 0, 0, 0]), np.arange(8.0).reshape(2, 4)
    assert estimate_aurocs(labels, scores).covariance is None
    assert estimate_aurocs(labels[::-1], scores).values == (1.0, 1.0)
    both = np.array([1, 1, 0, 0])
    assert estimate_aurocs(both, scores, np.array([0, 0, 1, 2])).covariance is None
    assert estimate_aurocs(both, scores, np.array([0, 1, 1, 2])).covariance is not None


def test_rows_beyond_64_bits_are_counted_all_the_same():
    """Squares of placements of millions of rows do not fit 64 bits; all tied in two blocks, the sum is known."""
    half = 600_000
    labels = np.repeat([0, 1, 0, 1], half)
    found = estimate_aurocs(labels, np.repeat([0.0, 0.0, 1.0, 1.0], half)[np.newaxis])
    assert found.values == (0.5,)
    # placements are 1/4 and 3/4, half each: variance 1/16, of the mean 1/16 / 1,200,000, and so for either class
    assert found.covariance.matrix[0, 0] == pytest.approx(2 / 16 / 1_200_000, rel=1e-6)


def test_whole_numbers_that_64_bits_do_not_hold_are_added_all_the_same():
    large = np.full((1, 3), 3 * 10**9)
    assert _products(large, large)[0, 0] == 27 * 10**18


@pytest.mark.parametrize(
    ("labels", "scores", "groups"),
    [
        (np.zeros((2, 2), dtype=int), np.zeros((1, 2)), None),
        (np.array([], dtype=int), np.zeros((1, 0)), None),
        (np.array([0, 2]), np.zeros((1, 2)), None),
        (np.array([0, 1]), np.zeros(2), None),
        (np.array([0, 1]), np.zeros((1, 3)), None),
        (np.array([0, 1]), np.array([[0.0, np.nan]]), None),
        (np.array([0, 1]), np.zeros((1, 2)), np.zeros(3, dtype=int)),
    ],
)
def test_arrays_that_do_not_go_together_are_a_mistake_of_the_caller(labels, scores, groups):
    with pytest.raises(ValueError, match=r"must be|groups of shape"):
        estimate_aurocs(labels, scores, groups)
