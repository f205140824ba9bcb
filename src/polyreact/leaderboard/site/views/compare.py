"""Which two submissions have a page of both, the index of these pages, and the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, CellState, Entry
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import comparison, parts
from polyreact.results.comparison_records import PairRecord
from polyreact.statistics.comparison import SIGNIFICANCE
from polyreact.tracks.track import Track

#: So many entries from the top of the overview have pages with each other and with the baselines: a page for every
#: two of a thousand entries would be half a million pages.
MOST = 24

INDEX_NOTE = (
    "Any two of the first {most} entries of the overview and of all baselines have a page of their own: what "
    "differs, by how much, with intervals, on every track that both answered, both ROC curves, and what sets the "
    "models apart."
)
COMMAND_NOTE = "For any other two, in a checkout of the benchmark:"
COMMAND = "polyreact compare FIRST SECOND --track TRACK"

#: Pairs by their two ids in alphabetical order, then by track.
_Pairs = Mapping[tuple[str, str], Mapping[str, PairRecord]]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How the row's entry stands to the column's on the leading track; `page` is empty on the diagonal."""

    page: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One entry against all others."""

    number: int
    model: parts.Model
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True)
class IndexView:
    """The page that leads to all pairs."""

    note: str
    caption: str
    signs: tuple[parts.Term, ...]
    rows: tuple[MatrixRow, ...]
    command_note: str
    command: str


_BETTER = MatrixCell("", "\u25b2", "better")
_WORSE = MatrixCell("", "\u25bc", "worse")
_ALIKE = MatrixCell("", "\u2248", "not told apart")
_UNKNOWN = MatrixCell("", "\u2013", "not both scored")
_SAME = MatrixCell("", "", "the same")


def compared_ids(board: Board) -> tuple[str, ...]:
    """The submissions of which every two have a page, in the order of the overview."""
    scored = [entry for entry in board.entries if _has_score(board, entry)]
    first = {entry.submission.id for entry in scored[:MOST]}
    return tuple(
        entry.submission.id for entry in scored if entry.submission.id in first or entry.submission.is_baseline
    )


def build_pages(board: Board) -> Iterator[Page]:
    """The index, then the page of every two."""
    ids = compared_ids(board)
    names = wording.unique_names(board.entries)
    entries = {entry.submission.id: entry for entry in board.entries}
    pairs = _find_pairs(board, ids)
    yield _index_page(board, [entries[name] for name in ids], pairs)
    for first, second in combinations(sorted(ids), 2):
        yield comparison.build_page(board, (entries[first], entries[second]), names, pairs[first, second])


def _has_score(board: Board, entry: Entry) -> bool:
    return any(entry.cells[b.track.id].state is CellState.SCORE for b in board.overview)


def _find_pairs(board: Board, ids: Sequence[str]) -> _Pairs:
    found: dict[tuple[str, str], dict[str, PairRecord]] = {both: {} for both in combinations(sorted(ids), 2)}
    for track_board in board.overview:
        for both, by_track in found.items():
            pair = track_board.pairs.find(*both)
            if pair is not None:
                by_track[track_board.track.id] = pair
    return found


def _index_page(board: Board, entries: Sequence[Entry], pairs: _Pairs) -> Page:
    track = board.lead_track or next((b.track for b in board.overview), None)
    rows = tuple(
        MatrixRow(
            number,
            parts.build_model(entry.submission),
            tuple(_matrix_cell(track, entry, other, pairs) for other in entries),
        )
        for number, entry in enumerate(entries, start=1)
    )
    view = IndexView(
        note=INDEX_NOTE.format(most=MOST),
        caption=f"The row against the column on {track.id if track else 'no track'}, each pair taken alone; every "
        "sign leads to the page of both",
        signs=tuple(parts.Term(cell.sign, cell.words) for cell in (_BETTER, _WORSE, _ALIKE, _UNKNOWN)),
        rows=rows,
        command_note=COMMAND_NOTE,
        command=COMMAND,
    )
    return Page(addresses.COMPARE, "compare.html", view, "Compare two submissions", view.note, addresses.COMPARE)


def _matrix_cell(track: Track | None, row: Entry, column: Entry, pairs: _Pairs) -> MatrixCell:
    one, other = row.submission.id, column.submission.id
    if one == other:
        return _SAME
    pair = pairs[min(one, other), max(one, other)].get(track.id) if track else None
    if track is None or pair is None:
        found = _UNKNOWN
    else:
        kept = pair.accuracy if track.primary_metric == "accuracy" else pair.auroc
        is_better = (kept.difference > 0) == (one < other)
        found = _ALIKE if kept.p_value > SIGNIFICANCE else _BETTER if is_better else _WORSE
    return MatrixCell(addresses.comparison_page(one, other), found.sign, found.words)
