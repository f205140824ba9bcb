"""A board as it stood when a release was made of it: `results/releases/<name>.json`, written once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints

from polyreact.results.records import Digest, Frozen, IntervalRecord

#: Version of the JSON written by this program.
RELEASE_SCHEMA_VERSION = 1

#: What a release may be called: `2026.11` or `v1.0.0-rc.1`.
ReleaseName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=40)]


class ReleasedPlaces(Frozen):
    """The places that an entry may have held, both ends counted."""

    lowest: int
    highest: int


class ReleasedEntry(Frozen):
    """One row of a track's table. `value` is the primary metric, None where the state is not `score`.

    `predictions_sha256` names what was scored, so that the row can be made again.
    """

    submission: str
    name: str
    is_baseline: bool
    state: str
    code: str | None = None
    rank: ReleasedPlaces | None = None
    value: float | None = None
    interval: IntervalRecord | None = None
    predictions_sha256: Digest | None = None


class ReleasedTrack(Frozen):
    """The table of one track, in the order shown."""

    track: str
    title: str
    dataset: str
    revision: int
    is_ranked: bool
    primary_metric: str
    scoring_version: int | None
    positives: int | None
    negatives: int | None
    entries: tuple[ReleasedEntry, ...]


class ReleaseRecord(Frozen):
    """The public tracks of a board on a day."""

    schema_version: Literal[1] = 1
    name: ReleaseName
    date: date
    polyreact: str
    tracks: tuple[ReleasedTrack, ...]
