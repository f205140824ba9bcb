"""What became of the jobs of one weekly evaluation, handed from the command that collects to the one that tells."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from polyreact.files import write_atomically
from polyreact.results.documents import read_document, render_document
from polyreact.results.records import Frozen

OUTCOMES_FILE = "outcomes.json"
MOST_MESSAGE = 2000
_SCHEMA_VERSION = 1


class Ending(StrEnum):
    """What became of a job."""

    SCORED = "scored"
    FAILED = "failed"
    PUT_OFF = "put off"
    REFUSED = "refused"
    GIVEN_UP = "given up"


class JobOutcome(Frozen):
    """One job. `message` is public; of a private track there is none, and no code but that of a quota."""

    submission: str
    track: str
    ending: Ending
    code: str | None = None
    message: Annotated[str, Field(max_length=MOST_MESSAGE)] = ""


class OutcomesDocument(Frozen):
    """The jobs of one weekly evaluation, in the order in which they were due."""

    schema_version: Literal[1] = 1
    outcomes: tuple[JobOutcome, ...]


def write_outcomes(path: Path, outcomes: tuple[JobOutcome, ...]) -> None:
    """Keep them for `polyreact ci tell`. Raises CannotWrite."""
    write_atomically(path, render_document(OutcomesDocument(outcomes=outcomes)))


def read_outcomes(path: Path) -> tuple[JobOutcome, ...]:
    """What was kept there. Raises BadRecord and RecordTooNew."""
    return read_document(path, OutcomesDocument, _SCHEMA_VERSION).outcomes
