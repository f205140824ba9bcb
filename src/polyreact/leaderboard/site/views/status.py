"""What waits, what runs, what is done and what failed, so that nobody has to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, Cell, CellState
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.results.queue_records import JobRecord, QueueState

_INTRODUCTION = (
    "Every submission on every track that it has a place on. A job waits until an evaluation runs it; what the "
    "platform itself failed at is put off and run again, and is never held against a submission."
)
#: What an error of this program is called in the documentation.
_CODE = re.compile(r"E[1-9][0-9]{2}")
_UNKNOWN = "no record of it yet, and its manifest is not in submissions/"
_NOTHING = "Nothing waits and nothing runs: every job has a record."
_ORDER = {"running": 0, "waiting": 1, "put off": 2, "given up": 3, "refused": 4, "failed": 5}
_MEANINGS = {
    "running": "an evaluation is at it",
    "waiting": "in the queue, in the order shown",
    "put off": "the platform failed at it; the code says at what; it is run again by itself",
    "given up": "the platform failed at it again and again; an organiser has to look",
    "refused": "it cannot be run as it was handed in; the code says why; a change of its manifest has it run again",
    "failed": f"{wording.STATES[CellState.FAILED]}; a new image or manifest is evaluated anew",
    "score": "the run was valid and has its figures on the board",
    "missing": wording.STATES[CellState.MISSING],
    "trained-on": wording.STATES[CellState.TRAINED_ON],
    "not-applicable": wording.STATES[CellState.NOT_APPLICABLE],
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job to be run, or one that failed. `place` is its number in the queue, empty where it has none.

    `code_page` is where the documentation tells of its code, empty where there is none.
    """

    place: str
    state: str
    model: parts.Model
    track: str
    track_page: str
    since: str
    code: str
    code_page: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrackCount:
    """How the jobs of one track stand."""

    track: str
    page: str
    counts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusView:
    """The whole page."""

    introduction: str
    updated: str
    rows: tuple[JobRow, ...]
    headings: tuple[str, ...]
    counts: tuple[TrackCount, ...]
    meanings: tuple[parts.Term, ...]


def build_page(board: Board, edition: Edition) -> Page:
    """The page of the queue."""
    rows = sorted(_rows(board, edition), key=lambda row: _ORDER[row.state])
    view = StatusView(
        introduction=_INTRODUCTION,
        updated=_updated(edition, has_open=any(row.state not in {"failed", "refused"} for row in rows)),
        rows=tuple(_number(rows)),
        headings=tuple(state.value for state in CellState),
        counts=tuple(_counts(board)),
        meanings=tuple(parts.Term(state, meaning) for state, meaning in _MEANINGS.items()),
    )
    return Page(addresses.STATUS, "status.html", view, "Status", _INTRODUCTION, addresses.STATUS)


def _updated(edition: Edition, *, has_open: bool) -> str:
    if edition.queue is None:
        return "" if has_open else _NOTHING
    seen = f"As of {_time(edition.queue.updated_at)}, when an evaluation last showed that it lives."
    if edition.queue.collected_at is not None:
        seen += f" The weekly evaluation last brought in its results at {_time(edition.queue.collected_at)}."
    return seen if has_open else f"{_NOTHING} {seen}"


def _rows(board: Board, edition: Edition) -> Iterator[JobRow]:
    """In the order of the queue; jobs that it does not name come last."""
    jobs = {(job.submission, job.track): job for job in edition.queue.jobs} if edition.queue else {}
    place = {key: number for number, key in enumerate(jobs)}
    rows: list[tuple[int, JobRow]] = []
    shown = set()
    for track_board in board.overview:
        track = track_board.track
        for entry in track_board.entries:
            key = entry.submission.id, str(track.id)
            cell, job = entry.cells[track.id], jobs.get(key)
            shown.add(key)
            if job is not None or cell.state in {CellState.MISSING, CellState.FAILED}:
                row = _row(parts.build_model(entry.submission), track.id, cell, job, edition)
                rows.append((place.get(key, len(place)), row))
    tracks = {str(track_board.track.id) for track_board in board.overview}
    for key, job in jobs.items():
        if key not in shown and job.track in tracks:
            model = parts.Model(clean(job.submission), "", is_baseline=False, page="")
            rows.append(
                (place[key], _row(model, job.track, Cell(CellState.MISSING, reason=_UNKNOWN), job, edition))
            )
    yield from (row for _, row in sorted(rows, key=lambda item: item[0]))


def _row(model: parts.Model, track: str, cell: Cell, job: JobRecord | None, edition: Edition) -> JobRow:
    state = "failed" if cell.state is CellState.FAILED else QueueState.WAITING.value
    since, code = cell.run.started_at if cell.run else None, clean(cell.code or "")
    reason = clean(cell.reason, PROSE_LIMIT)
    if job is not None:
        state, since, code = job.state.value, job.since, clean(job.code or "")
        reason = _when_again(job) or reason
    is_known = edition.has_docs and _CODE.fullmatch(code) is not None
    return JobRow(
        place="",
        state=state,
        model=model,
        track=track,
        track_page=addresses.track_page(track),
        since=_time(since) if since else wording.NO_RANK,
        code=code,
        code_page=addresses.error_reference(code) if is_known else "",
        reason=reason,
    )


def _when_again(job: JobRecord) -> str:
    """How often the platform failed at it, and from when on it is run again; empty where nothing is known."""
    tries = f"failed {job.attempts} time{'' if job.attempts == 1 else 's'}" if job.attempts else ""
    again = f"run again from {_time(job.not_before)} on" if job.not_before else ""
    return ", ".join(part for part in (tries, again) if part)


def _number(rows: list[JobRow]) -> Iterator[JobRow]:
    waiting = 0
    for row in rows:
        if row.state == QueueState.WAITING.value:
            waiting += 1
            yield replace(row, place=str(waiting))
        else:
            yield row


def _counts(board: Board) -> Iterator[TrackCount]:
    for track_board in board.overview:
        states = [entry.cells[track_board.track.id].state for entry in track_board.entries]
        counts = tuple(f"{states.count(state):,}" for state in CellState)
        yield TrackCount(track_board.track.id, addresses.track_page(track_board.track.id), counts)


def _time(moment: datetime) -> str:
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return in_utc.strftime("%Y-%m-%d %H:%M UTC")
