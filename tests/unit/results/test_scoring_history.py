"""What a newer scoring version made of a record's figures, and how such sections are put together."""

import pytest
from pydantic import ValidationError

from polyreact.results.records import FoldScoreRecord, MetricRecord
from polyreact.results.scoring_history import (
    FOLD_MEAN,
    NO_LONGER_MADE,
    OVERALL,
    ScoringHistoryRecord,
    add_rescoring,
    describe_rescoring,
    is_same_figure,
)
from unit.leaderboard.sample_boards import audit, record, score

NEWER = 2


def value(number, reason=None):
    return MetricRecord(value=number, reason=reason)


def with_figures(scored, **figures):
    """The score with these figures; one of None is taken away."""
    metrics = {key: metric for key, metric in (scored.metrics | figures).items() if metric is not None}
    return scored.model_copy(update={"metrics": metrics})


def rescoring(before, now, version=NEWER):
    now = now.model_copy(update={"scoring_version": version})
    return describe_rescoring(record("lab-model", scored=before), record("lab-model", scored=now))


def entries(found):
    return [(figure.part, figure.metric, figure.old.value, figure.new.value) for figure in found.changed]


def test_same_figures_are_counted_and_nothing_else():
    found = rescoring(score(), score())
    assert (found.submission, found.track, found.previous_version) == ("lab-model", "jain", 1)
    assert (found.unchanged, found.changed, found.new_metrics) == (len(score().metrics), (), ())
    assert found.predictions_sha256 == score().predictions_sha256


def test_changed_figure_has_both_values_and_the_reasons():
    before = with_figures(score(), mcc=value(0.25), brier=value(None, "no probability"))
    now = with_figures(score(), mcc=value(None, "no row is called polyreactive"), brier=value(0.5))
    found = rescoring(before, now)
    assert entries(found) == [(OVERALL, "mcc", 0.25, None), (OVERALL, "brier", None, 0.5)]
    assert found.changed[0].new.reason == "no row is called polyreactive"
    assert found.changed[1].old.reason == "no probability"
    assert found.unchanged == len(score().metrics) - 2


def test_last_bit_of_a_figure_is_a_change_and_so_is_the_sign_of_zero():
    import math

    before = with_figures(score(), mcc=value(0.25), f1=value(0.0))
    now = with_figures(score(), mcc=value(math.nextafter(0.25, 1)), f1=value(-0.0))
    assert [metric for _, metric, _, _ in entries(rescoring(before, now))] == ["f1", "mcc"]


def test_metric_that_was_not_there_before_is_new_and_one_that_is_gone_is_told():
    before = with_figures(score(), youden=None, ece=None, ancient=value(0.5))
    found = rescoring(before, score())
    assert found.new_metrics == ("ece", "youden")
    assert entries(found) == [(OVERALL, "ancient", 0.5, None)]
    assert found.changed[0].new.reason == NO_LONGER_MADE


def folded(scored, mean, **folds):
    return scored.model_copy(
        update={
            "folds": {
                name: FoldScoreRecord(positives=1, negatives=2, metrics={"mcc": value(number)})
                for name, number in folds.items()
            },
            "fold_means": {"mcc": value(mean)},
        }
    )


def test_folds_and_their_mean_are_compared_part_by_part():
    found = rescoring(folded(score(), 0.15, a=0.1, b=0.2), folded(score(), 0.2, a=0.1, b=0.3))
    assert entries(found) == [(FOLD_MEAN, "mcc", 0.15, 0.2), ("fold b", "mcc", 0.2, 0.3)]
    assert found.unchanged == len(score().metrics) + 1


def test_part_that_was_not_there_before_is_neither_the_same_nor_a_change():
    found = rescoring(score(), folded(score(audit=audit()), 0.2, a=0.1))
    assert (found.unchanged, found.changed, found.new_metrics) == (len(score().metrics), (), ())


def test_figures_without_neighbours_are_compared_where_the_overlap_is_the_same():
    before, now = score(audit=audit(auroc=0.6)), score(audit=audit(auroc=0.7))
    found = rescoring(before, now)
    assert entries(found)[0] == ("without neighbours in boughter-r2, VH at 0.95", "roc_auc", 0.6, 0.7)
    assert len(found.changed) == 6
    (audited,) = now.audit.sets
    other = audited.model_copy(update={"overlap_sha256": "99" * 32})
    measured_again = now.model_copy(update={"audit": now.audit.model_copy(update={"sets": (other,)})})
    assert entries(rescoring(before, measured_again)) == []


def test_figures_of_probabilities_are_not_compared_where_the_score_is_declared_anew():
    """Otherwise a Brier score that a manifest made possible would stand there as the work of the new version."""
    before = with_figures(score(score_is_probability=False), log_loss=None)
    found = rescoring(before, score(score_is_probability=True))
    assert found.changed == ()
    assert found.new_metrics == ("log_loss",)
    assert found.unchanged == len(before.metrics) - 2  # brier and ece


@pytest.mark.parametrize(
    ("before", "now"),
    [(None, score()), (score(), None), (score(), score()), (score(scoring_version=2), score())],
    ids=["no score before", "no score now", "same version", "older version"],
)
def test_nothing_is_noted_where_no_newer_version_scored(before, now):
    assert describe_rescoring(record("lab-model", scored=before), record("lab-model", scored=now)) is None


class WithInterval(MetricRecord):
    """A figure as later schemas may keep it."""

    low: float | None = None
    high: float | None = None


def test_number_that_stands_beside_a_value_is_compared_where_there_was_one():
    bare, first = WithInterval(value=0.5), WithInterval(value=0.5, low=0.4, high=0.6)
    assert is_same_figure(bare, first)
    assert is_same_figure(first, first)
    assert not is_same_figure(first, WithInterval(value=0.5, low=0.4, high=0.7))
    assert not is_same_figure(first, bare)


def test_other_words_for_a_figure_that_cannot_be_had_are_no_change():
    assert is_same_figure(value(None, "one class only"), value(None, "there is one class only"))
    assert not is_same_figure(value(None, "one class only"), value(0.0))


def test_section_is_added_once_and_another_beside_it():
    one, other = rescoring(score(), score()), rescoring(with_figures(score(), mcc=value(0.1)), score())
    history = add_rescoring(ScoringHistoryRecord(scoring_version=2), one)
    assert history.rescored == (one,)
    assert add_rescoring(history, one) == history
    assert len(add_rescoring(history, other).rescored) == 2


@pytest.mark.parametrize("version", [2, 3])
def test_section_of_no_older_version_is_refused(version):
    section = rescoring(score(scoring_version=version), score(), version=version + 1)
    with pytest.raises(ValidationError, match="does not come before 2"):
        add_rescoring(ScoringHistoryRecord(scoring_version=2), section)
