"""What may be published of a record of a private track: its scores, and how they came about.

Everything is left out that is not named here, so that what is added to records later is not published by
accident. Metrics are rounded and have no intervals, whose widths tell how many antibodies there are: from the
full value of an accuracy or an AUROC the number of antibodies and of polyreactive ones can be worked out, and
with those, run by run, labels. Counts, predictions, and what a failing run said are left out.
"""

from __future__ import annotations

from polyreact.errors import BadRecord
from polyreact.results.records import MetricRecord, OutcomeRecord, Record, RunRecord, ScoreRecord

PUBLISHED_DECIMALS = 2


def publish_record(record: Record) -> Record:
    """The part of a private track's record that may be shown.

    Raises BadRecord for a score without the number of earlier ones.
    """
    if record.score is not None and record.earlier_scored_runs is None:
        raise BadRecord(
            f"the record of {record.submission.id} on {record.track} has a score, and not how many came before it",
            consequence="Nothing was published.",
            cure=f"Bring it up to date: polyreact evaluate run --track {record.track}",
        )
    return Record(
        track=record.track,
        dataset=record.dataset,
        revision=record.revision,
        ranked=record.ranked,
        submission=record.submission,
        run=_publish_run(record.run),
        score=None if record.score is None else _publish_score(record.score),
        earlier_scored_runs=record.earlier_scored_runs,
    )


def _publish_run(run: RunRecord) -> RunRecord:
    return RunRecord(
        job=run.job,
        contract=run.contract,
        polyreact=run.polyreact,
        image=run.image,
        engine=run.engine,
        host=run.host,
        limits=run.limits,
        policy_sha256=run.policy_sha256,
        inputs_sha256=run.inputs_sha256,
        shuffle_seed="",
        started_at=run.started_at,
        wall_s=run.wall_s,
        cpu_s=run.cpu_s,
        peak_memory_bytes=run.peak_memory_bytes,
        exit_code=run.exit_code,
        outcome=OutcomeRecord(kind=run.outcome.kind, code=run.outcome.code),
        predictions=None,
    )


def _publish_score(score: ScoreRecord) -> ScoreRecord:
    return ScoreRecord(
        scoring_version=score.scoring_version,
        polyreact=score.polyreact,
        predictions_sha256=score.predictions_sha256,
        labels_sha256=score.labels_sha256,
        score_is_probability=score.score_is_probability,
        confusion=None,
        metrics={key: _round(metric) for key, metric in score.metrics.items()},
    )


def _round(metric: MetricRecord) -> MetricRecord:
    if metric.value is None:
        return metric
    return MetricRecord(value=round(metric.value, PUBLISHED_DECIMALS))
