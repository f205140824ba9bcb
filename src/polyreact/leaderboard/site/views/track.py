"""The board of one track: what it asks, what it can tell apart, and every entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from polyreact.leaderboard import exposure, licences, wording
from polyreact.leaderboard.board import Board, CellState, Entry, TrackBoard
from polyreact.leaderboard.site import addresses, row_bar
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import board_table, parts, runtime, track_charts, track_details
from polyreact.leaderboard.site.views.compare import compared_ids
from polyreact.leaderboard.site.views.datasets import find_dataset_page
from polyreact.leaderboard.site.views.reading import Reading, build_reading
from polyreact.leaderboard.site.views.tabs import Tab, build_tabs
from polyreact.leaderboard.site.views.track_details import TrackDetails
from polyreact.leaderboard.site.views.track_summary import TrackSummary, build_track_summary
from polyreact.leaderboard.text import clean
from polyreact.metrics.catalog import METRICS_BY_KEY, TABLE_METRICS, Metric
from polyreact.tracks.track import Track


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One entry on the track; `others` are the metrics beside the primary one, none where there is no score."""

    keys: board_table.RowKeys
    state: str
    rank: str
    model: parts.Model
    authors: str
    primary: board_table.MetricCell
    others: tuple[parts.Figure, ...]
    training: str
    use: str
    license: str
    time: str
    date: str
    paper: parts.Reference
    code: parts.Reference
    note: str


@dataclass(frozen=True, slots=True)
class TrackView:
    """The whole page; `dataset_page` is empty where the set has none."""

    id: str
    tabs: tuple[Tab, ...]
    summary: TrackSummary
    is_ranked: bool
    standing_note: str
    count_note: str
    fold_note: str
    note: tuple[str, ...]
    source: str
    dataset_page: str
    axis: row_bar.Axis
    columns: tuple[board_table.Column, ...]
    others: int
    controls: board_table.Controls
    rows: tuple[TrackRow, ...]
    best_note: str
    resolution_note: str
    charts: track_charts.TrackCharts
    details: TrackDetails
    reading: Reading


def build_page(board: Board, track_board: TrackBoard) -> Page:
    """The page of a track of the board."""
    track = track_board.track
    primary = METRICS_BY_KEY[track.primary_metric]
    others = tuple(metric for metric in TABLE_METRICS if metric is not primary)
    axis = board_table.build_axis(track, primary, track_board.entries)
    columns = _columns(track, primary, others, axis)
    summary = build_track_summary(track_board)
    facets = (*board_table.build_facets(track), board_table.build_state_facet())
    view = TrackView(
        id=track.id,
        tabs=build_tabs(board),
        summary=summary,
        is_ranked=track.is_ranked,
        standing_note=wording.standing_note(track, primary.short),
        count_note=wording.count_note(track_board),
        fold_note=wording.fold_note(track),
        note=wording.note_paragraphs(track),
        source=f"Track {track.id}, dataset {track.dataset}, revision {track.revision}",
        dataset_page=find_dataset_page(track),
        axis=axis,
        columns=columns,
        others=len(others),
        controls=board_table.Controls(facets, columns, track.id, " ".join(compared_ids(board))),
        rows=tuple(_row(track_board, entry, primary, others, axis) for entry in track_board.entries),
        best_note=wording.best_note(track_board),
        resolution_note=wording.resolution_note(track_board),
        charts=track_charts.build_charts(track_board, primary),
        details=track_details.build_details(track_board, primary),
        reading=build_reading(),
    )
    path = addresses.track_page(track.id)
    return Page(path, "track.html", view, summary.title, summary.question, addresses.OVERVIEW)


def _columns(
    track: Track, primary: Metric, others: tuple[Metric, ...], axis: row_bar.Axis
) -> tuple[board_table.Column, ...]:
    time = ("Time, s", "sum of all folds") if track.has_folds else ("s per 1,000", "Seconds for 1,000 antibodies")
    return (
        *([board_table.Column("rank", "Rank", "rank")] if track.is_ranked else []),
        board_table.Column("model", "Model", "text"),
        board_table.Column("author", "Author", "text"),
        board_table.metric_column(primary, axis=axis),
        *(board_table.metric_column(metric) for metric in others),
        board_table.Column("training", "Training data", "text"),
        board_table.Column("use", "Licence", "text"),
        board_table.Column("time", time[0], "number", title=time[1]),
        board_table.Column("date", "Run on", "text", "descending"),
        board_table.Column("links", "Paper and code"),
        board_table.Column("note", "Note"),
    )


def _row(
    board: TrackBoard, entry: Entry, primary: Metric, others: tuple[Metric, ...], axis: row_bar.Axis
) -> TrackRow:
    track, submission = board.track, entry.submission
    cell = entry.cells[track.id]
    has_score = cell.state is CellState.SCORE
    return TrackRow(
        keys=board_table.build_keys(entry, track),
        state=cell.state.value,
        rank=board_table.rank_words(cell, track),
        model=parts.build_model(submission),
        authors=wording.author_words(submission),
        primary=board_table.build_metric_cell(cell, primary, axis),
        others=tuple(parts.build_figure(cell, metric.key) for metric in others) if has_score else (),
        training=exposure.classify_exposure(entry, track).value,
        use=licences.classify_licence(submission.license).value,
        license=clean(submission.license),
        time=runtime.time_words(board, cell),
        date=cell.run.started_at.astimezone(UTC).strftime("%Y-%m-%d") if cell.run else wording.NO_RANK,
        paper=parts.build_reference(submission.paper),
        code=parts.build_reference(submission.code),
        note=wording.cell_note(cell),
    )
