"""The only place where predictions meet labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from polyreact import __version__
from polyreact.datasets.catalog import Dataset, is_private_name
from polyreact.datasets.hidden import read_annotations, read_labels
from polyreact.datasets.overlap import CUTS, Region, find_without_neighbour
from polyreact.errors import BadRecord, Defects, InvalidTable
from polyreact.evaluation.audit import Audit
from polyreact.evaluation.compare import compare_submissions, round_limit
from polyreact.evaluation.draw import draw_predictions
from polyreact.evaluation.measure import (
    FoldMeans,
    Intervals,
    Measurement,
    Truth,
    average_folds,
    measure_folds,
    measure_predictions,
    measure_without_neighbours,
)
from polyreact.metrics.catalog import METRICS
from polyreact.metrics.interface import MetricValue
from polyreact.results.comparison_records import ComparedRecord, ComparisonsRecord
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.overlap_store import KeptOverlap
from polyreact.results.records import (
    AuditedSetRecord,
    AuditRecord,
    ConfusionRecord,
    FoldScoreRecord,
    IntervalRecord,
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
from polyreact.statistics.interval import LEVEL, Interval, Unavailable
from polyreact.submission.predictions import Prediction, parse_predictions
from polyreact.tracks.track import Track

#: Raised whenever the same predictions and labels would give other numbers, or more of them; see CHANGELOG.md, kind
#: "scoring".
SCORING_VERSION = 2

NOTHING_LEFT = "no antibody is left"


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
        _validate_metric(kept, key, before["metrics"].get(key, {}), now["metrics"].get(key, {}))
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


def _validate_metric(kept: Record, key: str, told: Mapping[str, object], again: Mapping[str, object]) -> None:
    found, expected = told.get("value"), again.get("value")
    if found != expected:
        if is_private_name(kept.track):  # the figures of such a track are for nobody's eyes
            raise _forged(kept, f"its {key} is not the one of the stored predictions")
        raise _forged(kept, f"its {key} is {found}; the stored predictions give {expected}")
    if told != again:
        raise _forged(kept, f"the interval of its {key} is not that of the stored predictions")


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
    truth, fold_of = read_truth(dataset, settings), None
    predictions = _read_predictions(record, truth, store, dataset)
    is_probability = record.submission.score_is_probability
    whole = measure_predictions(predictions, truth, score_is_probability=is_probability)
    folds: dict[str, Measurement] = {}
    means = FoldMeans({}, {})
    if folds_by:
        fold_of = read_folds_of(dataset, folds_by, settings)
        folds = measure_folds(predictions, truth, fold_of, score_is_probability=is_probability)
        means = average_folds(predictions, truth, fold_of, folds)
    score = ScoreRecord(
        scoring_version=SCORING_VERSION,
        polyreact=__version__,
        predictions_sha256=_digest_of_predictions(record),
        labels_sha256=dataset.labels_sha256,
        score_is_probability=is_probability,
        confusion=ConfusionRecord(**asdict(whole.table.confusion)),
        metrics=_describe_metrics(whole.table.metrics, whole.intervals),
        audit=AuditRecord(
            declared=audit.declared,
            sets=tuple(
                _score_against(kept, predictions, truth, score_is_probability=is_probability)
                for kept in audit.overlaps
            ),
            not_audited=audit.not_audited,
        ),
        folds={name: _describe_fold(fold) for name, fold in folds.items()},
        fold_means=_describe_metrics(means.metrics, means.intervals),
        reliability=tuple(ReliabilityBinRecord(**asdict(part)) for part in whole.table.reliability),
        assay_rows=whole.table.assay_rows,
        interval_level=LEVEL,
    )
    return record.model_copy(update={"score": score})


def compare_records(
    records: Sequence[Record],
    track: Track,
    dataset: Dataset,
    store: ResultsStore,
    settings: Settings,
    kept: ComparisonsRecord | None = None,
) -> ComparisonsRecord:
    """Every two of a track's scored records on the same antibodies, from their stored predictions.

    What `kept` has is not made again: comparisons of some of these predictions, made from these labels by this
    scoring version. Raises PredictionsLost, InvalidTable and DatasetError.
    """
    truth = read_truth(dataset, settings)
    fold_of = read_folds_of(dataset, track.folds_by, settings) if track.has_folds else None
    record_of = {record.submission.id: record for record in records}
    names = sorted(record_of)

    def read(name: str) -> Sequence[Prediction]:
        return _read_predictions(record_of[name], truth, store, dataset)

    figures, pairs = compare_submissions(names, read, truth, fold_of, kept)
    return ComparisonsRecord(
        track=track.id,
        dataset=dataset.id,
        revision=dataset.revision,
        scoring_version=SCORING_VERSION,
        labels_sha256=dataset.labels_sha256,
        interval_level=LEVEL,
        group_column=dataset.group_column,
        rows=len(truth.labels),
        entries=tuple(
            ComparedRecord(
                submission=name,
                predictions_sha256=_digest_of_predictions(record_of[name]),
                auroc=own.auroc,
                right=own.right,
            )
            for name, own in zip(names, figures, strict=True)
        ),
        pairs=pairs,
    )


def draw_records(
    records: Sequence[Record], track: Track, dataset: Dataset, store: ResultsStore, settings: Settings
) -> tuple[CurvesRecord, ...]:
    """The curves of each of a track's scored records, from its stored predictions.

    Never of a private track: that is a ValueError. Raises PredictionsLost, InvalidTable and DatasetError.
    """
    if track.is_private:
        message = f"no curves are made of {track.id}: labels could be read off them"
        raise ValueError(message)
    truth = read_truth(dataset, settings)
    fold_of = read_folds_of(dataset, track.folds_by, settings) if track.has_folds else None
    return tuple(_draw_record(record, track, dataset, store, (truth, fold_of)) for record in records)


def _draw_record(
    record: Record,
    track: Track,
    dataset: Dataset,
    store: ResultsStore,
    known: tuple[Truth, Mapping[SequenceId, str] | None],
) -> CurvesRecord:
    truth, fold_of = known
    if record.score is None:
        message = "curves are of a record with a score"
        raise ValueError(message)
    is_probability = record.score.score_is_probability
    drawing = draw_predictions(
        _read_predictions(record, truth, store, dataset), truth, fold_of, score_is_probability=is_probability
    )
    return CurvesRecord(
        track=track.id,
        dataset=dataset.id,
        revision=dataset.revision,
        submission=record.submission.id,
        scoring_version=SCORING_VERSION,
        predictions_sha256=_digest_of_predictions(record),
        labels_sha256=dataset.labels_sha256,
        score_is_probability=is_probability,
        interval_level=LEVEL,
        group_column=dataset.group_column,
        folds_by=track.folds_by,
        roc=drawing.roc,
        precision_recall=drawing.precision_recall,
        distribution=drawing.distribution,
    )


def _read_predictions(record: Record, truth: Truth, store: ResultsStore, dataset: Dataset) -> Sequence[Prediction]:
    predictions = parse_predictions(store.read_predictions(record), tuple(sorted(truth.labels)))
    if isinstance(predictions, Defects):
        raise InvalidTable(
            f"the stored predictions of {record.submission.id} are not a table for {dataset.id}",
            findings=predictions.findings,
            cure=f"Repeat the run: polyreact evaluate run --track {record.track} --force",
        )
    return predictions


def _digest_of_predictions(record: Record) -> str:
    if record.run.predictions is None:
        message = "predictions that were read have a digest"
        raise ValueError(message)
    return record.run.predictions.sha256


def read_truth(dataset: Dataset, settings: Settings) -> Truth:
    """The labels, the assay values and the groups of a set. Raises NotPrepared or PreparedMismatch."""
    group_of = None
    if dataset.group_column:
        rows = read_annotations(dataset, settings)
        group_of = {name: row[dataset.group_column] for name, row in rows.items()}
    return Truth(read_labels(dataset, settings), read_assay(dataset, settings), group_of)


def read_folds_of(dataset: Dataset, folds_by: str, settings: Settings) -> dict[SequenceId, str]:
    """The fold of each antibody. Raises NotPrepared or PreparedMismatch."""
    return {name: row[folds_by] for name, row in read_annotations(dataset, settings).items()}


def read_assay(dataset: Dataset, settings: Settings) -> dict[SequenceId, float] | None:
    """The continuous measurement of the antibodies that have one, turned so that higher is more polyreactive.

    None where the set has no such column. Raises NotPrepared or PreparedMismatch.
    """
    if not dataset.assay_column:
        return None
    texts = {name: row[dataset.assay_column] for name, row in read_annotations(dataset, settings).items()}
    sign = -1 if dataset.low_assay_is_polyreactive else 1
    return {name: sign * float(text) for name, text in texts.items() if text}


def _score_against(
    kept: KeptOverlap, predictions: Sequence[Prediction], truth: Truth, *, score_is_probability: bool
) -> AuditedSetRecord:
    reference = kept.record.reference.key
    if {row.sequence_id for row in kept.rows} != truth.labels.keys():
        raise BadRecord(
            f"the overlap of {kept.record.test.key} with {reference} is not of the antibodies that are scored",
            consequence="Nothing was scored.",
            cure="Delete the record, and evaluate again.",
        )
    parts = []
    for region in Region:
        for cut in CUTS:
            free = find_without_neighbour(kept.rows, region, cut)
            rest = measure_without_neighbours(predictions, truth, free, score_is_probability=score_is_probability)
            parts.append(_describe_part(region, cut, rest))
    nearest = tuple(
        NearestRecord(region=region.value, rows=summary.rows, median=summary.median, maximum=summary.maximum)
        for region in Region
        for summary in [kept.record.summary(region)]
    )
    return AuditedSetRecord(
        reference=reference, overlap_sha256=kept.sha256, nearest=nearest, without_neighbours=tuple(parts)
    )


def _describe_part(region: Region, cut: float, rest: Measurement | None) -> WithoutNeighboursRecord:
    if rest is None:
        nothing = {metric.key: MetricValue(None, NOTHING_LEFT) for metric in METRICS}
        return WithoutNeighboursRecord(
            region=region.value, cut=cut, rows=0, positives=0, metrics=_describe_metrics(nothing, {})
        )
    return WithoutNeighboursRecord(
        region=region.value,
        cut=cut,
        rows=rest.table.confusion.total,
        positives=rest.table.confusion.positives,
        metrics=_describe_metrics(rest.table.metrics, rest.intervals),
    )


def _describe_fold(fold: Measurement) -> FoldScoreRecord:
    return FoldScoreRecord(
        positives=fold.table.confusion.positives,
        negatives=fold.table.confusion.negatives,
        metrics=_describe_metrics(fold.table.metrics, fold.intervals),
    )


def _describe_metrics(metrics: Mapping[str, MetricValue], intervals: Intervals) -> dict[str, MetricRecord]:
    return {key: _describe_metric(metric, intervals.get(key)) for key, metric in metrics.items()}


def _describe_metric(metric: MetricValue, found: Interval | Unavailable | None) -> MetricRecord:
    if metric.value is None or found is None:
        return MetricRecord(value=metric.value, reason=metric.reason)
    if isinstance(found, Unavailable):
        return MetricRecord(value=metric.value, no_interval=found.reason)
    interval = IntervalRecord(
        low=min(round_limit(found.low), metric.value),
        high=max(round_limit(found.high), metric.value),
        method=found.method.value,
    )
    return MetricRecord(value=metric.value, interval=interval)
