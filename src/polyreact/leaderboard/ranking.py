"""Ranks and what a track can resolve, from the kept comparisons and the entries that a board shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from polyreact.errors import BadRecord
from polyreact.leaderboard.board import Cell, CellState, Resolution
from polyreact.metrics.resolution import smallest_difference
from polyreact.results.comparison_records import MILLIONTH, NO_ERROR, ComparisonsRecord
from polyreact.results.comparison_store import restore_comparisons
from polyreact.statistics.ranks import Rank, Ranking, detectable_difference, rank_entries
from polyreact.tracks.track import Track

#: With fewer, what a track can resolve would hang on which two happened to come first.
_FEWEST_PAIRS = 3


def validate_compared(track: Track, column: Mapping[str, Cell], compared: ComparisonsRecord | None) -> None:
    """Raises BadRecord unless every two scores of a track's column, by submission, were compared as they stand.

    Comparisons have every two of their entries.
    """
    scores = {name: cell.score for name, cell in column.items() if cell.score is not None}
    if len(scores) < 2:  # noqa: PLR2004 - a pair
        return
    entries = {entry.submission: entry.predictions_sha256 for entry in compared.entries} if compared else {}
    basis = (compared.scoring_version, compared.labels_sha256) if compared else None
    for name, score in scores.items():
        told = (score.scoring_version, score.labels_sha256)
        if entries.get(name) != score.predictions_sha256 or basis != told:
            raise BadRecord(
                f"the submissions of track `{track.id}` were not compared as their records stand now",
                consequence="No leaderboard was made.",
                cure=restore_comparisons(),
            )


def rank_column(track: Track, column: Mapping[str, Cell], compared: ComparisonsRecord | None) -> dict[str, Rank]:
    """The rank intervals of a ranked track, among entries that have its metric from a run that counts."""
    if not track.is_ranked:
        return {}
    names = [name for name, cell in column.items() if not cell.reason and _has_metric(track, cell)]
    return dict(zip(names, _rank(track, names, compared).ranks, strict=True))


def build_resolution(
    track: Track,
    names: Sequence[str],
    compared: ComparisonsRecord | None,
    positives: int | None,
    negatives: int | None,
) -> Resolution:
    """What the track tells apart of the entries with a score, and what it could."""
    ranking = _rank(track, names, compared)
    detectable = detectable_difference(_find_errors(names, compared))
    if detectable is not None or positives is None or negatives is None:
        return Resolution(ranking.separable_pairs, ranking.pairs, detectable, is_measured=detectable is not None)
    planned = smallest_difference(positives, negatives)
    return Resolution(ranking.separable_pairs, ranking.pairs, planned, is_measured=False)


def _find_errors(names: Sequence[str], compared: ComparisonsRecord | None) -> list[float]:
    """The standard errors of differences in AUROC; none of them where there are too few."""
    if len(names) < _FEWEST_PAIRS or compared is None:
        return []
    errors = compared.select(names)["auroc_standard_error"]
    known = errors[errors != NO_ERROR]
    return (known / MILLIONTH).tolist() if known.size >= _FEWEST_PAIRS else []


def _rank(track: Track, names: Sequence[str], compared: ComparisonsRecord | None) -> Ranking:
    """All pairs of these entries, adjusted together, by the metric that a track ranks on; there are these two.

    Estimates are only ordered. They are those of the comparisons, since values themselves may be shown rounded.
    """
    if len(names) < 2 or compared is None:  # noqa: PLR2004 - a pair; fewer need not have been compared
        return rank_entries(np.zeros(len(names)), [])
    entries = [compared.entries[compared.places[name]] for name in names]
    pairs = compared.select(names)
    if track.primary_metric == "accuracy":
        return rank_entries([entry.right for entry in entries], pairs["accuracy_p_value"])
    return rank_entries([entry.auroc for entry in entries], pairs["auroc_p_value"])


def _has_metric(track: Track, cell: Cell) -> bool:
    value = cell.metric(track.primary_metric)
    return cell.state is CellState.SCORE and value is not None and value.value is not None
