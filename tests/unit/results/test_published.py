import pytest

from polyreact.errors import BadRecord
from polyreact.results.published import publish_record
from polyreact.results.records import MetricRecord, OutcomeKind, ReliabilityBinRecord
from polyreact.results.store import render_record
from unit.leaderboard.sample_boards import record, run, score

MESSAGE = "line 86 has another id"


def a_record(**changes):
    kept = record("lab-model", "private-ours", score(), run=run(OutcomeKind.VALID, "E311", MESSAGE))
    return kept.model_copy(update={"earlier_scored_runs": 3, **changes})


def test_published_part_has_rounded_scores_and_the_count():
    published = publish_record(a_record())
    kept = a_record().score
    assert published.earlier_scored_runs == 3
    assert published.score.metrics.keys() == kept.metrics.keys()
    for key, metric in published.score.metrics.items():
        if metric.value is None:
            assert metric == kept.metrics[key]
            continue
        assert metric.value == pytest.approx(kept.metrics[key].value, abs=0.005)
        assert metric.value == float(f"{metric.value:.2f}")


def test_published_part_has_no_counts_predictions_or_messages():
    bins = (ReliabilityBinRecord(above=0.0, up_to=1.0, antibodies=86, polyreactive=29, mean_score=0.3),)
    kept = a_record().score.model_copy(update={"reliability": bins, "assay_rows": 86})
    published = publish_record(a_record(score=kept))
    assert published.score.reliability == ()
    assert published.score.assay_rows is None
    assert published.score.confusion is None
    assert published.run.predictions is None
    assert published.run.shuffle_seed == ""
    assert (published.run.outcome.code, published.run.outcome.message) == ("E311", "")
    assert MESSAGE.encode() in render_record(a_record())
    assert MESSAGE.encode() not in render_record(published)


def test_metric_that_is_not_there_keeps_its_reason():
    metrics = {"brier": MetricRecord(value=None, reason="the score is no probability")}
    published = publish_record(a_record(score=score().model_copy(update={"metrics": metrics})))
    assert published.score.metrics == metrics


def test_score_without_the_count_is_refused():
    with pytest.raises(BadRecord, match="not how many came before"):
        publish_record(a_record(earlier_scored_runs=None))
    assert publish_record(a_record(earlier_scored_runs=None, score=None)).score is None
