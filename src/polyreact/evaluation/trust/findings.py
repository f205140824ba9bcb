"""What the answers of two runs say about a submission. Pure: tables of predictions in, findings out.

Where the rule for lookup tables comes from: docs/explanation/decisions/0013-trust-checks.md.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from statistics import median

import numpy as np
import numpy.typing as npt

from polyreact.evaluation.outcome import Verdict
from polyreact.metrics.assay import FEWER_THAN_TWO, ONE_ASSAY_VALUE, ONE_SCORE, spearman
from polyreact.results.records import MetricRecord
from polyreact.results.trust_records import Check, ComparisonRecord, TrustFindingRecord, TrustVerdict
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction

#: Two scores that differ by at most this share of the larger one, or of the usual size of a score where both are
#: small, differ by rounding: a network adds up in another order when its batches are others.
ROUNDING = 1e-5

#: Below this correlation, or above this share of changed predictions, variants fare as with a lookup table.
LOOKUP_SPEARMAN = 0.6
LOOKUP_CHANGED = 0.25
#: With fewer rows chance alone may move both figures across.
FEWEST_ROWS = 20

_REASONS = {
    FEWER_THAN_TWO: "fewer than two antibodies were compared",
    ONE_SCORE: "all originals have the same score",
    ONE_ASSAY_VALUE: "all variants have the same score",
}


def compare_tables(base: Sequence[Prediction], other: Sequence[Prediction]) -> ComparisonRecord:
    """Two tables for the same ids, in any order, row by row."""
    answers = {row.sequence_id: row for row in other}
    pairs = [(row, answers[row.sequence_id]) for row in base]
    usual = median(abs(row.score) for row in base) if base else 0.0
    differences = [abs(one.score - two.score) for one, two in pairs]
    return ComparisonRecord(
        rows=len(pairs),
        changed_predictions=sum(one.prediction != two.prediction for one, two in pairs),
        changed_scores=sum(one.score != two.score for one, two in pairs),
        beyond_rounding=sum(
            difference > ROUNDING * max(abs(one.score), abs(two.score), usual)
            for difference, (one, two) in zip(differences, pairs, strict=True)
        ),
        largest_difference=min(max(differences, default=0.0), sys.float_info.max),  # two finite ones may overflow
    )


def judge_check(
    check: Check, base: Sequence[Prediction], other: Sequence[Prediction], runs: int
) -> TrustFindingRecord:
    """Whether every antibody got the answer of the first run again."""
    compared = compare_tables(base, other)
    holds = not compared.changed_predictions and not compared.beyond_rounding
    verdict = TrustVerdict.HOLDS if holds else TrustVerdict.DOES_NOT_HOLD
    return TrustFindingRecord(check=check, verdict=verdict, runs=runs, comparison=compared)


def judge_variants(
    base: Sequence[Prediction], other: Sequence[Prediction], varied: Collection[SequenceId], runs: int
) -> TrustFindingRecord:
    """How far the answers for variants are from those for their originals; only rows that were `varied` count."""
    answers = {row.sequence_id: row for row in other}
    originals = [row for row in base if row.sequence_id in varied]
    variants = [answers[row.sequence_id] for row in originals]
    compared = compare_tables(originals, variants)
    correlation = spearman(_scores(originals), _scores(variants))  # looks at the originals first for a reason
    reason = None if correlation.reason is None else _REASONS[correlation.reason]
    return TrustFindingRecord(
        check=Check.VARIANTS,
        verdict=TrustVerdict.REPORTED,
        runs=runs,
        comparison=compared,
        spearman=MetricRecord(value=correlation.value, reason=reason),
        looks_like_lookup=looks_like_lookup(compared, correlation.value, reason),
    )


def could_not_run(check: Check, verdict: Verdict, runs: int, where: str) -> TrustFindingRecord:
    """A check that ended with a run that was not valid; `where` says which one."""
    return TrustFindingRecord(
        check=check,
        verdict=TrustVerdict.NOT_RUN,
        runs=runs,
        code=verdict.outcome.code,
        message=f"{where}: {verdict.outcome.message}",
    )


def looks_like_lookup(compared: ComparisonRecord, correlation: float | None, reason: str | None) -> bool | None:
    """By what is kept of variants; None where nothing can be said: too few rows, or originals that all have one
    score.
    """
    if compared.rows < FEWEST_ROWS or reason == _REASONS[ONE_SCORE]:
        return None
    unlike = correlation is None or correlation < LOOKUP_SPEARMAN
    return unlike or compared.share_of_predictions > LOOKUP_CHANGED


def _scores(rows: Sequence[Prediction]) -> npt.NDArray[np.float64]:
    return np.array([row.score for row in rows], dtype=np.float64)
