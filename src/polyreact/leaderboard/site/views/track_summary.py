"""What a track asks and what it can tell apart, in a line: above its table, and for all tracks in the overview."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import TrackBoard
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.tracks.track import Standing

_NOT_PUBLISHED = "not published"
_NOT_YET = "no score yet"
#: From here on two decimals say enough.
_LARGE = 0.1


@dataclass(frozen=True, slots=True)
class TrackSummary:
    """One track; figures as words, also where there are none.

    `separable` says of how many pairs of entries it is known which is better, `detectable` how large a true
    difference in AUROC must be for a comparison of two to find it in 80 of 100 cases, `source` where that is from.
    """

    id: str
    page: str
    title: str
    question: str
    standing: str
    metric: str
    entries: str
    antibodies: str
    positives: str
    share: str
    separable: str
    detectable: str
    source: str


def build_track_summary(board: TrackBoard) -> TrackSummary:
    """The summary of a track of the board."""
    track = board.track
    antibodies, positives, share = _counts(board)
    separable, detectable, source = _resolution(board)
    scored = sum(entry.cells[track.id].score is not None for entry in board.entries)
    return TrackSummary(
        id=track.id,
        page=addresses.track_page(track.id),
        title=clean(track.title),
        question=clean(track.question, PROSE_LIMIT),
        standing=wording.STANDINGS[track.standing],
        metric=METRICS_BY_KEY[track.primary_metric].short,
        entries=f"{scored:,}",
        antibodies=antibodies,
        positives=positives,
        share=share,
        separable=separable,
        detectable=detectable,
        source=source,
    )


def _counts(board: TrackBoard) -> tuple[str, str, str]:
    if board.track.is_private:
        return _NOT_PUBLISHED, _NOT_PUBLISHED, ""
    if board.positives is None or board.negatives is None:
        return _NOT_YET, _NOT_YET, ""
    total = board.positives + board.negatives
    return f"{total:,}", f"{board.positives:,}", f"{board.positives / total:.0%}".replace("%", " %")


def _resolution(board: TrackBoard) -> tuple[str, str, str]:
    """Pairs told apart, the detectable difference, and where that is from."""
    resolution = board.resolution
    if board.track.is_private:
        return _NOT_PUBLISHED, _NOT_PUBLISHED, ""
    if board.track.standing is Standing.DEMO:
        return "not asked", "not asked", ""
    if resolution is None:
        return _NOT_YET, _NOT_YET, ""
    pairs = f"{resolution.separable:,} of {resolution.pairs:,}" if resolution.pairs else "only one entry"
    if resolution.detectable is None:
        return pairs, "not known", ""
    words = format_number(resolution.detectable, 2 if resolution.detectable >= _LARGE else 3)
    return pairs, words, "measured" if resolution.is_measured else "planned"
