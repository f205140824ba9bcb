"""Every two submissions of a track: what is kept of them."""

from itertools import pairwise

import numpy as np
import pytest

from polyreact.evaluation.compare import _describe_difference, compare_predictions, read_difference, round_limit
from polyreact.evaluation.measure import Truth
from polyreact.sequences import SequenceId
from polyreact.statistics.comparison import Comparison, compare_accuracy, compare_auroc
from polyreact.statistics.comparison import Test as Kind
from polyreact.submission.predictions import Prediction

IDS = [SequenceId(f"a-{number:03d}") for number in range(90)]
LABELS = {name: int(number % 3 == 0) for number, name in enumerate(IDS)}


def submission(skill, seed):
    stream = np.random.default_rng(seed)
    scores = [float(stream.normal() + skill * LABELS[name]) for name in IDS]
    return [Prediction(name, int(score > 0.5), score) for name, score in zip(IDS, scores, strict=True)]


def arrays(predictions):
    rows = sorted(predictions, key=lambda row: row.sequence_id)
    return np.array([row.prediction for row in rows]), np.array([row.score for row in rows])


TABLES = {"b-good": submission(2, 1), "c-none": submission(0, 2), "a-fair": submission(1, 3)}
TRUTH = np.array([LABELS[name] for name in IDS])


def test_pairs_stand_in_alphabetical_order_and_are_those_of_the_statistics():
    pairs = compare_predictions(TABLES, Truth(LABELS))
    assert [(pair.first, pair.second) for pair in pairs] == [
        ("a-fair", "b-good"),
        ("a-fair", "c-none"),
        ("b-good", "c-none"),
    ]
    for pair in pairs:
        (called, scores), (other_called, other_scores) = (
            arrays(TABLES[name]) for name in (pair.first, pair.second)
        )
        expected = compare_auroc(TRUTH, scores, other_scores)
        told = read_difference(pair.auroc)
        assert (told.difference, told.test) == (expected.difference, expected.test)
        assert (told.low, told.high) == pytest.approx((expected.low, expected.high), abs=5e-7)
        assert told.p_value == pytest.approx(expected.p_value, rel=5e-6)
        assert pair.auroc.standard_error > 0
        assert read_difference(pair.accuracy).difference == compare_accuracy(TRUTH, called, other_called).difference
        assert (pair.accuracy.test, pair.accuracy.standard_error) == (Kind.MCNEMAR, None)


def test_order_of_rows_and_of_submissions_changes_nothing():
    turned = {name: TABLES[name][::-1] for name in reversed(TABLES)}
    assert compare_predictions(turned, Truth(LABELS)) == compare_predictions(TABLES, Truth(LABELS))


def test_one_submission_makes_no_pair():
    assert compare_predictions({"a-b": TABLES["b-good"]}, Truth(LABELS)) == ()


def test_same_order_of_antibodies_is_no_difference_and_has_no_error():
    stretched = [Prediction(row.sequence_id, row.prediction, 3 * row.score) for row in TABLES["b-good"]]
    (pair,) = compare_predictions({"a-b": TABLES["b-good"], "a-c": stretched}, Truth(LABELS))
    assert (pair.auroc.difference, pair.auroc.p_value, pair.auroc.standard_error) == (0.0, 1.0, None)
    assert pair.auroc.test == Kind.SAME_ORDER


def test_turned_pair_is_the_same_from_the_other_side():
    pair = compare_predictions(TABLES, Truth(LABELS))[1]
    turned = pair.turned()
    assert (turned.first, turned.second) == (pair.second, pair.first)
    assert (turned.auroc.difference, turned.auroc.low) == (-pair.auroc.difference, -pair.auroc.high)
    assert turned.turned() == pair


def test_groups_make_comparisons_less_sure():
    group_of = {name: str(number // 4) for number, name in enumerate(IDS)}
    copied = {
        key: [
            Prediction(row.sequence_id, rows[4 * (n // 4)].prediction, rows[4 * (n // 4)].score)
            for n, row in enumerate(rows)
        ]
        for key, rows in TABLES.items()
    }
    labels = {name: LABELS[IDS[4 * (number // 4)]] for number, name in enumerate(IDS)}
    alone = compare_predictions(copied, Truth(labels))
    grouped = compare_predictions(copied, Truth(labels, None, group_of))
    for one, other in zip(alone, grouped, strict=True):
        assert other.auroc.standard_error > 1.5 * one.auroc.standard_error
        assert other.auroc.p_value >= one.auroc.p_value
        assert other.accuracy.test == Kind.GROUP_SWAP
        assert other.accuracy.high - other.accuracy.low > one.accuracy.high - one.accuracy.low


def test_fold_track_compares_the_means_over_the_folds():
    fold_of = {name: "even" if number % 2 else "odd" for number, name in enumerate(IDS)}
    (pair, *_) = compare_predictions(TABLES, Truth(LABELS), fold_of)
    expected = []
    for fold in ("even", "odd"):
        rows = np.array([fold_of[name] == fold for name in IDS])
        (_, first), (_, second) = (arrays(TABLES[name]) for name in (pair.first, pair.second))
        expected.append(compare_auroc(TRUTH[rows], first[rows], second[rows]).difference)
    assert pair.auroc.difference == pytest.approx(np.mean(expected))
    assert pair.auroc.test == Kind.DELONG


def test_scale_of_a_fold_does_not_enter_where_folds_are_compared():
    """A model fitted fold by fold may put its scores on another scale in each; only pooled values would mind."""
    fold_of = {name: "even" if number % 2 else "odd" for number, name in enumerate(IDS)}
    scaled = {
        name: [
            Prediction(row.sequence_id, row.prediction, row.score + 100 * (fold_of[row.sequence_id] == "odd"))
            for row in rows
        ]
        for name, rows in TABLES.items()
    }
    before, after = (compare_predictions(tables, Truth(LABELS), fold_of) for tables in (TABLES, scaled))
    for one, other in pairwise((before, after)):
        assert one == other


def test_set_of_one_class_cannot_be_compared():
    with pytest.raises(ValueError, match="no antibody in this set is polyreactive"):
        compare_predictions(TABLES, Truth(dict.fromkeys(IDS, 0)))


@pytest.mark.parametrize("value", [1 / 3, 2 / 3, -1 / 3, -2 / 3])
def test_kept_limits_hold_the_difference_though_they_are_rounded(value):
    kept = _describe_difference(Comparison(value, value, value, 0.01, Kind.MCNEMAR))
    assert kept.low <= value <= kept.high
    assert max(value - kept.low, kept.high - value) < 1e-6


def test_kept_limit_is_never_a_negative_zero():
    assert repr(round_limit(-1e-9)) == "0.0"
    assert round_limit(-0.1234564) == -0.123456
