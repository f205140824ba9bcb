"""What must hold for the metrics of any table."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.metrics.assay import spearman
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.metrics.interface import MetricValue
from polyreact.metrics.score import score_table

finite = st.floats(allow_nan=False, allow_infinity=False)
unit = st.floats(0, 1)
LISTS = ("specificity_at_sensitivity_90", "precision_at_positives", "precision_at_10")
few = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


def rows(scores=finite):
    return st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), scores), min_size=1, max_size=60)


def scored(table, *, is_probability=False):
    labels, predictions, scores = (np.array(column) for column in zip(*table, strict=True))
    return score_table(labels, predictions, scores.astype(float), is_probability=is_probability)


def values(table, **options):
    return {key: metric.value for key, metric in scored(table, **options).metrics.items()}


@given(rows(finite | few), st.booleans())
def test_every_metric_is_in_range_or_has_a_reason(table, is_probability):
    for key, metric in scored(table, is_probability=is_probability).metrics.items():
        if metric.value is None:
            assert metric.reason
        else:
            highest = METRICS_BY_KEY[key].highest
            assert METRICS_BY_KEY[key].lowest <= metric.value <= (math.inf if highest is None else highest)
            assert math.isfinite(metric.value)


@given(st.data(), rows(unit | few))
def test_order_of_rows_changes_no_bit(data, table):
    shuffled = data.draw(st.permutations(table))
    assert values(shuffled, is_probability=True) == values(table, is_probability=True)


@given(rows(finite | few))
def test_swapping_the_classes_mirrors_the_metrics(table):
    before = values(table)
    after = values([(1 - label, 1 - prediction, -score) for label, prediction, score in table])
    assert after["sensitivity"] == before["specificity"]
    assert after["specificity"] == before["sensitivity"]
    for key in ("accuracy", "balanced_accuracy", "mcc", "roc_auc", "youden"):
        assert after[key] == before[key]


@given(rows(finite | few))
def test_reversing_the_scores_mirrors_roc_auc(table):
    before = values(table)["roc_auc"]
    after = values([(label, prediction, -score) for label, prediction, score in table])["roc_auc"]
    if before is None:
        assert after is None
    else:
        assert after == pytest.approx(1 - before, abs=1e-15)


@given(rows(st.integers(-(2**40), 2**40)))
def test_monotone_transformation_keeps_order_metrics(table):
    before = values(table)
    after = values([(label, prediction, score**3 / 7 + 3) for label, prediction, score in table])
    cubed = [row[2] ** 3 / 7 + 3 for row in table]
    if len(set(cubed)) == len({row[2] for row in table}):  # nothing merged by rounding
        assert after["roc_auc"] == before["roc_auc"]
        for key in ("average_precision", *LISTS):
            assert after[key] == before[key]


@given(rows(unit | few), st.integers(2, 4))
def test_repeating_every_row_keeps_every_metric(table, times):
    before, after = values(table, is_probability=True), values(table * times, is_probability=True)
    del before["precision_at_10"]  # of another list: ten stay ten
    for key, value in before.items():
        assert after[key] == (None if value is None else pytest.approx(value, rel=1e-13, abs=1e-14))


@given(rows(few))
def test_roc_auc_equals_the_share_of_pairs(table):
    positives = [score for label, _, score in table if label]
    negatives = [score for label, _, score in table if not label]
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    expected = wins / (len(positives) * len(negatives)) if positives and negatives else None
    assert values(table)["roc_auc"] == expected


@given(rows(finite | few))
def test_swapping_the_labels_alone_mirrors_roc_auc(table):
    before, after = values(table)["roc_auc"], values([(1 - row[0], *row[1:]) for row in table])["roc_auc"]
    if before is None:
        assert after is None
    else:
        assert after == pytest.approx(1 - before, abs=1e-15)


@given(st.data(), st.lists(st.tuples(finite | few, finite | few | st.just(math.nan)), min_size=1, max_size=60))
def test_order_of_rows_changes_no_bit_of_spearman_and_mirrored_scores_mirror_it(data, pairs):
    def rank(chosen, sign=1):
        scores, assay = (np.array(column, dtype=float) for column in zip(*chosen, strict=True))
        return spearman(sign * scores, assay)

    found = rank(pairs)
    assert rank(data.draw(st.permutations(pairs))) == found
    assert rank([pair for pair in pairs if not math.isnan(pair[1])] or pairs) == found
    mirrored = rank(pairs, -1)
    assert mirrored == (found if found.value is None else MetricValue(-found.value))


@given(rows(unit | few), st.data())
def test_reliability_bins_hold_every_row_once_whatever_the_order(table, data):
    bins = scored(table, is_probability=True).reliability
    assert scored(data.draw(st.permutations(table)), is_probability=True).reliability == bins
    assert sum(part.antibodies for part in bins) == len(table)
    assert sum(part.polyreactive for part in bins) == sum(row[0] for row in table)
    for part in bins:
        inside = [row[2] for row in table if part.above < row[2] <= part.up_to or row[2] == part.above == 0]
        assert len(inside) == part.antibodies
