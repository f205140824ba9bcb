"""The only place where predictions meet labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from polyreact import __version__
from polyreact.datasets.catalog import Dataset
from polyreact.datasets.hidden import read_labels
from polyreact.errors import Defects, InvalidTable
from polyreact.files import Sha256
from polyreact.metrics.interface import ScoreTable
from polyreact.metrics.score import score_table
from polyreact.results.records import ConfusionRecord, MetricRecord, Record, ScoreRecord
from polyreact.results.store import ResultsStore
from polyreact.sequences import SequenceId
from polyreact.settings import Settings
from polyreact.submission.predictions import Prediction, parse_predictions

#: Raised whenever the same predictions and labels would give another number; see CHANGELOG.md, kind "scoring".
SCORING_VERSION = 1


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """What a score depends on besides the predictions."""

    labels_sha256: Sha256
    score_is_probability: bool


def score_predictions(
    predictions: Sequence[Prediction], labels: Mapping[SequenceId, int], *, score_is_probability: bool
) -> ScoreTable:
    """All metrics of a table whose ids are exactly those of `labels`."""
    return score_table(
        np.fromiter((labels[row.sequence_id] for row in predictions), dtype=np.int8, count=len(predictions)),
        np.fromiter((row.prediction for row in predictions), dtype=np.int8, count=len(predictions)),
        np.fromiter((row.score for row in predictions), dtype=np.float64, count=len(predictions)),
        is_probability=score_is_probability,
    )


def is_scored(record: Record, context: ScoringContext) -> bool:
    """Whether a record's score is the one that would be computed now."""
    score, run = record.score, record.run
    return (
        score is not None
        and run.predictions is not None
        and score.scoring_version == SCORING_VERSION
        and score.predictions_sha256 == run.predictions.sha256
        and score.labels_sha256 == context.labels_sha256
        and score.score_is_probability == context.score_is_probability
    )


def score_record(record: Record, dataset: Dataset, store: ResultsStore, settings: Settings) -> Record:
    """The record with the score of its stored predictions. Raises PredictionsLost and DatasetError."""
    labels = read_labels(dataset, settings)
    predictions = parse_predictions(store.read_predictions(record), tuple(sorted(labels)))
    if isinstance(predictions, Defects) or record.run.predictions is None:
        raise InvalidTable(
            f"the stored predictions of {record.submission.id} are not a table for {dataset.id}",
            findings=predictions.findings if isinstance(predictions, Defects) else (),
            cure=f"Repeat the run: polyreact evaluate run --track {record.track} --force",
        )
    table = score_predictions(predictions, labels, score_is_probability=record.submission.score_is_probability)
    score = ScoreRecord(
        scoring_version=SCORING_VERSION,
        polyreact=__version__,
        predictions_sha256=record.run.predictions.sha256,
        labels_sha256=dataset.labels_sha256,
        score_is_probability=record.submission.score_is_probability,
        confusion=ConfusionRecord(**asdict(table.confusion)),
        metrics={k: MetricRecord(value=m.value, reason=m.reason) for k, m in table.metrics.items()},
    )
    return record.model_copy(update={"score": score})
