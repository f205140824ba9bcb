"""The tabs of the board: the overview, then a page for each track."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.site import addresses


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the board; `standing` is empty for the overview."""

    page: str
    words: str
    standing: str


def build_tabs(board: Board) -> tuple[Tab, ...]:
    """In the order of the tracks."""
    tracks = (
        Tab(addresses.track_page(b.track.id), b.track.id, wording.STANDINGS[b.track.standing]) for b in board.tracks
    )
    return (Tab(addresses.OVERVIEW, "All tracks", ""), *tracks)
