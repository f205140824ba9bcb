"""How near a track's antibodies are to what a submission declares that it was made from, in a sentence."""

from __future__ import annotations

from polyreact.datasets.overlap import Region
from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Entry, TrackBoard
from polyreact.leaderboard.exposure import NEAR, classify_exposure
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number
from polyreact.results.records import AuditedSetRecord


def training_sentence(entry: Entry, board: TrackBoard) -> str:
    """The class of its exposure and, set by set, what it is concluded from; empty where there is no score.

    Of a private track no figure is published.
    """
    if entry.cells[board.track.id].score is None:
        return ""
    exposure = classify_exposure(entry, board.track)
    return clean(f"Training data against these antibodies: {exposure} ({_reason(entry, board)}).", PROSE_LIMIT)


def _reason(entry: Entry, board: TrackBoard) -> str:
    declared = entry.submission.training_data
    if isinstance(declared, str):
        return f"it is {declared}"
    if not declared:
        return "the submission declares that it learnt from no set"
    if board.track.is_private:
        return "no figures are published for a private track"
    audit = entry.find_audit(board.track.id)
    if audit is None:
        return wording.NOT_AUDITED_YET
    return "; ".join((*map(_set_words, audit.sets), *audit.not_audited))


def _set_words(audited: AuditedSetRecord) -> str:
    """How many have a near neighbour in a declared set, by region, and how near the nearest VH is."""
    near = {
        nearest.region: nearest.rows - part.rows
        for nearest in audited.nearest
        for part in audited.without_neighbours
        if nearest.region == part.region and part.cut == NEAR
    }
    highest = {str(nearest.region): nearest.maximum for nearest in audited.nearest}.get(Region.VH.value)
    counts = " and ".join(f"{count:,} by {region}" for region, count in near.items() if count)
    words = f"{counts or 'none'} with one of {audited.reference} that is {NEAR:.2f} or more identical"
    return words if highest is None else f"{words}, the nearest VH {format_number(highest)}"
