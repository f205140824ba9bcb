r"""What happened to the runs of a plan, one JSON object on each line: written as it happens, by the driver alone.

    {"version":1,"at":"2026-11-26T19:02:11.417Z","event":"begun","slots":2,"done_before":17}
    {"version":1,"at":"2026-11-26T19:02:12.003Z","event":"done","task":"9f..","submission":"lab-model",
     "track":"jain","slice":1,"slices":1,"worker":"node-7","code":null}

(The second is one line, too.) Every line has all keys of its kind; times are UTC. A line is one `write` to a file
that is open for appending, so that a killed driver leaves whole lines; a full disk or a power cut may tear one,
which readers skip and count. Nothing is decided by a journal: records and leases say what is done and what runs.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from polyreact.errors import BadJournal, CannotWrite, RecordTooNew
from polyreact.evaluation.remote.progress import Begun, Change, Event, Step, Unit
from polyreact.files import make_folder, open_regular

JOURNAL_VERSION = 1
JOURNAL_FILE = "journal.jsonl"
#: Forty times what a plan of 10,000 runs writes.
_MOST_BYTES = 1 << 28
_BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class Journaled:
    """The events of a journal in the order in which they were written, and the number of lines that are damaged."""

    events: tuple[Event, ...]
    damaged: int


@dataclass(slots=True)
class Journal:
    """An open journal. That a line cannot be written is told once and stops nothing."""

    path: Path
    _handle: int
    on_progress: Callable[[str], None]
    #: Whether the file may end in the middle of a line, after which no other may begin.
    _is_torn: bool
    _is_told: bool = field(default=False)

    def note(self, event: Event) -> None:
        """Keep one event."""
        line = render_event(event)
        content = b"\n" + line if self._is_torn else line
        try:
            written = os.write(self._handle, content)
            problem = "" if written == len(content) else "no room for a whole line"
        except OSError as error:
            problem = error.strerror or str(error)
        self._is_torn = bool(problem)
        if problem and not self._is_told:
            self._is_told = True
            self.on_progress(f"cannot write {self.path}: {problem}; the evaluation goes on")

    def close(self) -> None:
        """Nothing is written after this."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_journal(path: Path, on_progress: Callable[[str], None] = lambda _line: None) -> Journal:
    """Open a journal for appending, for this user alone; it is made where there is none. Raises CannotWrite."""
    try:
        make_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        size = os.fstat(handle).st_size
        is_torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
    except OSError as error:
        raise CannotWrite(
            f"cannot open the journal {path}: {error.strerror or error}",
            consequence="Nothing was run.",
            cure="Free some space or choose another folder, then run the same command again.",
        ) from error
    return Journal(path, handle, on_progress, is_torn)


def read_journal(path: Path) -> Journaled | None:
    """What is written so far, None where there is no journal; a last line that is not whole is left for later.

    Raises BadJournal for a file in which nothing is an event, or that cannot be read, and RecordTooNew.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadJournal(f"cannot read {path}: {error.strerror or error}") from error
    if len(content) > _MOST_BYTES:
        raise BadJournal(
            f"cannot read {path}: it has more than {_MOST_BYTES} bytes",
            cure=f"Move it away, nothing hangs on it:\n  mv {shlex.quote(str(path))} {shlex.quote(f'{path}.old')}",
        )
    whole, _, _ = content.rpartition(b"\n")
    lines = [line for line in whole.split(b"\n") if line]
    found = [parse_event(line, str(path)) for line in lines]
    events = tuple(event for event in found if event is not None)
    if lines and not events:
        raise BadJournal(
            f"{path} is no journal: none of its {len(lines):,} lines is an event",
            consequence="Nothing was changed.",
            cure="Name the folder that the evaluation was given with --spool.",
        )
    return Journaled(events, len(lines) - len(events))


def render_event(event: Event) -> bytes:
    """One line, with its end: ASCII, so that nothing in it acts on a terminal."""
    told: dict[str, object] = {
        "version": JOURNAL_VERSION,
        "at": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if isinstance(event, Begun):
        told |= {"event": _BEGUN, "slots": event.slots, "done_before": event.done_before}
    else:
        told |= {
            "event": event.step.value,
            "task": event.unit.task,
            "submission": event.unit.submission,
            "track": event.unit.track,
            "slice": event.unit.slice_number,
            "slices": event.unit.slices,
            "worker": event.worker,
            "code": event.code,
        }
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def parse_event(line: bytes, source: str) -> Event | None:
    """The event of a line without its end, None for what is none. Raises RecordTooNew."""
    try:
        version = _Head.model_validate_json(line)
        if version.version > JOURNAL_VERSION:
            raise RecordTooNew(
                f"{source} has a line of version {version.version}; this program knows version {JOURNAL_VERSION}",
                consequence="Nothing was read.",
                cure="Use the version of polyreact that wrote it, or a newer one.",
            )
        if version.event == _BEGUN:
            begun = _BegunLine.model_validate_json(line)
            return Begun(begun.at, begun.slots, begun.done_before)
        change = _ChangeLine.model_validate_json(line)
    except ValidationError:
        return None
    unit = Unit(change.task, change.submission, change.track, change.slice, change.slices)
    return Change(change.at, change.event, unit, change.worker, change.code)


class _Head(BaseModel):
    """As much of a line as says how to read the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Annotated[int, Field(ge=1)]
    event: str


class _Line(BaseModel):
    """What every line has. `at` must say its zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    at: AwareDatetime


class _BegunLine(_Line):
    event: str
    slots: Annotated[int, Field(ge=1)]
    done_before: Annotated[int, Field(ge=0)]


class _ChangeLine(_Line):
    event: Step
    task: str
    submission: str
    track: str
    slice: Annotated[int, Field(ge=1)]
    slices: Annotated[int, Field(ge=1)]
    worker: str | None
    code: str | None
