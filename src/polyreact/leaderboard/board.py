"""What a board is: entries in rows, tracks in columns, and in every cell a score or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from polyreact.leaderboard.pairs import Pairs
from polyreact.metrics.interface import MetricValue
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.overlap_records import OverlapRecord
from polyreact.results.package_records import PackagesDocument
from polyreact.results.records import (
    AuditRecord,
    IntervalRecord,
    RunRecord,
    ScoreRecord,
    SignatureRecord,
    SubmissionRecord,
)
from polyreact.results.scoring_history import ScoringHistoryRecord
from polyreact.results.trust_records import TrustRecord
from polyreact.statistics.ranks import Rank
from polyreact.tracks.track import Track, TrackId


class CellState(StrEnum):
    """What a cell says; there is no sixth state and no blank."""

    SCORE = "score"
    MISSING = "missing"
    FAILED = "failed"
    TRAINED_ON = "trained-on"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Cell:
    """One submission on one track.

    `score` is there exactly when the state is SCORE. `run` is there when a run of this revision was kept.
    `code` and `reason` say why there is no score, or, beside a score, why it has no rank; public text, and
    as hostile as whatever it quotes. `earlier_scored_runs` is there on private tracks: how often the same author
    had been scored before. `curves` are those of this very score, or None: of private tracks there are none, and
    a checkout may have none yet. `signature` is that of the run's record, if it was signed.
    """

    state: CellState
    score: ScoreRecord | None = None
    run: RunRecord | None = None
    rank: Rank | None = None
    code: str | None = None
    reason: str = ""
    earlier_scored_runs: int | None = None
    curves: CurvesRecord | None = None
    signature: SignatureRecord | None = None

    def metric(self, key: str) -> MetricValue | None:
        """A metric of the score; None where there is no score at all."""
        if self.score is None:
            return None
        kept = self.score.metrics.get(key)
        if kept is None:
            return MetricValue(None, "this record was scored before the metric existed")
        return MetricValue(kept.value, kept.reason)

    def interval(self, key: str) -> IntervalRecord | None:
        """The interval of a metric, None where it has none."""
        kept = self.score.metrics.get(key) if self.score else None
        return kept.interval if kept else None


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
class Resolution:
    """What a track can tell apart: of `pairs` entries with a score `separable`, all pairs adjusted together.

    `detectable` is the true difference in AUROC that a comparison of two finds in 80 of 100 cases, from the
    standard errors of the pairs if `is_measured`, else planned from the numbers of antibodies; None where there
    is neither.
    """

    separable: int
    pairs: int
    detectable: float | None
    is_measured: bool


@dataclass(frozen=True, slots=True)
class TrackBoard:
    """One track and its entries in the order they are shown.

    `positives` and `negatives` count the antibodies scored; None while nobody has a score, and on private tracks.
    `pairs` are all comparisons of two entries with a score, in the order of the entries, the one that stands first
    before the other; of private tracks they are not shown. `resolution` is None while nobody has a score.
    `group_column` names the column of antibodies that were not taken for independent, and is empty where all were.
    """

    track: Track
    entries: tuple[Entry, ...]
    positives: int | None
    negatives: int | None
    scoring_version: int | None
    pairs: Pairs = field(default_factory=Pairs)
    resolution: Resolution | None = None
    group_column: str = ""


@dataclass(frozen=True, slots=True)
class Overall:
    """An entry over all ranked tracks: the mean of 2 AUROC - 1 (0 for chance, 1 for perfect) and its interval."""

    entry: Entry
    skill: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the published forms show. `entries` stand in the order of the overview.

    The rank in the overview is that of `lead_track`: of the ranked ones that are not private the one that
    leads, or the first; None where there is none. `overlaps` are of the datasets of these tracks, in their
    order. `overall` has those entries that have a score on every public ranked track, if there are two such
    tracks or more, in the order of `entries`: a view beside the tracks, by which nothing is sorted.
    `scoring_history` has what every re-scoring changed, by scoring version, and `trust` the trust checks of the
    images that were scored, by submission and track. `packages` are the lists that runs name, by their digests.
    """

    tracks: tuple[TrackBoard, ...]
    entries: tuple[Entry, ...]
    lead_track: Track | None
    overlaps: tuple[OverlapRecord, ...] = ()
    overall: tuple[Overall, ...] = ()
    scoring_history: tuple[ScoringHistoryRecord, ...] = ()
    trust: tuple[TrustRecord, ...] = ()
    packages: Mapping[str, PackagesDocument] = field(default_factory=dict)

    @property
    def overview(self) -> tuple[TrackBoard, ...]:
        """The tracks of the overview: not the private ones, whose scores only stand beside the number of runs."""
        return tuple(board for board in self.tracks if not board.track.is_private)
