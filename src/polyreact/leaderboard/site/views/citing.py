"""How others refer to a score: a BibTeX entry, and for each ranked track a badge with Markdown that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.bibtex import render_bibtex
from polyreact.leaderboard.board import Board, CellState, Entry, TrackBoard
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.site import addresses, charts
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import clean
from polyreact.metrics.catalog import METRICS_BY_KEY

#: Stands in a snippet for the address of the site where that is not known.
ADDRESS = "https://ADDRESS-OF-THE-BOARD/"


@dataclass(frozen=True, slots=True)
class BadgeView:
    """What a badge says; nothing of it comes from a manifest."""

    words: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge of the submission: the track, the file, what it says, and Markdown that shows it and leads here."""

    track: str
    file: str
    words: str
    snippet: str


def cite(board: Board, entry: Entry, edition: Edition) -> str:
    """The entry for citing its scores; empty while it has none. The year is that of the newest run."""
    scored = [b for b in board.tracks if entry.cells[b.track.id].state is CellState.SCORE]
    runs = [run for b in scored if (run := entry.cells[b.track.id].run) is not None]
    if not runs:
        return ""
    newest = max(runs, key=lambda run: run.started_at)
    image = newest.image.digest or newest.image.image_id
    page = addresses.submission_page(entry.submission.id)
    fields = [
        ("title", f"{clean(entry.submission.name)}: scores on the {wording.TITLE}"),
        ("year", f"{newest.started_at:%Y}"),
        ("howpublished", wording.TITLE),
        (
            "note",
            f"Submission {entry.submission.id}, image {clean(image)}. "
            + " ".join(_score(b, entry) for b in scored),
        ),
    ]
    if edition.address:
        fields.append(("url", edition.address + page))
    return render_bibtex(f"polyreact:{entry.submission.id}", fields, entry.submission.authors)


def build_badges(board: Board, entry: Entry, edition: Edition) -> tuple[Badge, ...]:
    """A badge for each public ranked track on which the submission has a rank."""
    page = addresses.submission_page(entry.submission.id)
    address = edition.address or ADDRESS
    found = []
    for track_board in _badge_tracks(board, entry):
        file = addresses.badge(entry.submission.id, track_board.track.id)
        words = _badge_words(track_board, entry)
        snippet = f"[![{words}]({address}{file})]({address}{page})"
        found.append(Badge(track_board.track.id, file, words, snippet))
    return tuple(found)


def build_badge_pages(board: Board, entry: Entry) -> Iterator[Page]:
    """The files of its badges."""
    for track_board in _badge_tracks(board, entry):
        words = _badge_words(track_board, entry)
        path = addresses.badge(entry.submission.id, track_board.track.id)
        yield Page(path, "badge.svg", BadgeView(words), words, words, addresses.OVERVIEW)


def _badge_tracks(board: Board, entry: Entry) -> list[TrackBoard]:
    return [b for b in board.overview if b.track.is_ranked and entry.cells[b.track.id].rank is not None]


def _badge_words(board: TrackBoard, entry: Entry) -> str:
    cell = entry.cells[board.track.id]
    metric = METRICS_BY_KEY[board.track.primary_metric]
    value, interval = cell.metric(metric.key), cell.interval(metric.key)
    limits = (interval.low, interval.high) if interval else None
    shown = 0.0 if value is None or value.value is None else value.value
    return charts.badge_words(metric.short, shown, limits, board.track.id)


def _score(board: TrackBoard, entry: Entry) -> str:
    cell = entry.cells[board.track.id]
    metric = METRICS_BY_KEY[board.track.primary_metric]
    figure = parts.build_figure(cell, metric.key)
    version = cell.score.scoring_version if cell.score else 0
    interval = f" {figure.interval}" if figure.interval else ""
    return (
        f"Track {board.track.id} (dataset {board.track.dataset} r{board.track.revision}): "
        f"{metric.short} {figure.text}{interval}, scoring version {version}."
    )
