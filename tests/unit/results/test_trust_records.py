"""A record of trust checks contradicts neither itself nor the list of checks."""

import pytest
from pydantic import ValidationError

from polyreact.results.trust_records import Check, TrustFindingRecord, TrustRecord, TrustVerdict
from unit.sample_trust import comparison, does_not_hold, holds, not_run, trust_record, variants


def test_record_is_read_back_as_it_was_made():
    record = trust_record(does_not_hold(Check.IDS), not_run(Check.HALVES))
    assert TrustRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize(
    ("finding", "changes"),
    [
        (holds(Check.IDS), {"verdict": TrustVerdict.DOES_NOT_HOLD}),
        (does_not_hold(Check.IDS), {"verdict": TrustVerdict.HOLDS}),
        (does_not_hold(Check.IDS), {"comparison": comparison(scores=3)}),
        (holds(Check.IDS), {"comparison": comparison(predictions=1)}),
        (holds(Check.IDS), {"comparison": comparison(scores=1, beyond=1)}),
        (holds(Check.IDS), {"comparison": None}),
        (holds(Check.IDS), {"code": "E313"}),
        (holds(Check.IDS), {"verdict": TrustVerdict.REPORTED}),
        (not_run(Check.IDS), {"code": None}),
        (not_run(Check.IDS), {"comparison": comparison()}),
        (variants(), {"verdict": TrustVerdict.HOLDS}),
        (variants(), {"check": Check.IDS}),
    ],
)
def test_finding_that_its_own_figures_contradict_is_refused(finding, changes):
    with pytest.raises(ValidationError):
        TrustFindingRecord.model_validate(finding.model_dump() | changes)


def test_score_that_differs_by_rounding_is_no_contradiction():
    finding = holds(Check.HALVES, scores=3, difference=1e-7)
    assert not finding.is_exact
    assert holds(Check.HALVES).is_exact


@pytest.mark.parametrize("change", [lambda found: found[:-1], lambda found: found[::-1], lambda found: found * 2])
def test_record_with_other_checks_than_there_are_is_refused(change):
    record = trust_record()
    with pytest.raises(ValidationError, match="a finding for each of repeat, order, halves, ids, variants"):
        TrustRecord.model_validate(record.model_dump() | {"findings": change(record.findings)})


def test_shares_are_of_the_rows_compared_and_0_of_none():
    compared = comparison(3, 92)
    assert (compared.share_of_predictions, compared.share_of_scores) == (3 / 300, 92 / 300)
    assert comparison(rows=0).share_of_predictions == comparison(rows=0).share_of_scores == 0.0


def test_record_was_run_if_every_check_was_whatever_was_found():
    assert trust_record(does_not_hold(Check.IDS)).was_run
    assert not trust_record(not_run(Check.IDS)).was_run
