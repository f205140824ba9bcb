"""The board as JSON for other programs: manifest text as it was written, everything beyond ASCII escaped."""

from __future__ import annotations

import json
from dataclasses import asdict

from polyreact.leaderboard.board import Board, Overall, TrackBoard
from polyreact.leaderboard.formats.documents import build_cell
from polyreact.leaderboard.pairs import LEADING
from polyreact.leaderboard.scoring_history import describe_scoring_history
from polyreact.metrics.catalog import METRICS
from polyreact.results.records import SubmissionRecord

SCHEMA_VERSION = 3
#: From the document down to the entries of a track, each of which is a line.
_LAID_OUT = 4


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
    return _render(document, _LAID_OUT) + "\n"


def _render(value: object, levels: int) -> str:
    """The members of so many levels stand on lines of their own, each with all that is below it.

    Not indented: that takes the encoder written in Python, four times the time and half as much space again.
    """
    if levels == 0 or not value or not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=True, allow_nan=False)
    if isinstance(value, list):
        return "[\n" + ",\n".join(_render(member, levels - 1) for member in value) + "\n]"
    members = (f"{json.dumps(key)}: {_render(member, levels - 1)}" for key, member in value.items())
    return "{\n" + ",\n".join(members) + "\n}"


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
        "pairs": _pairs(board),
        "entries": [build_cell(entry, track).model_dump(mode="json") for entry in board.entries],
    }


def _pairs(board: TrackBoard) -> dict[str, object] | None:
    """The pairs among the entries that stand first, and where all of them are; null for private tracks."""
    if board.track.is_private:
        return None
    return {
        "in_all": len(board.pairs),
        "listed_among_first": LEADING,
        "listed": [pair.model_dump(mode="json") for pair in board.pairs.leading()],
        "all_in": f"results/comparisons/{board.track.id}.json",
    }


def _overall(overall: Overall) -> dict[str, object]:
    return {
        "submission": overall.entry.submission.id,
        "skill": overall.skill,
        "low": overall.low,
        "high": overall.high,
    }
