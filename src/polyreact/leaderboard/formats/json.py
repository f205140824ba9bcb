"""The board as JSON for other programs: manifest text as it was written, everything beyond ASCII escaped."""

from __future__ import annotations

import json
from dataclasses import asdict

from polyreact.leaderboard.board import Board, Cell, Entry, Overall, TrackBoard
from polyreact.leaderboard.scoring_history import describe_scoring_history
from polyreact.metrics.catalog import METRICS
from polyreact.results.records import RunRecord, SubmissionRecord
from polyreact.tracks.track import Track

SCHEMA_VERSION = 2


def render_json(board: Board) -> str:
    """The same board always gives the same bytes: fixed key order, no time of the build, no NaN."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "lead_track": board.lead_track.id if board.lead_track else None,
        "metrics": [asdict(metric) for metric in METRICS],
        "submissions": [_submission(entry.submission) for entry in board.entries],
        "tracks": [_track(track_board) for track_board in board.tracks],
        "overall": [_overall(overall) for overall in board.overall],
        "scoring_history": describe_scoring_history(board.scoring_history),
        "trust": [record.model_dump(mode="json") for record in board.trust],
        "overlaps": [overlap.model_dump(mode="json") for overlap in board.overlaps],
    }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _submission(submission: SubmissionRecord) -> dict[str, object]:
    return submission.model_dump(mode="json") | {"training_data": _training_data(submission)}


def _training_data(submission: SubmissionRecord) -> object:
    declared = submission.training_data
    if isinstance(declared, str):
        return declared
    return {name: list(uses) for name, uses in sorted(declared.items())}


def _track(board: TrackBoard) -> dict[str, object]:
    track = board.track
    return {
        "id": track.id,
        "title": track.title,
        "question": track.question,
        "note": track.note,
        "standing": track.standing.value,
        "dataset": track.dataset,
        "revision": track.revision,
        "labels_are_public": track.labels_are_public,
        "primary_metric": track.primary_metric,
        "folds_by": track.folds_by or None,
        "scoring_version": board.scoring_version,
        "positives": board.positives,
        "negatives": board.negatives,
        "limits": asdict(track.limits),
        "group_column": board.group_column or None,
        "resolution": asdict(board.resolution) if board.resolution and not track.is_private else None,
        "pairs": [pair.model_dump(mode="json") for pair in board.pairs],
        "entries": [_cell(entry, track) for entry in board.entries],
    }


def _cell(entry: Entry, track: Track) -> dict[str, object]:
    cell = entry.cells[track.id]
    return {
        "submission": entry.submission.id,
        "state": cell.state.value,
        "code": cell.code,
        "reason": cell.reason or None,
        "rank": asdict(cell.rank) if cell.rank else None,
        "confusion": cell.score.confusion.model_dump() if cell.score and cell.score.confusion else None,
        "metrics": _metrics(cell),
        "earlier_scored_runs": cell.earlier_scored_runs,
        "audit": _audit(entry, track),
        **_folds(cell),
        "run": _run(cell.run, track) if cell.run else None,
    }


def _audit(entry: Entry, track: Track) -> dict[str, object] | None:
    audit = entry.find_audit(track.id)
    return audit.model_dump(mode="json") if audit else None


def _metrics(cell: Cell) -> dict[str, object] | None:
    if cell.score is None:
        return None
    values = {metric.key: cell.metric(metric.key) for metric in METRICS}
    return {key: asdict(value) | _interval(cell, key) for key, value in values.items() if value is not None}


def _interval(cell: Cell, key: str) -> dict[str, object]:
    interval = cell.interval(key)
    kept = cell.score.metrics.get(key) if cell.score else None
    return {
        "interval": interval.model_dump() if interval else None,
        "no_interval": kept.no_interval if kept else None,
    }


def _overall(overall: Overall) -> dict[str, object]:
    return {
        "submission": overall.entry.submission.id,
        "skill": overall.skill,
        "low": overall.low,
        "high": overall.high,
    }


def _folds(cell: Cell) -> dict[str, object]:
    """Counts and metrics of each fold by its name, and the means over the folds; null where there are none."""
    if cell.score is None or not cell.score.folds:
        return {"folds": None, "fold_means": None}
    kept = cell.score.model_dump(include={"folds", "fold_means"})
    return {"folds": kept["folds"], "fold_means": kept["fold_means"]}


def _run(run: RunRecord, track: Track) -> dict[str, object]:
    return {
        "started_at": run.started_at.isoformat(),
        "wall_s": run.wall_s,
        "cpu_s": run.cpu_s,
        "peak_memory_bytes": run.peak_memory_bytes,
        "image": run.image.reference,
        "image_digest": run.image.digest,
        "image_id": run.image.image_id,
        "engine": run.engine.model_dump(),
        "policy_sha256": run.policy_sha256,
        "inputs_sha256": None if track.is_private else run.inputs_sha256,  # a guessed set could be tried on it
        "predictions_sha256": run.predictions.sha256 if run.predictions else None,
    }
