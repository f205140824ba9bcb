"""The only place where predictions meet labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from polyreact import __version__
from polyreact.datasets.catalog import Dataset
from polyreact.datasets.hidden import read_labels
from polyreact.errors import BadRecord, Defects, InvalidTable
from polyreact.metrics.interface import ScoreTable
from polyreact.metrics.score import score_table
from polyreact.results.records import ConfusionRecord, MetricRecord, Record, ScoreRecord
from polyreact.results.store import ResultsStore
from polyreact.sequences import SequenceId
from polyreact.settings import Settings
from polyreact.submission.predictions import Prediction, parse_predictions

#: Raised whenever the same predictions and labels would give another number; see CHANGELOG.md, kind "scoring".
SCORING_VERSION = 1


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


def is_same_scoring(kept: Record, made: Record) -> bool:
    """Whether two scores of a record were made from the same predictions and labels by the same rules."""
    before, now = kept.score, made.score
    return before is not None and now is not None and _basis(before) == _basis(now)


def validate_score(kept: Record, made: Record) -> None:
    """Raises BadRecord where a kept score differs from the one that was made again from the same things."""
    if kept.score is None or made.score is None:
        return
    before, now = kept.score.model_dump(), made.score.model_dump()
    for key in now["metrics"].keys() | before["metrics"].keys():
        found, expected = (scores["metrics"].get(key, {}).get("value") for scores in (before, now))
        if found != expected:
            raise _forged(kept, f"its {key} is {found}; the stored predictions give {expected}")
    if before["confusion"] != now["confusion"]:
        raise _forged(kept, "its confusion matrix is not the one of the stored predictions")


def _basis(score: ScoreRecord) -> tuple[object, ...]:
    return score.scoring_version, score.predictions_sha256, score.labels_sha256, score.score_is_probability


def _forged(record: Record, problem: str) -> BadRecord:
    return BadRecord(
        f"the record of {record.submission.id} on {record.track} cannot be right: {problem}",
        consequence="Nothing was changed.",
        cure="Take the file from git again, or repeat the run:\n"
        f"  polyreact evaluate run --track {record.track} --force",
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
