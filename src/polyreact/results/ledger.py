"""The ledger of private tracks: one line for every run that was scored, written before its score can be seen.

Whoever tries often enough fits the score and not the antibodies, so a private score is only shown with the number
of earlier ones. The ledger is only ever added to: deleting a record, or repeating a run, does not set the number
back. It is written anew as a whole for every line, so that neither a kill nor a power cut leaves half of one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from polyreact.errors import BadRecord
from polyreact.files import make_private_folder, write_atomically
from polyreact.results.records import Digest, Frozen, Record

LEDGER_FILE = "ledger.jsonl"
_NOTHING = "Nothing was scored or published."


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
    with _locked(folder, fcntl.LOCK_EX):
        content = _read(path)
        seeds = _find_seeds(content, path, record)
        if record.run.shuffle_seed in seeds:
            return _agreed(seeds.index(record.run.shuffle_seed), record, path)
        if record.earlier_scored_runs is not None:
            raise _contradicts(record, path, "the run is not in the ledger")
        write_atomically(path, content + _render(record), mode=0o600)
    return len(seeds)


def validate_count(folder: Path, record: Record) -> None:
    """Raises BadRecord where the ledger cannot be read, or a scored record says another number than it does."""
    path = folder / LEDGER_FILE
    if record.score is None or record.earlier_scored_runs is None:
        return
    content = b""
    if folder.is_dir():
        with _locked(folder, fcntl.LOCK_SH):
            content = _read(path)
    seeds = _find_seeds(content, path, record)
    if record.run.shuffle_seed not in seeds:
        raise _contradicts(record, path, "the run is not in the ledger")
    _agreed(seeds.index(record.run.shuffle_seed), record, path)


def count_runs_of_month(folder: Path, author: str, track: str, moment: datetime) -> int:
    """How many runs of `author` were scored on `track` in the month, of UTC, that `moment` lies in.

    Raises BadRecord where the ledger cannot be read.
    """
    if not folder.is_dir():
        return 0
    path, month = folder / LEDGER_FILE, _month(moment)
    with _locked(folder, fcntl.LOCK_SH):
        runs = _parse(_read(path), path)
    return sum((run.author, run.track, _month(run.at)) == (author, track, month) for run in runs)


def find_author(submission: str) -> str:
    """The owner in `<owner>-<model>`."""
    return submission.partition("-")[0]


def _month(moment: datetime) -> tuple[int, int]:
    in_utc = moment.astimezone(UTC)
    return in_utc.year, in_utc.month


def _find_seeds(content: bytes, path: Path, record: Record) -> list[str]:
    """The runs of the record's author on its track, in the order in which they were counted."""
    return [run.run for run in _parse(content, path) if _is_of(run, record)]


@contextlib.contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    """Hold the ledger; its file is replaced by every line, so it is the folder that is held. Raises BadRecord."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _cannot_read(folder, error) from error
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    """What the ledger holds, nothing where there is none yet. Raises BadRecord."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _cannot_read(path, error) from error


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
        consequence=_NOTHING,
        cure="Bring back the ledger from a copy: without it nobody knows how often was tried.",
    )


def _damaged(path: Path, number: int) -> BadRecord:
    return BadRecord(
        f"line {number} of {path} is no line of the ledger",
        consequence=_NOTHING,
        cure="Bring it back from a copy.",
    )


def _cannot_read(path: Path, error: OSError) -> BadRecord:
    return BadRecord(f"cannot read {path}: {error.strerror or error}", consequence=_NOTHING)
