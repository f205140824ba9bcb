"""What the doctor tells: one line for each thing that must be so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

MAY_NOT_LOOK = "the token may not see it"
LOOK_AGAIN = (
    "Give a token that may read the repository's administration, actions, environments, pages, secrets and "
    "variables: GITHUB_TOKEN=... polyreact admin doctor"
)
#: Path below the repository's address at the API -> status and document, None where it is refused.
#: Raises ForgeFailed.
LookUp = Callable[[str], tuple[int, Any]]


class State(StrEnum):
    """How it stands with one thing; CANNOT_TELL where nobody here may look."""

    OK = "ok"
    NOT_OK = "not ok"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that must be so: how it stands, what was found, and what to do; `cure` is empty where it is ok."""

    name: str
    state: State
    found: str
    cure: str = ""


def ok(name: str, found: str) -> Diagnosis:
    """It is as it must be."""
    return Diagnosis(name, State.OK, found)


def not_ok(name: str, found: str, cure: str) -> Diagnosis:
    """It is not."""
    return Diagnosis(name, State.NOT_OK, found, cure)


def cannot_tell(name: str, found: str, cure: str) -> Diagnosis:
    """Nobody here may look."""
    return Diagnosis(name, State.CANNOT_TELL, found, cure)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at GitHub: `name` is owner/name, `address` its page for a person; `now` is the time."""

    name: str
    address: str
    look_up: LookUp
    now: datetime

    def settings(self, page: str) -> str:
        """The page on which a person changes something."""
        return f"{self.address}/settings/{page}".rstrip("/")
