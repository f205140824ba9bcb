"""A board set down as it stands, so that what it said can be seen when it says something else."""

from __future__ import annotations

from datetime import date

from polyreact.leaderboard.board import Board, Cell, CellState, Entry, TrackBoard
from polyreact.results.release_records import ReleasedEntry, ReleasedPlaces, ReleasedTrack, ReleaseRecord


def build_release(board: Board, name: str, day: date, polyreact: str) -> ReleaseRecord:
    """The public tracks of a board; `polyreact` is the version of the program. Raises ValueError for a bad name."""
    tracks = tuple(_track(track_board) for track_board in board.tracks if not track_board.track.is_private)
    return ReleaseRecord(name=name, date=day, polyreact=polyreact, tracks=tracks)


def _track(board: TrackBoard) -> ReleasedTrack:
    track = board.track
    return ReleasedTrack(
        track=track.id,
        title=track.title,
        dataset=track.dataset,
        revision=track.revision,
        is_ranked=track.is_ranked,
        primary_metric=track.primary_metric,
        scoring_version=board.scoring_version,
        positives=board.positives,
        negatives=board.negatives,
        entries=tuple(_entry(entry, entry.cells[track.id], track.primary_metric) for entry in board.entries),
    )


def _entry(entry: Entry, cell: Cell, metric: str) -> ReleasedEntry:
    value = cell.metric(metric)
    rank = cell.rank
    return ReleasedEntry(
        submission=entry.submission.id,
        name=entry.submission.name,
        is_baseline=entry.submission.is_baseline,
        state=cell.state.value,
        code=cell.code if cell.state is CellState.FAILED else None,
        rank=ReleasedPlaces(lowest=rank.lowest, highest=rank.highest) if rank else None,
        value=value.value if value else None,
        interval=cell.interval(metric),
        predictions_sha256=cell.score.predictions_sha256 if cell.score else None,
    )
