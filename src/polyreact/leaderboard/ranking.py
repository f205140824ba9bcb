"""Ranks, pairs and what a track can resolve, from the kept comparisons and the entries that a board shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

from polyreact.errors import BadRecord
from polyreact.leaderboard.board import Cell, CellState, Resolution
from polyreact.metrics.resolution import smallest_difference
from polyreact.results.comparison_records import ComparisonsRecord, DifferenceRecord, PairRecord
from polyreact.results.comparison_store import restore_comparisons
from polyreact.statistics.ranks import Pair, Rank, Ranking, detectable_difference, rank_entries
from polyreact.tracks.track import Track

#: With fewer, what a track can resolve would hang on which two happened to come first.
_FEWEST_PAIRS = 3


def validate_compared(track: Track, column: Mapping[str, Cell], compared: ComparisonsRecord | None) -> None:
    """Raises BadRecord unless every two scores of a track's column, by submission, were compared as they stand."""
    scores = {name: cell.score for name, cell in column.items() if cell.score is not None}
    if len(scores) < 2:  # noqa: PLR2004 - a pair
        return
    entries = {entry.submission: entry.predictions_sha256 for entry in compared.entries} if compared else {}
    basis = (compared.scoring_version, compared.labels_sha256) if compared else None
    pairs = compared.find_pairs() if compared else {}
    is_whole = all(frozenset(pair) in pairs for pair in combinations(scores, 2))
    for name, score in scores.items():
        told = (score.scoring_version, score.labels_sha256)
        if entries.get(name) != score.predictions_sha256 or basis != told or not is_whole:
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


def order_pairs(names: Sequence[str], compared: ComparisonsRecord | None) -> tuple[PairRecord, ...]:
    """Every two of the entries in their order, each pair with the one that stands first as its first."""
    pairs = compared.find_pairs() if compared else {}
    found = ((pairs[frozenset(both)], both) for both in combinations(names, 2))
    return tuple(pair if pair.first == first else pair.turned() for pair, (first, _) in found)


def build_resolution(
    track: Track,
    names: Sequence[str],
    compared: ComparisonsRecord | None,
    positives: int | None,
    negatives: int | None,
) -> Resolution:
    """What the track tells apart of the entries with a score, and what it could."""
    ranking = _rank(track, names, compared)
    errors = [pair.auroc.standard_error for pair in order_pairs(names, compared)]
    known = [error for error in errors if error is not None]
    detectable = detectable_difference(known) if len(known) >= _FEWEST_PAIRS else None
    if detectable is not None or positives is None or negatives is None:
        return Resolution(ranking.separable_pairs, ranking.pairs, detectable, is_measured=detectable is not None)
    planned = smallest_difference(positives, negatives)
    return Resolution(ranking.separable_pairs, ranking.pairs, planned, is_measured=False)


def _rank(track: Track, names: Sequence[str], compared: ComparisonsRecord | None) -> Ranking:
    """All pairs of these entries, adjusted together.

    Estimates are only ordered: an entry's is the sum of its differences from the others, which has their order and
    is there too where the values themselves are shown rounded.
    """
    tests = []
    sums: list[list[float]] = [[] for _ in names]
    places = combinations(range(len(names)), 2)
    for (first, second), pair in zip(places, order_pairs(names, compared), strict=True):
        tested = _difference_of(track, pair)
        tests.append(Pair(first, second, tested.p_value))
        sums[first].append(tested.difference)
        sums[second].append(-tested.difference)
    return rank_entries([math.fsum(own) for own in sums], tests)


def _difference_of(track: Track, pair: PairRecord) -> DifferenceRecord:
    """The difference in the metric that a track ranks on; the catalogue admits these two."""
    return pair.accuracy if track.primary_metric == "accuracy" else pair.auroc


def _has_metric(track: Track, cell: Cell) -> bool:
    value = cell.metric(track.primary_metric)
    return cell.state is CellState.SCORE and value is not None and value.value is not None
