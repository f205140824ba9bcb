"""Every two submissions of a track: what is kept of them."""

from itertools import pairwise

import numpy as np
import pytest

from polyreact.evaluation.compare import compare_submissions, read_difference, round_limit
from polyreact.evaluation.measure import Truth
from polyreact.results.comparison_records import ComparedRecord, ComparisonsRecord
from polyreact.sequences import SequenceId
from polyreact.statistics.comparison import Test as Kind
from polyreact.statistics.comparison import compare_accuracy, compare_auroc
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


def compare(tables, truth, fold_of=None, kept=None):
    """The comparisons of these tables, as they would be kept."""
    names = sorted(tables)
    figures, pairs = compare_submissions(names, tables.__getitem__, truth, fold_of, kept)
    return ComparisonsRecord(
        track="demo",
        dataset="demo",
        revision=1,
        scoring_version=2,
        labels_sha256="00" * 32,
        interval_level=0.95,
        group_column="",
        rows=len(truth.labels),
        entries=tuple(
            ComparedRecord(submission=name, predictions_sha256="00" * 32, auroc=own.auroc, right=own.right)
            for name, own in zip(names, figures, strict=True)
        ),
        pairs=pairs,
    )


def compare_predictions(tables, truth, fold_of=None):
    """Every pair in alphabetical order."""
    return tuple(compare(tables, truth, fold_of).read_pairs(sorted(tables)))


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


def test_agreement_counts_who_is_right():
    pairs = compare_predictions(TABLES, Truth(LABELS))
    for pair in pairs:
        first, second = (arrays(TABLES[name])[0] == TRUTH for name in (pair.first, pair.second))
        assert pair.agreement.model_dump() == {
            "both": int((first & second).sum()),
            "only_first": int((first & ~second).sum()),
            "only_second": int((~first & second).sum()),
            "neither": int((~first & ~second).sum()),
        }
        assert pair.agreement.total == len(IDS)
    assert len({pair.agreement for pair in pairs}) == len(pairs)


def test_agreement_follows_from_published_predictions_and_right_answers_alone():
    """Decision 18 holds it for no new knowledge of labels: they do not enter the right side but by `right`."""
    record = compare(TABLES, Truth(LABELS))
    right = {entry.submission: entry.right for entry in record.entries}
    for pair in record.read_pairs(sorted(TABLES)):
        called, other = (arrays(TABLES[name])[0] for name in (pair.first, pair.second))
        differ = int((called != other).sum())
        assert 2 * pair.agreement.only_first == differ + right[pair.first] - right[pair.second]


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
    assert (turned.agreement.only_first, turned.agreement.only_second) == (
        pair.agreement.only_second,
        pair.agreement.only_first,
    )
    assert pair.agreement.only_first != pair.agreement.only_second
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


@pytest.mark.parametrize(
    "fold_of", [None, {name: str(n % 10) for n, name in enumerate(IDS)}], ids=["whole", "folds"]
)
@pytest.mark.parametrize(
    "groups", [None, {name: str(n // 4) for n, name in enumerate(IDS)}], ids=["alone", "groups"]
)
def test_pairs_are_the_same_whatever_was_kept_before(fold_of, groups):
    """One after the other in any order, two at once, one less: as if all had been made at once."""
    truth = Truth(LABELS, None, groups)
    tables = TABLES | {"d-copy": TABLES["b-good"], "a-b-poor": submission(-0.5, 4)}
    whole = compare(tables, truth, fold_of)
    for order in (
        sorted(tables),
        sorted(tables, reverse=True),
        ["b-good", "d-copy", "a-fair", "c-none", "a-b-poor"],
    ):
        kept = None
        for count in range(1, len(order) + 1):
            kept = compare({name: tables[name] for name in order[:count]}, truth, fold_of, kept)
        assert kept == whole
    assert compare(tables, truth, fold_of, compare(TABLES, truth, fold_of)) == whole
    assert compare(TABLES, truth, fold_of, whole.restrict(sorted(TABLES))) == compare(TABLES, truth, fold_of)


def test_tables_are_read_once_and_only_where_something_is_new():
    whole, read = compare(TABLES, Truth(LABELS)), []

    def count(name):
        read.append(name)
        return TABLES[name]

    compare_submissions(sorted(TABLES), count, Truth(LABELS), None, whole)
    assert read == []
    compare_submissions(sorted(TABLES), count, Truth(LABELS), None, whole.restrict(["a-fair", "c-none"]))
    assert read == sorted(TABLES)


def test_kept_limit_is_never_a_negative_zero():
    assert repr(round_limit(-1e-9)) == "0.0"
    assert round_limit(-0.1234564) == -0.123456
