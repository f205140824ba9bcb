"""The overview: every entry on every track, the mean over the ranked ones, and what each track can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, Entry, Overall, TrackBoard
from polyreact.leaderboard.site import addresses, provenance, row_bar
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import board_table, parts
from polyreact.leaderboard.site.views.compare import compared_ids
from polyreact.leaderboard.site.views.reading import Reading, build_reading
from polyreact.leaderboard.site.views.tabs import Tab, build_tabs
from polyreact.leaderboard.site.views.track_summary import TrackSummary, build_track_summary
from polyreact.metrics.catalog import METRICS_BY_KEY

#: What tells a reader in ten seconds what he looks at.
LEAD = (
    "Which models can tell in advance that an antibody will bind what it should not? Everybody's model is run here "
    "on the same antibodies, whose labels it never sees."
)
HOW_TO_READ = (
    "Read the rank as a range: entries whose ranges overlap may be equally good. Long bands are uncertain values."
)
SKILL_TITLE = "Mean over the ranked tracks of 2 x AUROC - 1: 0 is chance, 1 a perfect order"


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One entry over all tracks; `skill` is empty without a score on every ranked track."""

    keys: board_table.RowKeys
    rank: str
    model: parts.Model
    authors: str
    cells: tuple[board_table.MetricCell, ...]
    skill: str
    skill_interval: str


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The whole page."""

    lead: str
    how_to_read: str
    introduction: str
    rank_note: str
    tabs: tuple[Tab, ...]
    columns: tuple[board_table.Column, ...]
    axes: tuple[row_bar.Axis, ...]
    controls: board_table.Controls
    rows: tuple[OverviewRow, ...]
    tracks: tuple[TrackSummary, ...]
    has_skill: bool
    overall_title: str
    overall_note: str
    reading: Reading
    newest_run: str


def build_page(board: Board) -> Page:
    """The first page of the site."""
    lead = board.lead_track
    shown = board.overview
    axes = tuple(_axis(track_board) for track_board in shown)
    skills = {overall.entry.submission.id: overall for overall in board.overall}
    columns = _columns(board, axes)
    facets = board_table.build_facets(lead, f"Training data against {lead.id}" if lead else "")
    view = OverviewView(
        lead=LEAD,
        how_to_read=HOW_TO_READ,
        introduction=wording.INTRODUCTION,
        rank_note=wording.rank_note(board),
        tabs=build_tabs(board),
        columns=columns,
        axes=axes,
        controls=board_table.Controls(facets, columns, lead.id if lead else "", " ".join(compared_ids(board))),
        rows=tuple(_row(board, entry, axes, skills) for entry in board.entries),
        tracks=tuple(map(build_track_summary, board.tracks)),
        has_skill=bool(board.overall),
        overall_title=wording.OVERALL_TITLE,
        overall_note=wording.overall_note(board),
        reading=build_reading(),
        newest_run=provenance.newest_run(board),
    )
    return Page(addresses.OVERVIEW, "overview.html", view, wording.TITLE, wording.INTRODUCTION, addresses.OVERVIEW)


def _axis(board: TrackBoard) -> row_bar.Axis:
    return board_table.build_axis(board.track, METRICS_BY_KEY[board.track.primary_metric], board.entries)


def _columns(board: Board, axes: tuple[row_bar.Axis, ...]) -> tuple[board_table.Column, ...]:
    lead = board.lead_track
    tracks = (
        board_table.Column(
            key=shown.track.id,
            label=shown.track.id,
            sort="number",
            first="descending",
            title=f"{METRICS_BY_KEY[shown.track.primary_metric].short}, {wording.STANDINGS[shown.track.standing]}",
            axis=axis.words,
        )
        for shown, axis in zip(board.overview, axes, strict=True)
    )
    skill = board_table.Column("skill", "Overall skill", "number", "descending", SKILL_TITLE)
    return (
        board_table.Column("rank", f"Rank on {lead.id}" if lead else "Rank", "rank"),
        board_table.Column("model", "Model", "text"),
        board_table.Column("author", "Author", "text"),
        *tracks,
        *([skill] if board.overall else []),
    )


def _row(board: Board, entry: Entry, axes: tuple[row_bar.Axis, ...], skills: Mapping[str, Overall]) -> OverviewRow:
    lead = board.lead_track
    submission = entry.submission
    skill, interval = _skill(skills.get(submission.id))
    return OverviewRow(
        keys=board_table.build_keys(entry, lead),
        rank=board_table.rank_words(entry.cells[lead.id], lead) if lead else wording.NO_RANK,
        model=parts.build_model(submission),
        authors=wording.author_words(submission),
        cells=tuple(
            board_table.build_metric_cell(
                entry.cells[shown.track.id], METRICS_BY_KEY[shown.track.primary_metric], axis
            )
            for shown, axis in zip(board.overview, axes, strict=True)
        ),
        skill=skill,
        skill_interval=interval,
    )


def _skill(overall: Overall | None) -> tuple[str, str]:
    """The mean and its interval; a dash without a score on every ranked track."""
    if overall is None:
        return wording.NO_RANK, ""
    value, _, interval = parts.with_minus(wording.skill_words(overall)).partition(" ")
    return value, interval
