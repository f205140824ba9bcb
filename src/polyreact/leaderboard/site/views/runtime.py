"""How long an entry takes, where that can be said."""

from __future__ import annotations

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Cell, TrackBoard
from polyreact.leaderboard.text import format_number


def seconds_per_thousand(board: TrackBoard, cell: Cell) -> float | None:
    """Wall seconds of the run for 1,000 antibodies, loading included.

    None without a score, on tracks with folds, where learning is most of it, and on private ones, whose number of
    antibodies could be worked out from it.
    """
    antibodies = (board.positives or 0) + (board.negatives or 0)
    if cell.run is None or cell.score is None or board.track.is_private or board.track.has_folds or not antibodies:
        return None
    return 1_000 * cell.run.wall_s / antibodies


def time_words(board: TrackBoard, cell: Cell) -> str:
    """The seconds in the table: for 1,000 antibodies, on tracks with folds of all runs together, or a dash."""
    seconds = seconds_per_thousand(board, cell)
    if seconds is None and board.track.has_folds and cell.run is not None and cell.score is not None:
        seconds = cell.run.wall_s
    return wording.NO_RANK if seconds is None else f"{float(format_number(seconds, 1)):,.1f}"
