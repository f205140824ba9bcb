"""The only place where predictions meet labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from polyreact import __version__
from polyreact.datasets.catalog import Dataset, is_private_name
from polyreact.datasets.hidden import read_annotations, read_labels
from polyreact.datasets.overlap import CUTS, Region, find_without_neighbour
from polyreact.errors import BadRecord, Defects, InvalidTable
from polyreact.evaluation.audit import Audit
from polyreact.metrics.catalog import METRICS
from polyreact.metrics.interface import MetricValue, ScoreTable
from polyreact.metrics.score import score_table
from polyreact.results.overlap_store import KeptOverlap
from polyreact.results.records import (
    AuditedSetRecord,
    AuditRecord,
    ConfusionRecord,
    FoldScoreRecord,
    MetricRecord,
    NearestRecord,
    Record,
    ReliabilityBinRecord,
    ScoreRecord,
    WithoutNeighboursRecord,
)
from polyreact.results.store import ResultsStore
from polyreact.sequences import SequenceId
from polyreact.settings import Settings
from polyreact.submission.predictions import Prediction, parse_predictions
from polyreact.tracks.track import order_folds

#: Raised whenever the same predictions and labels would give other numbers, or more of them; see CHANGELOG.md, kind
#: "scoring".
SCORING_VERSION = 2

NOTHING_LEFT = "no antibody is left"


def score_predictions(
    predictions: Sequence[Prediction],
    labels: Mapping[SequenceId, int],
    *,
    score_is_probability: bool,
    assay: Mapping[SequenceId, float] | None = None,
) -> ScoreTable:
    """All metrics of a table whose ids are among those of `labels`.

    `assay` has the values of those antibodies that have one, higher for the more polyreactive.
    """
    measured = None
    if assay is not None:
        measured = np.fromiter((assay.get(row.sequence_id, np.nan) for row in predictions), dtype=np.float64)
    return score_table(
        np.fromiter((labels[row.sequence_id] for row in predictions), dtype=np.int8, count=len(predictions)),
        np.fromiter((row.prediction for row in predictions), dtype=np.int8, count=len(predictions)),
        np.fromiter((row.score for row in predictions), dtype=np.float64, count=len(predictions)),
        is_probability=score_is_probability,
        assay=measured,
    )


def score_folds(
    predictions: Sequence[Prediction],
    labels: Mapping[SequenceId, int],
    fold_of: Mapping[SequenceId, str],
    *,
    score_is_probability: bool,
    assay: Mapping[SequenceId, float] | None = None,
) -> dict[str, ScoreTable]:
    """All metrics of each fold's rows, by the name of the fold in the order they are shown."""
    return {
        fold: score_predictions(
            [row for row in predictions if fold_of[row.sequence_id] == fold],
            labels,
            score_is_probability=score_is_probability,
            assay=assay,
        )
        for fold in order_folds(fold_of.values())
    }


def mean_over_folds(folds: Mapping[str, ScoreTable]) -> dict[str, MetricValue]:
    """The plain mean of each metric over the folds; not available where any fold lacks it."""
    keys = next(iter(folds.values())).metrics if folds else ()
    return {key: _mean({name: table.metrics[key] for name, table in folds.items()}) for key in keys}


def _mean(values: Mapping[str, MetricValue]) -> MetricValue:
    for name, metric in values.items():
        if metric.value is None:
            return MetricValue(None, f"not available in fold {name}: {metric.reason}")
    return MetricValue(float(np.mean([metric.value for metric in values.values()])))


def is_same_scoring(kept: Record, made: Record) -> bool:
    """Whether two scores of a record were made from the same predictions, labels and overlaps by the same rules."""
    before, now = kept.score, made.score
    if before is None or now is None or _basis(before) != _basis(now):
        return False
    return _audit_basis(before) == _audit_basis(now)


def validate_score(kept: Record, made: Record) -> None:
    """Raises BadRecord where a kept score differs from the one that was made again from the same things.

    Of two audits, the sets are compared that both hold by the same overlap.
    """
    if kept.score is None or made.score is None or _basis(kept.score) != _basis(made.score):
        return
    before, now = kept.score.model_dump(), made.score.model_dump()
    for key in now["metrics"].keys() | before["metrics"].keys():
        found, expected = (scores["metrics"].get(key, {}).get("value") for scores in (before, now))
        if found != expected:
            if is_private_name(kept.track):  # the figures of such a track are for nobody's eyes
                raise _forged(kept, f"its {key} is not the one of the stored predictions")
            raise _forged(kept, f"its {key} is {found}; the stored predictions give {expected}")
    if before["confusion"] != now["confusion"]:
        raise _forged(kept, "its confusion matrix is not the one of the stored predictions")
    again = _sets_by_overlap(made.score)
    for key, told in _sets_by_overlap(kept.score).items():
        if told != again.get(key, told):
            raise _forged(
                kept, f"its figures without neighbours in {told.reference} are not those of the predictions"
            )
    if (before["folds"], before["fold_means"]) != (now["folds"], now["fold_means"]):
        raise _forged(kept, "its figures of folds are not those of the stored predictions")
    if (before["reliability"], before["assay_rows"]) != (now["reliability"], now["assay_rows"]):
        raise _forged(kept, "its reliability or its count of assay values is not that of the stored predictions")


def _basis(score: ScoreRecord) -> tuple[object, ...]:
    return (
        score.scoring_version,
        score.predictions_sha256,
        score.labels_sha256,
        score.score_is_probability,
        bool(score.folds),
    )


def _audit_basis(score: ScoreRecord) -> tuple[object, ...] | None:
    audit = score.audit
    return None if audit is None else (audit.declared, audit.not_audited, set(_sets_by_overlap(score)))


def _sets_by_overlap(score: ScoreRecord) -> dict[tuple[str, str], AuditedSetRecord]:
    sets = score.audit.sets if score.audit is not None else ()
    return {(audited.reference, audited.overlap_sha256): audited for audited in sets}


def _forged(record: Record, problem: str) -> BadRecord:
    return BadRecord(
        f"the record of {record.submission.id} on {record.track} cannot be right: {problem}",
        consequence="Nothing was changed.",
        cure=f"{_find_copy(record.track)}, or repeat the run:\n"
        f"  polyreact evaluate run --track {record.track} --force",
    )


def _find_copy(track: str) -> str:
    return "Bring the file back from a copy" if is_private_name(track) else "Take the file from git again"


def score_record(
    record: Record,
    dataset: Dataset,
    store: ResultsStore,
    settings: Settings,
    audit: Audit,
    *,
    folds_by: str = "",
) -> Record:
    """The record with the score of its stored predictions, and with its figures without near neighbours.

    `folds_by` is the track's column of folds, if any. Raises PredictionsLost, BadRecord for an overlap of other
    antibodies, and DatasetError.
    """
    labels = read_labels(dataset, settings)
    predictions = parse_predictions(store.read_predictions(record), tuple(sorted(labels)))
    if isinstance(predictions, Defects) or record.run.predictions is None:
        raise InvalidTable(
            f"the stored predictions of {record.submission.id} are not a table for {dataset.id}",
            findings=predictions.findings if isinstance(predictions, Defects) else (),
            cure=f"Repeat the run: polyreact evaluate run --track {record.track} --force",
        )
    is_probability = record.submission.score_is_probability
    assay = read_assay(dataset, settings)
    table = score_predictions(predictions, labels, score_is_probability=is_probability, assay=assay)
    folds: dict[str, ScoreTable] = {}
    if folds_by:
        fold_of = {name: row[folds_by] for name, row in read_annotations(dataset, settings).items()}
        folds = score_folds(predictions, labels, fold_of, score_is_probability=is_probability, assay=assay)
    score = ScoreRecord(
        scoring_version=SCORING_VERSION,
        polyreact=__version__,
        predictions_sha256=record.run.predictions.sha256,
        labels_sha256=dataset.labels_sha256,
        score_is_probability=is_probability,
        confusion=ConfusionRecord(**asdict(table.confusion)),
        metrics=_describe_metrics(table.metrics),
        audit=AuditRecord(
            declared=audit.declared,
            sets=tuple(
                _score_against(kept, predictions, labels, score_is_probability=is_probability, assay=assay)
                for kept in audit.overlaps
            ),
            not_audited=audit.not_audited,
        ),
        folds={name: _describe_fold(fold) for name, fold in folds.items()},
        fold_means=_describe_metrics(mean_over_folds(folds)),
        reliability=tuple(ReliabilityBinRecord(**asdict(part)) for part in table.reliability),
        assay_rows=table.assay_rows,
    )
    return record.model_copy(update={"score": score})


def read_assay(dataset: Dataset, settings: Settings) -> dict[SequenceId, float] | None:
    """The continuous measurement of the antibodies that have one, turned so that higher is more polyreactive.

    None where the set has no such column. Raises NotPrepared or PreparedMismatch.
    """
    if not dataset.assay_column:
        return None
    texts = {name: row[dataset.assay_column] for name, row in read_annotations(dataset, settings).items()}
    sign = -1 if dataset.low_assay_is_polyreactive else 1
    return {name: sign * float(text) for name, text in texts.items() if text}


def score_without_neighbours(
    predictions: Sequence[Prediction],
    labels: Mapping[SequenceId, int],
    free: Collection[SequenceId],
    *,
    score_is_probability: bool,
    assay: Mapping[SequenceId, float] | None = None,
) -> tuple[int, int, Mapping[str, MetricValue]]:
    """Rows, positives and metrics of the predictions whose id is in `free`, as score_predictions makes them.

    Where none is left, or none of a class, the metrics that need one are not available, with the reason.
    """
    left = [row for row in predictions if row.sequence_id in free]
    if not left:
        return 0, 0, {metric.key: MetricValue(None, NOTHING_LEFT) for metric in METRICS}
    table = score_predictions(left, labels, score_is_probability=score_is_probability, assay=assay)
    return len(left), table.confusion.positives, table.metrics


def _score_against(
    kept: KeptOverlap,
    predictions: Sequence[Prediction],
    labels: Mapping[SequenceId, int],
    *,
    score_is_probability: bool,
    assay: Mapping[SequenceId, float] | None,
) -> AuditedSetRecord:
    reference = kept.record.reference.key
    if {row.sequence_id for row in kept.rows} != labels.keys():
        raise BadRecord(
            f"the overlap of {kept.record.test.key} with {reference} is not of the antibodies that are scored",
            consequence="Nothing was scored.",
            cure="Delete the record, and evaluate again.",
        )
    parts = []
    for region in Region:
        for cut in CUTS:
            free = find_without_neighbour(kept.rows, region, cut)
            rows, positives, metrics = score_without_neighbours(
                predictions, labels, free, score_is_probability=score_is_probability, assay=assay
            )
            parts.append(
                WithoutNeighboursRecord(
                    region=region.value, cut=cut, rows=rows, positives=positives, metrics=_describe_metrics(metrics)
                )
            )
    nearest = tuple(
        NearestRecord(region=region.value, rows=summary.rows, median=summary.median, maximum=summary.maximum)
        for region in Region
        for summary in [kept.record.summary(region)]
    )
    return AuditedSetRecord(
        reference=reference, overlap_sha256=kept.sha256, nearest=nearest, without_neighbours=tuple(parts)
    )


def _describe_fold(table: ScoreTable) -> FoldScoreRecord:
    return FoldScoreRecord(
        positives=table.confusion.positives,
        negatives=table.confusion.negatives,
        metrics=_describe_metrics(table.metrics),
    )


def _describe_metrics(metrics: Mapping[str, MetricValue]) -> dict[str, MetricRecord]:
    return {key: MetricRecord(value=metric.value, reason=metric.reason) for key, metric in metrics.items()}
