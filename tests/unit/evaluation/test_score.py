"""When scores may be compared, and what is said of one that cannot be right."""

from dataclasses import replace

import pytest

from polyreact.datasets.overlap import CUTS, Nearest, OverlapRow, Region
from polyreact.errors import BadRecord
from polyreact.evaluation.audit import Audit, Auditor, ensure_overlap
from polyreact.evaluation.score import (
    NOTHING_LEFT,
    SCORING_VERSION,
    is_same_scoring,
    score_record,
    validate_score,
)
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.records import FoldScoreRecord, IntervalRecord, MetricRecord, ReliabilityBinRecord
from polyreact.submission.predictions import Prediction, render_predictions
from unit.leaderboard.sample_boards import audit, not_audited, record, run, score
from unit.toy_sets import VH, antibodies, change, toy_dataset


def kept(**changes):
    return record("lab-model", scored=score(scoring_version=SCORING_VERSION).model_copy(update=changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"scoring_version": SCORING_VERSION + 1},
        {"predictions_sha256": "00" * 32},
        {"labels_sha256": "00" * 32},
        {"score_is_probability": False},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_scores_of_other_predictions_labels_or_rules_are_not_compared(changes):
    assert is_same_scoring(kept(), kept())
    assert not is_same_scoring(kept(**changes), kept())
    assert not is_same_scoring(record("lab-model"), kept())


def test_score_that_its_predictions_do_not_give_is_told_by_the_metric():
    forged = {**kept().score.metrics, "roc_auc": MetricRecord(value=0.999)}
    validate_score(kept(), kept())
    with pytest.raises(BadRecord, match=r"roc_auc is 0\.999"):
        validate_score(kept(metrics=forged), kept())


@pytest.mark.parametrize(
    "changed",
    [
        None,
        not_audited("unknown", "training data unknown"),
        audit(declared=("boughter", "shehata")),
        audit(reference="boughter-r1"),
        audit(not_audited=("boughter-r1 could not be had (E501)",)),
    ],
    ids=["none", "other-word", "more-declared", "other-revision", "not-all-had"],
)
def test_scores_with_another_audit_are_not_the_same_and_nothing_is_held_against_them(changed):
    """A record from before there were audits, or of what was declared before, is brought up to date."""
    before, now = kept(audit=changed), kept(audit=audit())
    assert is_same_scoring(now, now)
    assert not is_same_scoring(before, now)
    validate_score(before, now)


def test_interval_that_its_predictions_do_not_give_is_told_by_the_metric():
    interval = IntervalRecord(low=0.1, high=0.999, method="Wilson")
    value = kept().score.metrics["accuracy"].value
    forged = {**kept().score.metrics, "accuracy": MetricRecord(value=value, interval=interval)}
    with pytest.raises(BadRecord, match="the interval of its accuracy"):
        validate_score(kept(metrics=forged), kept())


def test_metric_that_was_changed_is_told_though_the_audit_is_another():
    """A forged figure must not be mended in silence only because an audit came to it."""
    forged = {**kept().score.metrics, "roc_auc": MetricRecord(value=0.999)}
    with pytest.raises(BadRecord, match=r"roc_auc is 0\.999"):
        validate_score(kept(metrics=forged), kept(audit=audit()))


@pytest.mark.parametrize("forged", [audit(auroc=0.999), audit(neighbours=(0, 0, 0)), audit(rows=85)])
def test_figures_without_neighbours_that_the_predictions_do_not_give_are_told(forged):
    with pytest.raises(BadRecord, match="figures without neighbours in boughter-r2"):
        validate_score(kept(audit=forged), kept(audit=audit()))


@pytest.fixture
def scored(store, settings):
    """Score four antibodies: one stands in the reference, one is 95 % identical, one 85 %, one is far."""
    near, fair, far = range(0, 36, 6), range(0, 90, 5), range(0, 90, 2)
    rows = antibodies("toy", VH, change(VH, *near), change(VH, *fair), change(VH, *far))
    test = toy_dataset(settings, "toy", rows, [1, 0, 1, 0])
    reference = toy_dataset(settings, "other", antibodies("other", VH), [0], source="other")
    kept_overlap = ensure_overlap(test, reference, Auditor(OverlapStore.of(store), settings))
    table = [Prediction(row.sequence_id, 1, value) for row, value in zip(rows, (0.9, 0.8, 0.3, 0.5), strict=True)]
    content = render_predictions(table)
    kept_run = record("lab-model", on="toy", run=run(predictions=store.name_predictions("toy", content, 4)))
    store.write(kept_run, content)

    def make(chosen):
        return score_record(kept_run, test, store, settings, Audit(("other",), (chosen,)))

    return make, kept_overlap


def test_record_holds_the_figures_of_every_region_and_cut(scored):
    make, kept_overlap = scored
    made = make(kept_overlap)
    (audited,) = made.score.audit.sets
    assert (audited.reference, audited.overlap_sha256) == ("other-r1", kept_overlap.sha256)
    parts = {(part.region, part.cut): part for part in audited.without_neighbours}
    assert list(parts) == [(region, cut) for region in Region for cut in CUTS]
    assert [(parts["VH", cut].rows, parts["VH", cut].positives) for cut in CUTS] == [(2, 1), (2, 1), (1, 0)]
    assert parts["VH", 0.9].metrics["roc_auc"].value == 0.0  # .3 of the polyreactive below .5 of the specific
    assert parts["VH", 0.8].metrics["roc_auc"].reason == "no antibody in this set is polyreactive"
    assert made.score.metrics["roc_auc"].value == 0.5
    assert [(near.region, near.rows) for near in audited.nearest] == [("VH", 4), ("H-CDR3", 3)]  # far: no number
    assert parts["H-CDR3", 0.95].rows == 0  # the H-CDR3 of the others is that of the reference
    assert parts["H-CDR3", 0.95].metrics["roc_auc"].reason == NOTHING_LEFT
    assert audited.nearest[0].maximum == 1.0
    assert is_same_scoring(made, make(kept_overlap))


def test_overlap_of_other_antibodies_is_refused(scored):
    make, kept_overlap = scored
    fewer = replace(kept_overlap, rows=(*kept_overlap.rows[1:], OverlapRow("x-1", Nearest("y-1", 0.5), None)))
    with pytest.raises(BadRecord, match="not of the antibodies that are scored"):
        make(fewer)


def with_folds(value=0.7, mean=0.7):
    fold = FoldScoreRecord(positives=5, negatives=6, metrics={"roc_auc": MetricRecord(value=value)})
    return kept(folds={"1": fold}, fold_means={"roc_auc": MetricRecord(value=mean)})


@pytest.mark.parametrize("forged", [with_folds(value=0.99), with_folds(mean=0.99)], ids=["fold", "mean"])
def test_figures_of_folds_that_the_predictions_do_not_give_are_told(forged):
    assert is_same_scoring(forged, with_folds())
    validate_score(with_folds(), with_folds())
    with pytest.raises(BadRecord, match="figures of folds"):
        validate_score(forged, with_folds())


def test_score_made_before_there_were_folds_is_made_again():
    assert not is_same_scoring(kept(), with_folds())


@pytest.mark.parametrize(
    "forged",
    [{"assay_rows": 86}, {"reliability": ()}],
    ids=["assay-rows", "reliability"],
)
def test_counts_that_the_predictions_do_not_give_are_told(forged):
    bins = (ReliabilityBinRecord(above=0.0, up_to=1.0, antibodies=86, polyreactive=29, mean_score=0.3),)
    true = kept(assay_rows=80, reliability=bins)
    validate_score(true, true)
    with pytest.raises(BadRecord, match="reliability or its count of assay values"):
        validate_score(kept(**{"assay_rows": 80, "reliability": bins} | forged), true)


def score_measured(store, settings, *, low_is_polyreactive=False, assay=("1.5", "", "-2", "30")):
    """The score of four antibodies, ranked 3, 1, 2, 4 by the submission."""
    rows = antibodies("toy", VH, change(VH, 1), change(VH, 2), change(VH, 3))
    dataset = toy_dataset(settings, "toy", rows, [1, 0, 0, 1], assay=assay)
    dataset = replace(dataset, low_assay_is_polyreactive=low_is_polyreactive)
    table = [Prediction(row.sequence_id, 1, s) for row, s in zip(rows, (0.7, 0.1, 0.2, 0.8), strict=True)]
    content = render_predictions(table)
    kept_run = record("lab-model", on="toy", run=run(predictions=store.name_predictions("toy", content, 4)))
    store.write(kept_run, content)
    return score_record(kept_run, dataset, store, settings, Audit(())).score


def test_record_holds_the_correlation_with_the_assay_and_how_many_it_is_of(store, settings):
    made = score_measured(store, settings)
    assert made.metrics["spearman"].value == 1.0
    assert made.assay_rows == 3
    assert sum(part.antibodies for part in made.reliability) == 4


def test_assay_that_falls_with_polyreactivity_is_turned(store, settings):
    made = score_measured(store, settings, low_is_polyreactive=True)
    assert made.metrics["spearman"].value == -1.0
    assert made.assay_rows == 3


def test_set_without_an_assay_has_no_correlation_and_no_count(store, settings):
    made = score_measured(store, settings, assay=None)
    assert made.metrics["spearman"].reason == "there are no assay values for this set"
    assert made.assay_rows is None
