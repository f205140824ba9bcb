"""Scoring a predictions file on a track whose labels anybody may see: no engine, nothing kept.

Any other track is refused: somebody who may try files against hidden labels as often as he likes learns them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import WrongCommandLine
from polyreact.evaluation.measure import FoldMeans, Measurement, average_folds, measure_folds, measure_predictions
from polyreact.evaluation.own_labels import parse_table
from polyreact.evaluation.score import read_folds_of, read_truth
from polyreact.settings import Settings
from polyreact.tracks.track import Track


@dataclass(frozen=True, slots=True)
class PublicScore:
    """The metrics of a table, and on a track with folds their means over the folds."""

    measurement: Measurement
    fold_means: FoldMeans | None = None


def find_public_tracks(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """Those whose labels anybody may see."""
    return tuple(track for track in tracks if track.labels_are_public and not track.is_private)


def read_sequences(track: Track, settings: Settings) -> bytes:
    """The antibodies of a public track as a submission gets them, under the ids of the set and in their order.

    Raises WrongCommandLine for another track, and DatasetError.
    """
    _validate_public(track)
    return ensure_prepared(load_dataset(track.dataset, track.revision), settings).read_bytes()


def score_public(
    content: bytes, name: str, track: Track, settings: Settings, *, score_is_probability: bool
) -> PublicScore:
    """All metrics, with intervals, of a predictions file on a public track; `name` is what messages call the file.

    Raises WrongCommandLine for another track, InvalidPredictions with every defect, and DatasetError.
    """
    _validate_public(track)
    dataset = load_dataset(track.dataset, track.revision)
    ensure_prepared(dataset, settings)
    truth = read_truth(dataset, settings)
    table = parse_table(content, sorted(truth.labels), name, score_is_probability=score_is_probability)
    whole = measure_predictions(table, truth, score_is_probability=score_is_probability)
    if not track.has_folds:
        return PublicScore(whole)
    fold_of = read_folds_of(dataset, track.folds_by, settings)
    folds = measure_folds(table, truth, fold_of, score_is_probability=score_is_probability)
    return PublicScore(whole, average_folds(table, truth, fold_of, folds))


def _validate_public(track: Track) -> None:
    if track not in find_public_tracks([track]):
        raise WrongCommandLine(
            f"the labels of track `{track.id}` are not public",
            consequence="Nothing was scored.",
            cure="Take a demonstration track, or bring labels of your own.",
        )
