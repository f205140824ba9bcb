"""What an evaluation job brought back, read as hostile: a container may have got out on the machine that wrote it.

Only files that a planned job writes are there, none is a link, none is larger than it may be, and each is of its
schema; else nothing of the artefact is taken. What the files claim is judged in `claims`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from polyreact.errors import ArtefactRefused, Finding
from polyreact.results.package_records import PackagesDocument
from polyreact.results.queue_records import QueueRecord, QueueState
from polyreact.results.records import Record
from polyreact.results.store import PACKAGES_FOLDER, QUEUE_FILE
from polyreact.tracks.track import Track
from polyreact.visible import visible

#: In the artefact: a folder of records like any other.
RESULTS = "results"

_MOST_ENTRIES = 1000
_MOST_RECORD_BYTES, _MOST_PACKAGES_BYTES = 1 << 20, 4 << 20
_SHOWN_NAME = 80
_CODE = re.compile(r"E[1-7][0-9]{2}")
#: Half-written files of a job that was killed; nobody reads them.
_PART = re.compile(r"\..*\.part")

Kind = TypeVar("Kind", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an artefact says of one job: the run, and what it wrote. Nothing of it is known to be true."""

    record: Record
    predictions: bytes | None
    packages: PackagesDocument | None


@dataclass(frozen=True, slots=True)
class Artefact:
    """The claims by track, and by track the code of the error that a job was put off for."""

    claims: Mapping[str, Claim]
    put_off: Mapping[str, str]


def read_artefact(folder: Path, submission: str, tracks: Mapping[str, Track]) -> Artefact:
    """What a job of `submission` brought back. Raises ArtefactRefused with every file that should not be there."""
    name = folder.name
    if folder.is_symlink() or not folder.is_dir():
        raise refuse_artefact(name, [Finding(visible(name), "is no folder")])
    files = set(_list_files(folder))
    record_of = {f"{RESULTS}/{submission}/{track}.json": track for track in tracks}
    tables = rf"{RESULTS}/{re.escape(submission)}/({'|'.join(map(re.escape, tracks))})\.[0-9a-f]{{12}}\.csv"
    packages = rf"{RESULTS}/{re.escape(submission)}/{PACKAGES_FOLDER}/[0-9a-f]{{12}}\.json"
    queue = f"{RESULTS}/{QUEUE_FILE}"
    known = re.compile(f"{tables}|{packages}|{re.escape(queue)}")
    strange = sorted(file for file in files if file not in record_of and known.fullmatch(file) is None)
    if strange:
        raise refuse_artefact(
            name, [Finding(_shown(file), f"is no file of a job of {submission}") for file in strange]
        )
    claims = {
        track: _read_claim(folder, file, submission, tracks[track])
        for file, track in sorted(record_of.items())
        if file in files
    }
    return Artefact(claims, _read_put_off(folder, queue, submission, tracks) if queue in files else {})


def _read_claim(folder: Path, file: str, submission: str, track: Track) -> Claim:
    record = _parse(Record, _read(folder, file, _MOST_RECORD_BYTES), folder, file)
    predictions, packages = None, None
    beside = f"{RESULTS}/{submission}"
    if record.run.predictions is not None:  # the schema says of which form the names are: no other folder's
        named = f"{beside}/{record.run.predictions.file}"
        predictions = _read(folder, named, track.limits.output_bytes)
    if record.run.image.packages is not None:
        named = f"{beside}/{record.run.image.packages.file}"
        packages = _parse(PackagesDocument, _read(folder, named, _MOST_PACKAGES_BYTES), folder, named)
    return Claim(record, predictions, packages)


def _read_put_off(folder: Path, file: str, submission: str, tracks: Mapping[str, Track]) -> dict[str, str]:
    queue = _parse(QueueRecord, _read(folder, file, _MOST_RECORD_BYTES), folder, file)
    ended = {QueueState.PUT_OFF, QueueState.REFUSED, QueueState.GIVEN_UP}
    return {
        job.track: job.code
        for job in queue.jobs
        if job.submission == submission and job.track in tracks and job.state in ended
        if job.code is not None and _CODE.fullmatch(job.code)
    }


def _list_files(folder: Path) -> Iterator[str]:
    """Every file below `folder` as a path in it. Raises ArtefactRefused for what is neither file nor folder."""
    try:
        yield from _walk(folder)
    except OSError as error:  # trees too deep to have a name
        raise refuse_artefact(folder.name, [Finding("", error.strerror or str(error))]) from error


def _walk(folder: Path) -> Iterator[str]:
    waiting, seen = [folder], 0
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                seen += 1
                path = Path(entry.path).relative_to(folder).as_posix()
                if seen > _MOST_ENTRIES:
                    raise refuse_artefact(
                        folder.name, [Finding("", f"holds more than {_MOST_ENTRIES} files and folders")]
                    )
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False):
                    raise refuse_artefact(folder.name, [Finding(_shown(path), "is neither a file nor a folder")])
                elif _PART.fullmatch(entry.name) is None:
                    yield path


def _read(folder: Path, file: str, limit_bytes: int) -> bytes:
    """A file of the artefact. Raises ArtefactRefused where it is not there, no plain file, or too large."""
    try:
        handle = os.open(folder / file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise refuse_artefact(folder.name, [Finding(file, error.strerror or str(error))]) from error
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise refuse_artefact(folder.name, [Finding(file, "is no plain file")])
        content = opened.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise refuse_artefact(folder.name, [Finding(file, f"has more than {limit_bytes} bytes")])
    return content


def _parse(kind: type[Kind], content: bytes, folder: Path, file: str) -> Kind:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        defects = [
            Finding(file, _shown(_describe(defect)))
            for defect in error.errors(include_url=False, include_input=False)
        ]
        raise refuse_artefact(folder.name, defects) from error


def _describe(defect: Mapping[str, object]) -> str:
    where = defect["loc"]
    path = ".".join(map(str, where)) if isinstance(where, tuple) else ""
    return f"{path}: {defect['msg']}" if path else str(defect["msg"])


def _shown(text: str) -> str:
    return visible(text if len(text) <= _SHOWN_NAME else f"{text[:_SHOWN_NAME]}...")


def refuse_artefact(name: str, findings: Sequence[Finding]) -> ArtefactRefused:
    """The refusal of an artefact, by its name, with what is wrong with it."""
    return ArtefactRefused(
        f"what the job {_shown(name)} brought back is not what a planned job writes",
        findings=findings,
        consequence="Nothing of it was taken, and nothing of it is held against the submission.",
        cure="Look at the machine that ran it before it runs anything else: a container may have got out.",
    )
