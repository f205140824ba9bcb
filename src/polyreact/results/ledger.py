"""The ledger of private tracks: one line for every run that was scored, written before its score can be seen.

Whoever tries often enough fits the score and not the antibodies, so a private score is only shown with the number
of earlier ones. The ledger is only ever added to: deleting a record, or repeating a run, does not set the number
back.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from polyreact.errors import BadRecord, CannotWrite
from polyreact.files import make_private_folder, sync_folder
from polyreact.results.records import Digest, Frozen, Record

LEDGER_FILE = "ledger.jsonl"


class ScoredRun(Frozen):
    """One line. `run` is the run's own seed, which no other run has; `author` the owner of the submission."""

    at: AwareDatetime
    author: str
    submission: str
    track: str
    revision: int
    job: Digest
    run: str


def count_scored_run(folder: Path, record: Record) -> int:
    """How many runs of the record's author were scored on its track before this one, which now counts as well.

    A run that counts already is not counted again. Raises BadRecord where the ledger cannot be read or contradicts
    the record, and CannotWrite; then the score must not be shown.
    """
    path = folder / LEDGER_FILE
    make_private_folder(folder)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise _cannot_write(path, error) from error
    with os.fdopen(handle, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        of_author = [run for run in _parse(file.read(), path) if _is_of(run, record)]
        seeds = [run.run for run in of_author]
        if record.run.shuffle_seed in seeds:
            return _agreed(seeds.index(record.run.shuffle_seed), record, path)
        if record.earlier_scored_runs is not None:
            raise _contradicts(record, path, "the run is not in the ledger")
        try:
            file.write(_render(record))
            file.flush()
            os.fsync(file.fileno())
            sync_folder(folder)
        except OSError as error:
            raise _cannot_write(path, error) from error
    return len(of_author)


def find_author(submission: str) -> str:
    """The owner in `<owner>-<model>`."""
    return submission.partition("-")[0]


def _is_of(run: ScoredRun, record: Record) -> bool:
    return (run.author, run.track) == (find_author(record.submission.id), record.track)


def _render(record: Record) -> bytes:
    line = ScoredRun(
        at=datetime.now(UTC),
        author=find_author(record.submission.id),
        submission=record.submission.id,
        track=record.track,
        revision=record.revision,
        job=record.run.job,
        run=record.run.shuffle_seed,
    )
    return (json.dumps(line.model_dump(mode="json"), ensure_ascii=True) + "\n").encode()


def _parse(content: bytes, path: Path) -> list[ScoredRun]:
    runs = []
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        try:
            runs.append(ScoredRun.model_validate_json(line))
        except ValidationError as error:
            raise _damaged(path, number) from error
        if not line.endswith(b"\n"):
            raise _damaged(path, number)
    return runs


def _agreed(earlier: int, record: Record, path: Path) -> int:
    if record.earlier_scored_runs not in {None, earlier}:
        raise _contradicts(record, path, f"it says {record.earlier_scored_runs} earlier runs, the ledger {earlier}")
    return earlier


def _contradicts(record: Record, path: Path, problem: str) -> BadRecord:
    return BadRecord(
        f"the record of {record.submission.id} on {record.track} and {path} contradict each other: {problem}",
        consequence="Nothing was scored.",
        cure="Bring back the ledger from a copy: without it nobody knows how often was tried.",
    )


def _damaged(path: Path, number: int) -> BadRecord:
    return BadRecord(
        f"line {number} of {path} is no line of the ledger",
        consequence="Nothing was scored.",
        cure="Bring it back from a copy; if it is the last line, cut off by a crash, delete that line alone.",
    )


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}",
        consequence="Nothing was scored.",
        cure="Make the folder of private tracks writable, then run the same command again.",
    )
