"""What two tables of answers say: equal, equal but for rounding, other; and what looks like a lookup table."""

import math

import pytest

from polyreact.errors import RunFailed
from polyreact.evaluation.outcome import Verdict
from polyreact.evaluation.trust.findings import (
    FEWEST_ROWS,
    LOOKUP_CHANGED,
    LOOKUP_SPEARMAN,
    ROUNDING,
    compare_tables,
    could_not_run,
    judge_check,
    judge_variants,
)
from polyreact.results.records import OutcomeKind, OutcomeRecord
from polyreact.results.trust_records import Check, TrustVerdict
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction


def table(scores, cut=0.5):
    return tuple(
        Prediction(SequenceId(f"a-{number:03d}"), int(score >= cut), float(score))
        for number, score in enumerate(scores)
    )


BASE = table([number / 40 for number in range(40)])
IDS = frozenset(row.sequence_id for row in BASE)


def moved(base, by):
    return tuple(Prediction(row.sequence_id, row.prediction, by(row.score)) for row in base)


def test_equal_tables_in_any_order_hold_exactly():
    finding = judge_check(Check.ORDER, BASE, BASE[::-1], 1)
    assert (finding.verdict, finding.is_exact, finding.comparison.rows) == (TrustVerdict.HOLDS, True, 40)
    assert finding.comparison.largest_difference == 0.0


def test_scores_that_differ_by_rounding_hold_and_are_counted():
    finding = judge_check(Check.HALVES, BASE, moved(BASE, lambda score: score * (1 + 1e-7)), 2)
    assert (finding.verdict, finding.is_exact, finding.runs) == (TrustVerdict.HOLDS, False, 2)
    assert finding.comparison.changed_scores == 39  # the score that is 0 stays
    assert finding.comparison.beyond_rounding == 0
    assert finding.comparison.largest_difference == pytest.approx(39 / 40 * 1e-7)


def test_score_near_zero_is_held_to_the_usual_size_of_a_score():
    """A logit near 0 is a sum of large terms: what it may differ by is no share of itself."""
    near_zero = [table([*range(1, 40), tiny]) for tiny in (1e-9, -1e-6)]
    compared = compare_tables(*near_zero)
    assert (compared.changed_scores, compared.beyond_rounding) == (1, 0)
    alone = compare_tables(table([1e-9]), table([-1e-6]))
    assert alone.beyond_rounding == 1


@pytest.mark.parametrize(("share", "beyond"), [(0.99, 0), (1.01, 40)])
def test_rounding_ends_at_its_share_of_a_score(share, beyond):
    base = table([2.0] * 40)
    assert compare_tables(base, moved(base, lambda score: score * (1 - share * ROUNDING))).beyond_rounding == beyond


def test_one_score_of_many_beyond_rounding_does_not_hold():
    other = (*BASE[:-1], Prediction(BASE[-1].sequence_id, 1, BASE[-1].score + 0.01))
    finding = judge_check(Check.IDS, BASE, other, 1)
    assert finding.verdict is TrustVerdict.DOES_NOT_HOLD
    assert (finding.comparison.changed_scores, finding.comparison.changed_predictions) == (1, 0)
    assert finding.comparison.largest_difference == pytest.approx(0.01)


def test_prediction_that_changes_while_its_score_stays_does_not_hold():
    other = (Prediction(BASE[0].sequence_id, 1, BASE[0].score), *BASE[1:])
    finding = judge_check(Check.REPEAT, BASE, other, 1)
    assert finding.verdict is TrustVerdict.DOES_NOT_HOLD
    assert (finding.comparison.changed_scores, finding.comparison.changed_predictions) == (0, 1)


def test_zero_of_either_sign_is_the_same_score():
    assert compare_tables(table([0.0]), table([-0.0])).changed_scores == 0


def test_difference_of_two_finite_scores_that_is_not_finite_is_the_largest_number():
    """Symptom: a submission whose scores are +-1.7e308 would end the program, as no record holds an infinity."""
    finding = judge_check(Check.REPEAT, table([1.7e308]), table([-1.7e308]), 1)
    assert finding.verdict is TrustVerdict.DOES_NOT_HOLD
    assert math.isfinite(finding.comparison.largest_difference)


def test_variants_are_compared_on_the_rows_that_were_varied():
    varied = frozenset(sorted(IDS)[:30])
    finding = judge_variants(BASE, BASE[::-1], varied, 1)
    assert (finding.comparison.rows, finding.spearman.value, finding.looks_like_lookup) == (30, 1.0, False)
    assert finding.verdict is TrustVerdict.REPORTED


def test_variants_of_which_all_have_one_score_look_like_a_lookup_table():
    finding = judge_variants(BASE, table([0.4] * 40), IDS, 1)
    assert finding.looks_like_lookup
    assert (finding.spearman.value, finding.spearman.reason) == (None, "all variants have the same score")


def test_originals_of_which_all_have_one_score_tell_nothing():
    one_score = table([0.4] * 40)
    for other in (one_score, BASE):
        finding = judge_variants(one_score, other, IDS, 1)
        assert finding.looks_like_lookup is None
        assert finding.spearman.reason == "all originals have the same score"


def test_variants_in_nearly_another_order_look_like_a_lookup_table():
    turned = moved(BASE, lambda score: -score)  # predictions stay as they are
    finding = judge_variants(BASE, turned, IDS, 1)
    assert finding.comparison.changed_predictions == 0
    assert finding.spearman.value < LOOKUP_SPEARMAN
    assert finding.looks_like_lookup


@pytest.mark.parametrize(("changed", "looks"), [(10, False), (11, True)])
def test_variants_of_which_more_than_a_quarter_change_look_like_a_lookup_table(changed, looks):
    """The scores stay, and with them the correlation: the share of predictions alone decides."""
    assert LOOKUP_CHANGED == 10 / 40
    other = tuple(
        Prediction(row.sequence_id, row.prediction ^ (number < changed), row.score)
        for number, row in enumerate(BASE)
    )
    assert judge_variants(BASE, other, IDS, 1).looks_like_lookup is looks


@pytest.mark.parametrize(("rows", "looks"), [(FEWEST_ROWS - 1, None), (FEWEST_ROWS, True)])
def test_few_variants_are_not_judged(rows, looks):
    varied = frozenset(sorted(IDS)[:rows])
    assert judge_variants(BASE, table([0.4] * 40), varied, 1).looks_like_lookup is looks


@pytest.mark.parametrize("rows", [0, 1])
def test_no_variants_or_one_give_no_correlation_and_no_judgement(rows):
    finding = judge_variants(BASE, BASE, frozenset(sorted(IDS)[:rows]), 1)
    assert finding.comparison.rows == rows
    assert finding.spearman.reason == "fewer than two antibodies were compared"
    assert finding.looks_like_lookup is None


def test_check_that_could_not_be_run_says_which_run_ended_and_how():
    outcome = OutcomeRecord(
        kind=OutcomeKind.SUBMISSION_FAULT, code="E313", message="the run ended with exit status 1"
    )
    finding = could_not_run(Check.HALVES, Verdict(outcome, RunFailed(outcome.message)), 2, "the second half")
    assert (finding.verdict, finding.code, finding.runs) == (TrustVerdict.NOT_RUN, "E313", 2)
    assert finding.message == "the second half: the run ended with exit status 1"
    assert finding.comparison is None
