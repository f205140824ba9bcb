"""How each figure came about, as finished strings: image, policy, engine, time and memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, Cell, Entry, TrackBoard
from polyreact.leaderboard.text import clean
from polyreact.results.records import RunRecord

_DIGEST_SHOWN = 12
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class RunRow:
    """One kept run and what its submission declares."""

    model: str
    license: str
    parameters: str
    training_data: str
    image: str
    ran: str
    wall: str
    cpu: str
    memory: str
    engine: str
    policy: str


def build_run_rows(board: TrackBoard) -> tuple[RunRow, ...]:
    """A row for each entry with a kept run, in the order of the track's table."""
    pairs = ((entry, entry.cells[board.track.id]) for entry in board.entries)
    return tuple(_row(entry, cell.run) for entry, cell in pairs if cell.run is not None)


def newest_run(board: Board) -> str:
    """The day of the newest run on the board, or words."""
    runs = [run for entry in board.entries for cell in entry.cells.values() if (run := _run(cell))]
    if not runs:
        return "nothing has been run yet"
    return _day(max(run.started_at for run in runs))


def _run(cell: Cell) -> RunRecord | None:
    return cell.run


def _row(entry: Entry, run: RunRecord) -> RunRow:
    submission = entry.submission
    parameters = submission.parameters
    return RunRow(
        model=clean(submission.name),
        license=clean(submission.license),
        parameters="not stated" if parameters is None else f"{parameters:,}",
        training_data=wording.training_words(submission),
        image=_short(run.image.digest) if run.image.digest else f"local {_short(run.image.image_id)}",
        ran=_day(run.started_at),
        wall=f"{run.wall_s:.1f} s",
        cpu="not measured" if run.cpu_s is None else f"{run.cpu_s:.1f} s",
        memory="not measured" if run.peak_memory_bytes is None else f"{run.peak_memory_bytes / _MIB:,.0f} MiB",
        engine=clean(f"{run.engine.name} {run.engine.version} ({run.engine.runtime})"),
        policy=_short(run.policy_sha256),
    )


def _short(digest: str) -> str:
    return clean(digest.removeprefix("sha256:")[:_DIGEST_SHOWN])


def _day(moment: datetime) -> str:
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return in_utc.strftime("%Y-%m-%d")
