"""What a board is: entries in rows, tracks in columns, and in every cell a score or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from polyreact.metrics.interface import MetricValue
from polyreact.results.overlap_records import OverlapRecord
from polyreact.results.records import AuditRecord, RunRecord, ScoreRecord, SubmissionRecord
from polyreact.tracks.track import Track, TrackId


class CellState(StrEnum):
    """What a cell says; there is no sixth state and no blank."""

    SCORE = "score"
    MISSING = "missing"
    FAILED = "failed"
    TRAINED_ON = "trained-on"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in competition ranking: two entries at place 2 are followed by place 4."""

    place: int
    is_tied: bool

    def __str__(self) -> str:
        return f"{self.place}=" if self.is_tied else str(self.place)


@dataclass(frozen=True, slots=True)
class Cell:
    """One submission on one track.

    `score` is there exactly when the state is SCORE. `run` is there when a run of this revision was kept.
    `code` and `reason` say why there is no score, or, beside a score, why it has no rank; public text, and
    as hostile as whatever it quotes. `earlier_scored_runs` is there on private tracks: how often the same author
    had been scored before.
    """

    state: CellState
    score: ScoreRecord | None = None
    run: RunRecord | None = None
    rank: Rank | None = None
    code: str | None = None
    reason: str = ""
    earlier_scored_runs: int | None = None

    def metric(self, key: str) -> MetricValue | None:
        """A metric of the score; None where there is no score at all."""
        if self.score is None:
            return None
        kept = self.score.metrics.get(key)
        if kept is None:
            return MetricValue(None, "this record was scored before the metric existed")
        return MetricValue(kept.value, kept.reason)


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission and its cell on every track of the board."""

    submission: SubmissionRecord
    cells: Mapping[TrackId, Cell]

    def find_audit(self, track: TrackId) -> AuditRecord | None:
        """The audit of the score on a track; None where there is none of what the submission declares now."""
        score = self.cells[track].score
        declared = self.submission.training_data
        names = declared if isinstance(declared, str) else tuple(sorted(declared))
        return score.audit if score and score.audit and score.audit.declared == names else None


@dataclass(frozen=True, slots=True)
class TrackBoard:
    """One track and its entries in the order they are shown.

    `positives` and `negatives` count the antibodies scored; None while nobody has a score, and on private tracks.
    """

    track: Track
    entries: tuple[Entry, ...]
    positives: int | None
    negatives: int | None
    scoring_version: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the published forms show. `entries` stand in the order of the overview.

    The rank in the overview is that of `lead_track`: of the ranked ones that are not private the one that leads, or
    the first; None where there is none. There is no overall score. `overlaps` are of the datasets of these tracks,
    in their order.
    """

    tracks: tuple[TrackBoard, ...]
    entries: tuple[Entry, ...]
    lead_track: Track | None
    overlaps: tuple[OverlapRecord, ...] = ()

    @property
    def overview(self) -> tuple[TrackBoard, ...]:
        """The tracks of the overview: not the private ones, whose scores only stand beside the number of runs."""
        return tuple(board for board in self.tracks if not board.track.is_private)
