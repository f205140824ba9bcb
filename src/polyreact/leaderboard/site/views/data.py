"""Everything on the site as data: where it is, how it is made, and how to show a table elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, TrackBoard
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.formats.documents import SCHEMAS
from polyreact.leaderboard.formats.json_ld import render_json_ld
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.files import name_documents, name_tables
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import clean
from polyreact.metrics.catalog import METRICS_BY_KEY

#: Rows of a table that is shown on somebody else's page.
EMBEDDED_ROWS = 10

_INTRODUCTION = (
    "Every figure of this site, for programs. The addresses below stay as they are while the version in them does; "
    "fields may be added to a document, and none is taken away or given another meaning."
)
_CSV_NOTE = (
    "A cell of text that a spreadsheet would take for a formula begins with an apostrophe. An empty cell is a "
    "value that there is not; the documents above say why."
)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file: where it is and what it holds; `schema` is empty where it has none."""

    path: str
    words: str
    schema: str


@dataclass(frozen=True, slots=True)
class DataView:
    """The whole page."""

    introduction: str
    documents: tuple[FileRow, ...]
    tables: tuple[FileRow, ...]
    csv_note: str
    feed: str
    snippet: str
    json_ld: str


@dataclass(frozen=True, slots=True)
class EmbeddedRow:
    """One entry of an embedded table."""

    rank: str
    model: parts.Model
    cell: parts.ScoreCell


@dataclass(frozen=True, slots=True)
class EmbeddedView:
    """One track's first entries, and where the others are."""

    title: str
    page: str
    is_ranked: bool
    metric: str
    caption: str
    rows: tuple[EmbeddedRow, ...]
    more: str


def build_pages(board: Board, edition: Edition) -> Iterator[Page]:
    """The page about the data, and the tables to embed."""
    yield _build_data_page(board, edition)
    for track_board in board.overview:
        yield _build_embedded(track_board)


def _build_data_page(board: Board, edition: Edition) -> Page:
    tables = name_tables(board)
    first = board.lead_track or next((b.track for b in board.overview), None)
    view = DataView(
        introduction=_INTRODUCTION,
        documents=tuple(_documents(board)),
        tables=tuple(FileRow(path, words, "") for path, words in tables.items()),
        csv_note=_CSV_NOTE,
        feed=addresses.FEED,
        snippet="" if first is None else _snippet(first.id, edition.address),
        json_ld=render_json_ld(board, edition.address, (addresses.DATA, f"{addresses.API}/results.csv")),
    )
    return Page(addresses.DATA_PAGE, "data.html", view, "Data", _INTRODUCTION, addresses.DATA_PAGE)


def _documents(board: Board) -> Iterator[FileRow]:
    api = addresses.API
    yield FileRow(addresses.DATA, "The whole board in one document", "")
    yield FileRow(f"{api}/index.json", "All documents and schemas", f"{api}/schemas/index.json")
    for name, path in name_documents(board).items():
        kind = name.partition(" ")[0]
        yield FileRow(f"{api}/{path}", _describe(name), f"{api}/schemas/{kind}.json" if kind in SCHEMAS else "")
    if board.entries:
        example = addresses.submission_data(board.entries[0].submission.id)
        words = "One submission; every other one likewise, by its name"
        yield FileRow(example, words, f"{api}/schemas/submission.json")


def _describe(name: str) -> str:
    words = {
        "tracks": "Every track: question, limits, numbers of antibodies, what it can resolve",
        "submissions": "Every submission as its newest manifest describes it",
        "metrics": "Every metric: formula, range, source",
        "queue": "What waits and what runs",
        "releases": "The board as of every release",
    }
    return words.get(name, f"The board of {name}")


def _snippet(track: str, address: str) -> str:
    source = f"{address or 'https://.../'}{addresses.embedded_table(track)}"
    title = f"{wording.TITLE}: {track}"
    return f'<iframe src="{source}" title="{title}" width="100%" height="480" loading="lazy"></iframe>'


def _build_embedded(board: TrackBoard) -> Page:
    track = board.track
    rows = tuple(
        EmbeddedRow(
            wording.rank_words(entry.cells[track.id], track),
            parts.build_model(entry.submission),
            parts.build_score_cell(entry.cells[track.id], (track.primary_metric,)),
        )
        for entry in board.entries[:EMBEDDED_ROWS]
    )
    left = len(board.entries) - len(rows)
    view = EmbeddedView(
        title=clean(track.title),
        page=addresses.track_page(track.id),
        is_ranked=track.is_ranked,
        metric=METRICS_BY_KEY[track.primary_metric].short,
        caption=wording.count_note(board),
        rows=rows,
        more=f"{left:,} more entries, and every figure, on the board" if left else "Every figure, on the board",
    )
    path = addresses.embedded_table(track.id)
    return Page(path, "embed.html", view, view.title, view.caption, addresses.OVERVIEW)
