"""What programs get to read: the shape of every JSON document that is published, and its JSON schema.

The schemas are made from these classes, so that a document and its description cannot differ.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel

from polyreact.leaderboard.board import Board, Cell, Entry, TrackBoard
from polyreact.leaderboard.edition import Edition
from polyreact.metrics.catalog import METRICS
from polyreact.results.queue_records import JobRecord
from polyreact.results.records import (
    AuditRecord,
    ConfusionRecord,
    EngineRecord,
    FoldScoreRecord,
    Frozen,
    IntervalRecord,
    MetricRecord,
    ReliabilityBinRecord,
    RunRecord,
    SubmissionRecord,
)
from polyreact.results.release_records import ReleaseRecord
from polyreact.results.trust_records import TrustRecord
from polyreact.tracks.track import Track

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Document(Frozen):
    """Every document begins with the version of its schema."""

    schema_version: Literal[1] = 1


class PlacesDocument(Frozen):
    """The places that an entry may hold, both ends counted, and whether it cannot be told from the best."""

    lowest: int
    highest: int
    ties_with_best: bool


class MetricDocument(Frozen):
    """A value or the reason why there is none, and its interval or the reason why it has none."""

    value: float | None
    reason: str | None
    interval: IntervalRecord | None
    no_interval: str | None


class RunDocument(Frozen):
    """How the predictions were made. Seconds and bytes as in the record; times in UTC."""

    started_at: str
    wall_s: float
    cpu_s: float | None
    peak_memory_bytes: int | None
    image: str
    image_digest: str | None
    image_id: str
    image_size_bytes: int
    engine: EngineRecord
    policy_sha256: str
    inputs_sha256: str | None
    predictions_sha256: str | None


class CellDocument(Frozen):
    """One submission on one track; `state` is one of the five that a cell may have."""

    submission: str
    track: str
    state: str
    code: str | None
    reason: str | None
    rank: PlacesDocument | None
    scoring_version: int | None
    confusion: ConfusionRecord | None
    metrics: dict[str, MetricDocument] | None
    reliability: tuple[ReliabilityBinRecord, ...]
    folds: dict[str, FoldScoreRecord] | None
    fold_means: dict[str, MetricRecord] | None
    earlier_scored_runs: int | None
    audit: AuditRecord | None
    run: RunDocument | None


class ResolutionDocument(Frozen):
    """What a track can tell apart; see `leaderboard.board.Resolution`."""

    separable: int
    pairs: int
    detectable: float | None
    is_measured: bool


class TrackFacts(Frozen):
    """What a track asks, under which limits, and how many antibodies it has; counts are null on private tracks."""

    id: str
    title: str
    question: str
    note: str
    standing: str
    dataset: str
    revision: int
    labels_are_public: bool
    primary_metric: str
    folds_by: str | None
    scoring_version: int | None
    positives: int | None
    negatives: int | None
    group_column: str | None
    resolution: ResolutionDocument | None
    wall_time_s: int
    memory_bytes: int
    cpus: float


class TracksDocument(Document):
    """`tracks.json`: every track, in the order of the board."""

    tracks: tuple[TrackFacts, ...]


class TrackDocument(Document):
    """`tracks/<id>.json`: the board of one track, entries in the order shown."""

    track: TrackFacts
    entries: tuple[CellDocument, ...]


class SubmissionsDocument(Document):
    """`submissions.json`: every submission as its newest manifest describes it."""

    submissions: tuple[SubmissionRecord, ...]


class SubmissionDocument(Document):
    """`submissions/<id>.json`: everything about one submission."""

    submission: SubmissionRecord
    cells: tuple[CellDocument, ...]
    trust: tuple[TrustRecord, ...]


class MetricFacts(Frozen):
    """What a metric is; see `metrics.catalog.Metric`."""

    key: str
    title: str
    short: str
    direction: str
    lowest: float
    highest: float | None
    needs: str
    formula: str
    source: str
    is_in_tables: bool


class MetricsDocument(Document):
    """`metrics.json`: every metric, in the order shown."""

    metrics: tuple[MetricFacts, ...]


class QueueDocument(Document):
    """`queue.json`: what waits and runs; `updated_at` is null where nothing does."""

    updated_at: str | None
    jobs: tuple[JobRecord, ...]


class ReleasesDocument(Document):
    """`releases.json`: the boards that were set down, the newest first."""

    releases: tuple[ReleaseRecord, ...]


class IndexDocument(Document):
    """`index.json`: which documents there are, and by which schema each is made; paths are relative to this one."""

    title: str
    documents: dict[str, str]
    schemas: dict[str, str]


#: The schema of each kind of document by the name of its file in `schemas/`.
SCHEMAS: dict[str, type[Document]] = {
    "index": IndexDocument,
    "metrics": MetricsDocument,
    "queue": QueueDocument,
    "releases": ReleasesDocument,
    "submission": SubmissionDocument,
    "submissions": SubmissionsDocument,
    "track": TrackDocument,
    "tracks": TracksDocument,
}


def build_tracks(board: Board) -> TracksDocument:
    """Every track of the board."""
    return TracksDocument(tracks=tuple(map(_facts, board.tracks)))


def build_track(board: TrackBoard) -> TrackDocument:
    """The board of one track."""
    cells = tuple(build_cell(entry, board.track) for entry in board.entries)
    return TrackDocument(track=_facts(board), entries=cells)


def build_submissions(board: Board) -> SubmissionsDocument:
    """Every submission, in the order of the overview."""
    return SubmissionsDocument(submissions=tuple(entry.submission for entry in board.entries))


def build_submission(board: Board, entry: Entry, trust: tuple[TrustRecord, ...]) -> SubmissionDocument:
    """One submission on every track of the board."""
    cells = tuple(build_cell(entry, b.track) for b in board.tracks)
    return SubmissionDocument(submission=entry.submission, cells=cells, trust=trust)


def build_metrics() -> MetricsDocument:
    """The catalogue of metrics."""
    return MetricsDocument(metrics=tuple(MetricFacts(**asdict(metric)) for metric in METRICS))


def build_queue(edition: Edition) -> QueueDocument:
    """What waits and runs."""
    queue = edition.queue
    updated = queue.updated_at.isoformat() if queue else None
    return QueueDocument(updated_at=updated, jobs=queue.jobs if queue else ())


def build_releases(edition: Edition) -> ReleasesDocument:
    """The boards that were set down."""
    return ReleasesDocument(releases=edition.releases)


def build_cell(entry: Entry, track: Track) -> CellDocument:
    """One submission on one track."""
    cell = entry.cells[track.id]
    score = cell.score
    return CellDocument(
        submission=entry.submission.id,
        track=track.id,
        state=cell.state.value,
        code=cell.code,
        reason=cell.reason or None,
        rank=PlacesDocument(**asdict(cell.rank)) if cell.rank else None,
        scoring_version=score.scoring_version if score else None,
        confusion=score.confusion if score else None,
        metrics=_metrics(cell),
        reliability=score.reliability if score else (),
        folds=score.folds if score and score.folds else None,
        fold_means=score.fold_means if score and score.folds else None,
        earlier_scored_runs=cell.earlier_scored_runs,
        audit=entry.find_audit(track.id),
        run=_run(cell.run, track) if cell.run else None,
    )


def render_document(document: BaseModel) -> bytes:
    """On one line, keys in the order of the schema, everything beyond ASCII escaped; no NaN."""
    content = document.model_dump(mode="json")
    return (json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n").encode()


def render_schema(kind: type[Document], title: str) -> bytes:
    """The JSON schema (draft 2020-12) of a kind of document."""
    schema = {"$schema": DRAFT, "title": title} | kind.model_json_schema(mode="serialization")
    return (json.dumps(schema, indent=2, ensure_ascii=True) + "\n").encode()


def _facts(board: TrackBoard) -> TrackFacts:
    track, limits = board.track, board.track.limits
    resolution = None if track.is_private or board.resolution is None else asdict(board.resolution)
    return TrackFacts(
        id=track.id,
        title=track.title,
        question=track.question,
        note=track.note,
        standing=track.standing.value,
        dataset=track.dataset,
        revision=track.revision,
        labels_are_public=track.labels_are_public,
        primary_metric=track.primary_metric,
        folds_by=track.folds_by or None,
        scoring_version=board.scoring_version,
        positives=board.positives,
        negatives=board.negatives,
        group_column=board.group_column or None,
        resolution=ResolutionDocument(**resolution) if resolution else None,
        wall_time_s=limits.wall_time_s,
        memory_bytes=limits.memory_bytes,
        cpus=limits.cpus,
    )


def _metrics(cell: Cell) -> dict[str, MetricDocument] | None:
    if cell.score is None:
        return None
    documents = {}
    for metric in METRICS:
        value, kept = cell.metric(metric.key), cell.score.metrics.get(metric.key)
        if value is not None:
            documents[metric.key] = MetricDocument(
                value=value.value,
                reason=value.reason,
                interval=kept.interval if kept else None,
                no_interval=kept.no_interval if kept else None,
            )
    return documents


def _run(run: RunRecord, track: Track) -> RunDocument:
    return RunDocument(
        started_at=run.started_at.isoformat(),
        wall_s=run.wall_s,
        cpu_s=run.cpu_s,
        peak_memory_bytes=run.peak_memory_bytes,
        image=run.image.reference,
        image_digest=run.image.digest,
        image_id=run.image.image_id,
        image_size_bytes=run.image.size_bytes,
        engine=run.engine,
        policy_sha256=run.policy_sha256,
        inputs_sha256=None if track.is_private else run.inputs_sha256,  # a guessed set could be tried on it
        predictions_sha256=run.predictions.sha256 if run.predictions else None,
    )
