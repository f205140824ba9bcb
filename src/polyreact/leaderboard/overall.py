"""The view over all ranked tracks, for readers who want one figure: only of entries that answered them all."""

from __future__ import annotations

from collections.abc import Sequence

from polyreact.leaderboard.board import CellState, Entry, Overall
from polyreact.statistics.skill import mean_skill
from polyreact.tracks.track import Track

METRIC = "roc_auc"
_FEWEST_TRACKS = 2


def build_overall(entries: Sequence[Entry], tracks: Sequence[Track]) -> tuple[Overall, ...]:
    """The skill of each entry with an AUROC and its interval on every one of `tracks`, in the order given.

    Nothing below two tracks. No two of them may ask of the same antibodies, which would count twice.
    """
    if len(tracks) < _FEWEST_TRACKS:
        return ()
    found = (_build(entry, tracks) for entry in entries)
    return tuple(overall for overall in found if overall is not None)


def _build(entry: Entry, tracks: Sequence[Track]) -> Overall | None:
    cells = [entry.cells[track.id] for track in tracks]
    if any(cell.state is not CellState.SCORE or cell.reason for cell in cells):
        return None
    values = [cell.metric(METRIC) for cell in cells]
    intervals = [cell.interval(METRIC) for cell in cells]
    estimates = [value.value for value in values if value is not None and value.value is not None]
    limits = [(interval.low, interval.high) for interval in intervals if interval is not None]
    if len(estimates) < len(tracks) or len(limits) < len(tracks):
        return None
    return Overall(entry, *mean_skill(estimates, limits))
