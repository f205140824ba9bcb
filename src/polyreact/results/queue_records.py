"""What is to be run and not recorded yet, and when an evaluation last showed that it lives: `queue.json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from polyreact.results.documents import Upgrade
from polyreact.results.records import Digest, Frozen

#: Version of the JSON written by this program. Newer ones are refused, older ones upgraded step by step.
QUEUE_SCHEMA_VERSION = 2


class QueueState(StrEnum):
    """Where a job stands before there is a record of it."""

    WAITING = "waiting"
    RUNNING = "running"
    PUT_OFF = "put off"
    REFUSED = "refused"
    GIVEN_UP = "given up"


class JobRecord(Frozen):
    """One job. `since` is when it came into this state; `code` is of the error that brought it there.

    A job that was put off is run again, by the weekly evaluation not before `not_before`. One that was refused
    waits for its author, who has to change the submission; one that was given up failed for the platform `attempts`
    times, and waits for an organiser. `job` is its digest: an attempt counts for this very run. Times are UTC.
    """

    submission: str
    track: str
    state: QueueState
    since: datetime
    code: str | None = None
    job: Digest | None = None
    attempts: Annotated[int, Field(ge=0)] = 0
    not_before: datetime | None = None


class QueueRecord(Frozen):
    """All jobs in the order in which they are run; `updated_at` is when an evaluation last showed that it lives.

    `collected_at` is when the weekly evaluation last brought in its results; None where it never did.
    """

    schema_version: Literal[2] = 2
    updated_at: datetime
    jobs: tuple[JobRecord, ...]
    collected_at: datetime | None = None


def _upgrade_from_1(content: dict[str, object]) -> dict[str, object]:
    """Version 2 came with attempts and with jobs that are not run again: one of version 1 has none of them."""
    return content


UPGRADES: Mapping[int, Upgrade] = MappingProxyType({1: _upgrade_from_1})
