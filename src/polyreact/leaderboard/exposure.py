"""Whether a track's antibodies, or near ones, were declared as training data: three classes, each with exact words.

The class stands in the track's table, and readers filter by it; the figures behind it stand in the audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from polyreact.datasets.overlap import CUTS
from polyreact.leaderboard.board import CellState, Entry
from polyreact.results.records import AuditedSetRecord
from polyreact.tracks.track import Standing, Track

#: Two VH, or two H-CDR3, at least this much alike count as near.
NEAR = max(CUTS)


class Exposure(StrEnum):
    """What a submission's declared training data says of a track's antibodies."""

    CLEAN = "clean"
    DECLARED = "declared exposure"
    UNKNOWN = "unknown"


MEANINGS: Mapping[Exposure, str] = MappingProxyType(
    {
        Exposure.CLEAN: "no antibody of the track has a VH or an H-CDR3 that is "
        f"{100 * NEAR:.0f} % or more identical to one in any set that the submission declares, or it declares that "
        "it learnt from none; what is not declared is not seen",
        Exposure.DECLARED: "the submission declares this track's own set, or one that holds such near antibodies; "
        "the audit below the track's table says how many, and what is left without them",
        Exposure.UNKNOWN: "the training data is unknown or proprietary, or a declared set could not be compared",
    }
)


def classify_exposure(entry: Entry, track: Track) -> Exposure:
    """The class of an entry on a track, from what is declared and the kept audit of its score."""
    declared = entry.submission.training_data
    if entry.cells[track.id].state is CellState.TRAINED_ON or track.dataset in declared:
        return Exposure.DECLARED
    if isinstance(declared, str):
        return Exposure.UNKNOWN
    if not declared or track.standing is Standing.DEMO:  # made-up antibodies are in no other set
        return Exposure.CLEAN
    audit = entry.find_audit(track.id)
    if audit is None:
        return Exposure.UNKNOWN
    if any(map(_has_near, audit.sets)):
        return Exposure.DECLARED
    return Exposure.UNKNOWN if audit.not_audited else Exposure.CLEAN


def _has_near(audited: AuditedSetRecord) -> bool:
    rows = {nearest.region: nearest.rows for nearest in audited.nearest}
    return any(part.rows < rows[part.region] for part in audited.without_neighbours if part.cut == NEAR)
