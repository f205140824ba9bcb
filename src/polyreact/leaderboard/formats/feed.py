"""Entries of the board as an Atom feed (RFC 4287), the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, Cell, CellState, Entry
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_value
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.tracks.track import Track

#: A reader that comes every few weeks should miss nothing; one that never came needs no more.
MOST_ENTRIES = 50

_ATOM = "http://www.w3.org/2005/Atom"
#: Names of entries are made from this one and the submission, so that they are the same at any address.
_NAMESPACE = UUID("6f0a4b52-2c7e-4d35-9a43-7b1d0c9be5f1")
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One submission: what it is called, its page, when it was first and last run, and what came of it."""

    submission: str
    title: str
    page: str
    authors: tuple[str, ...]
    published: datetime
    updated: datetime
    summary: str


def build_feed(board: Board, page_of: Callable[[str], str]) -> tuple[FeedEntry, ...]:
    """The submissions that were run on the public tracks, the last to be run first; `page_of` has their pages."""
    found = [made for entry in board.entries if (made := _entry(board, entry, page_of)) is not None]
    return tuple(sorted(found, key=lambda entry: (-entry.updated.timestamp(), entry.submission))[:MOST_ENTRIES])


def render_feed(entries: tuple[FeedEntry, ...], path: str, address: str) -> bytes:
    """The feed that stands at `path` below the site's folder; without an address its links are relative."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    _add(feed, "title", f"{wording.TITLE}: entries")
    _add(feed, "id", _NAMESPACE.urn)
    _add(feed, "updated", _time(max((entry.updated for entry in entries), default=_NEVER)))
    _add_link(feed, "self", f"{address}{path}")
    _add_link(feed, "alternate", f"{address}index.html")
    for entry in entries:
        node = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _add(node, "title", entry.title)
        _add(node, "id", uuid5(_NAMESPACE, entry.submission).urn)
        _add(node, "published", _time(entry.published))
        _add(node, "updated", _time(entry.updated))
        for author in entry.authors:
            _add(ET.SubElement(node, f"{{{_ATOM}}}author"), "name", author)
        _add_link(node, "alternate", f"{address}{entry.page}")
        _add(node, "summary", entry.summary)
    ET.indent(feed)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _entry(board: Board, entry: Entry, page_of: Callable[[str], str]) -> FeedEntry | None:
    cells = [(b.track, entry.cells[b.track.id]) for b in board.tracks if not b.track.is_private]
    times = [cell.run.started_at for _, cell in cells if cell.run is not None]
    if not times:
        return None
    submission = entry.submission
    return FeedEntry(
        submission=submission.id,
        title=clean(submission.name),
        page=page_of(submission.id),
        authors=tuple(map(clean, submission.authors)),
        published=min(times),
        updated=max(times),
        summary=clean("; ".join(_words(cells)), 4 * PROSE_LIMIT),
    )


def _words(cells: list[tuple[Track, Cell]]) -> Iterator[str]:
    for track, cell in cells:
        if cell.state is CellState.SCORE:
            key = track.primary_metric
            metric = METRICS_BY_KEY[key].short
            limits = wording.interval_words(cell.interval(key))
            yield f"{track.id}: {metric} {format_value(cell.metric(key))} {limits}".rstrip()
        elif cell.state is CellState.FAILED:
            yield f"{track.id}: {wording.state_words(cell)}"


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{tag}").text = text


def _add_link(parent: ET.Element, relation: str, target: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"rel": relation, "href": target})


def _time(moment: datetime) -> str:
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return in_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
