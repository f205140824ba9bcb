"""leaderboard.json read back as typed values: the app knows the board from this one file, which may be anybody's.

The one place that knows how the document is laid out. Keys that it does not know are left out, so that a document
may gain some without a new schema version; an older or newer schema version than `_READABLE` is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from polyreact.engines.policy import Limits
from polyreact.errors import BadRecord, Finding, RecordTooNew
from polyreact.leaderboard.board import Cell, CellState, Entry, Resolution, TrackBoard
from polyreact.leaderboard.formats.json import SCHEMA_VERSION
from polyreact.leaderboard.wording import unique_names
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.results.comparison_records import PairRecord
from polyreact.results.records import MetricRecord, SubmissionRecord
from polyreact.results.trust_records import TrustRecord
from polyreact.statistics.ranks import Rank
from polyreact.tracks.track import Standing, Track, TrackId

#: Schema versions in which everything stands that the app shows.
_READABLE = range(3, SCHEMA_VERSION + 1)
_CURE = "Make it again: polyreact leaderboard build"

#: Ids stand in commands and addresses, so nothing else passes for one.
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")]


class _Shown(BaseModel):
    """Immutable, finite, and indifferent to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class ShownSubmission(SubmissionRecord):
    """A manifest as the document has it: a stranger's text, which is cleaned and escaped where it is shown."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    id: _Id


class ShownRun(_Shown):
    """What a run took, and which image it was of."""

    wall_s: float
    peak_memory_bytes: int | None = None
    image_digest: str | None = None
    image_id: str | None = None


class ShownCell(_Shown):
    """One submission on one track; `metrics` are there exactly when it has a score."""

    submission: _Id
    state: CellState
    code: str | None = None
    reason: str | None = None
    rank: Rank | None = None
    metrics: dict[str, MetricRecord] | None = None
    fold_means: dict[str, MetricRecord] | None = None
    earlier_scored_runs: int | None = None
    run: ShownRun | None = None

    @model_validator(mode="after")
    def _validate(self) -> ShownCell:
        if (self.state is CellState.SCORE) != (self.metrics is not None):
            message = "a cell has metrics exactly when its state is `score`"
            raise ValueError(message)
        return self

    def as_cell(self) -> Cell:
        """For the sentences that all forms of the board share.

        The score itself is not in the document, so it is absent here, and what those sentences say of single
        metrics is said by the app.
        """
        return Cell(
            self.state,
            rank=self.rank,
            code=self.code,
            reason=self.reason or "",
            earlier_scored_runs=self.earlier_scored_runs,
        )


class ListedPairs(_Shown):
    """The pairs among the entries that stand first; a private track has none."""

    listed: tuple[PairRecord, ...]


class ShownTrack(_Shown):
    """One track, its cells in the order of the board, and those comparisons of two that the document lists."""

    id: _Id
    title: str
    question: str
    note: str
    standing: Standing
    dataset: str
    revision: int
    labels_are_public: bool
    primary_metric: str
    folds_by: str | None = None
    scoring_version: int | None = None
    positives: int | None = None
    negatives: int | None = None
    limits: Limits
    group_column: str | None = None
    resolution: Resolution | None = None
    pairs: ListedPairs | None = None
    entries: tuple[ShownCell, ...]

    @model_validator(mode="after")
    def _validate(self) -> ShownTrack:
        if self.primary_metric not in METRICS_BY_KEY:
            message = f"there is no metric {self.primary_metric!r:.60}"
            raise ValueError(message)
        return self

    @property
    def track(self) -> Track:
        """As the catalogue would have it."""
        return Track(
            id=TrackId(self.id),
            title=self.title,
            question=self.question,
            note=self.note,
            dataset=self.dataset,
            revision=self.revision,
            standing=self.standing,
            labels_are_public=self.labels_are_public,
            primary_metric=self.primary_metric,
            limits=self.limits,
            folds_by=self.folds_by or "",
        )

    def find_cell(self, submission: str) -> ShownCell | None:
        """The cell of a submission, by its id."""
        return next((cell for cell in self.entries if cell.submission == submission), None)


class Leaderboard(_Shown):
    """The document: submissions in the order of the overview, tracks in the order of the board."""

    schema_version: int
    lead_track: str | None = None
    submissions: tuple[ShownSubmission, ...]
    tracks: Annotated[tuple[ShownTrack, ...], Field(min_length=1)]
    trust: tuple[TrustRecord, ...] = ()

    @model_validator(mode="after")
    def _validate(self) -> Leaderboard:
        known = {submission.id for submission in self.submissions}
        if len(known) < len(self.submissions) or len({track.id for track in self.tracks}) < len(self.tracks):
            message = "an id is given twice"
            raise ValueError(message)
        for track in self.tracks:
            if {cell.submission for cell in track.entries} != known or len(track.entries) != len(known):
                message = f"track {track.id} does not have one cell for each submission"
                raise ValueError(message)
        return self

    @cached_property
    def by_id(self) -> Mapping[str, ShownSubmission]:
        """The submissions by their ids."""
        return MappingProxyType({submission.id: submission for submission in self.submissions})

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each submission is called, by its id: clean, and with the id where it might be taken for another."""
        return MappingProxyType(unique_names([Entry(submission, {}) for submission in self.submissions]))

    def as_board(self, shown: ShownTrack) -> TrackBoard:
        """What the shared sentences say of a track as a whole; its cells are as in `ShownCell.as_cell`."""
        track, known = shown.track, self.by_id
        return TrackBoard(
            track=track,
            entries=tuple(Entry(known[cell.submission], {track.id: cell.as_cell()}) for cell in shown.entries),
            positives=shown.positives,
            negatives=shown.negatives,
            scoring_version=shown.scoring_version,
            resolution=shown.resolution,
            group_column=shown.group_column or "",
        )

    def find_track(self, track: str) -> ShownTrack | None:
        """The track with this id."""
        return next((shown for shown in self.tracks if shown.id == track), None)


def parse_leaderboard(content: bytes, source: str) -> Leaderboard:
    """The document from its bytes, whose number the caller has bounded; `source` is where they stood.

    Raises BadRecord with every defect, and RecordTooNew.
    """
    try:
        document = json.loads(content)
        version = document["schema_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRecord(f"{source} cannot be read as a leaderboard: {error}", cure=_CURE) from error
    if type(version) is not int or version < _READABLE.start:
        raise BadRecord(
            f"{source} has schema version {version!r:.20}; this program reads {_READABLE.start} and newer",
            cure=_CURE,
        )
    if version >= _READABLE.stop:
        raise RecordTooNew(
            f"{source} has schema version {version}; this program reads up to {_READABLE.stop - 1}",
            consequence="Nothing is shown, since some of it might be shown wrong.",
            cure="Update polyreact, and prepare the Space again: polyreact leaderboard publish --to space-app",
        )
    try:
        return Leaderboard.model_validate(document)
    except ValidationError as error:
        findings = [
            Finding(".".join(map(str, defect["loc"])), defect["msg"]) for defect in error.errors(include_url=False)
        ]
        raise BadRecord(f"{source} is not a leaderboard", findings=findings, cure=_CURE) from error
