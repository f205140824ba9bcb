"""What changed on the board and when: versions of scoring, and the boards that were released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from polyreact.leaderboard import scoring_history, wording
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.scoring_history import ScoringVersionSection
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import clean, format_number
from polyreact.metrics.catalog import METRICS_BY_KEY
from polyreact.results.release_records import ReleasedEntry, ReleasedTrack, ReleaseRecord

_RELEASES_NOTE = (
    "A release is the board as it stood on a day, set down and never changed. A rank is of the entries of that "
    "day: with more entries it may widen though no figure changes."
)
_NO_RELEASES = "No release has been made yet."
_NOW = {"same": "as it was", "gone": "not on the board any more", "another": "other predictions were scored since"}


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One release in the list."""

    name: str
    page: str
    date: str
    entries: str
    scoring_versions: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The list of everything that changed."""

    releases_note: str
    releases: tuple[ReleaseRow, ...]
    title: str
    note: str
    headings: tuple[str, ...]
    versions: tuple[ScoringVersionSection, ...]


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    """One entry as it was; `page` is empty where it is not on the board any more."""

    rank: str
    name: str
    identity: str
    is_baseline: bool
    page: str
    value: str
    interval: str
    state: str
    now: str


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """One track as it was."""

    track: str
    title: str
    page: str
    is_ranked: bool
    metric: str
    source: str
    rows: tuple[ReleasedRow, ...]


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """The board as it was released."""

    note: str
    tables: tuple[ReleasedTable, ...]


def build_pages(board: Board, edition: Edition) -> Iterator[Page]:
    """The page of all changes, and one for each release."""
    view = HistoryView(
        _RELEASES_NOTE if edition.releases else _NO_RELEASES,
        tuple(map(_release_row, edition.releases)),
        wording.HISTORY_TITLE,
        scoring_history.INTRODUCTION,
        scoring_history.HEADINGS,
        scoring_history.build_scoring_history(board.scoring_history),
    )
    words = "What was scored again and which figures changed, and the board as of any release."
    yield Page(addresses.HISTORY, "history.html", view, "History", words, addresses.HISTORY)
    for release in edition.releases:
        yield _build_release_page(board, release)


def _release_row(release: ReleaseRecord) -> ReleaseRow:
    submissions = {entry.submission for track in release.tracks for entry in track.entries}
    versions = sorted({track.scoring_version for track in release.tracks if track.scoring_version is not None})
    return ReleaseRow(
        name=release.name,
        page=addresses.release_page(release.name),
        date=release.date.isoformat(),
        entries=f"{len(submissions):,}",
        scoring_versions=", ".join(map(str, versions)),
    )


def _build_release_page(board: Board, release: ReleaseRecord) -> Page:
    shown = {entry.submission.id for entry in board.entries}
    scored = {
        (entry.submission.id, str(track)): cell.score.predictions_sha256
        for entry in board.entries
        for track, cell in entry.cells.items()
        if cell.score is not None
    }
    tracks = {b.track.id for b in board.tracks}
    tables = tuple(
        ReleasedTable(
            track=track.track,
            title=clean(track.title),
            page=addresses.track_page(track.track) if track.track in tracks else "",
            is_ranked=track.is_ranked,
            metric=_short(track.primary_metric),
            source=_source(track),
            rows=tuple(_released_row(entry, track.track, shown, scored) for entry in track.entries),
        )
        for track in release.tracks
    )
    note = f"The board as it stood on {release.date.isoformat()}, made by polyreact {clean(release.polyreact)}."
    view = ReleaseView(note, tables)
    path = addresses.release_page(release.name)
    return Page(path, "release.html", view, f"Release {release.name}", note, addresses.HISTORY)


def _released_row(
    entry: ReleasedEntry, track: str, shown: set[str], scored: Mapping[tuple[str, str], str]
) -> ReleasedRow:
    name = clean(entry.name)
    if entry.submission not in shown:
        now = _NOW["gone"]
    elif scored.get((entry.submission, track)) == entry.predictions_sha256:
        now = _NOW["same"]
    else:
        now = _NOW["another"]
    state = f"{entry.state} ({clean(entry.code)})" if entry.code else entry.state
    return ReleasedRow(
        rank=_rank(entry),
        name=name,
        identity="" if name == entry.submission else clean(entry.submission),
        is_baseline=entry.is_baseline,
        page=addresses.submission_page(entry.submission) if entry.submission in shown else "",
        value="" if entry.value is None else parts.with_minus(format_number(entry.value)),
        interval=parts.with_minus(wording.interval_words(entry.interval)),
        state=clean(state),
        now=now,
    )


def _rank(entry: ReleasedEntry) -> str:
    if entry.rank is None:
        return wording.NO_RANK
    lowest, highest = entry.rank.lowest, entry.rank.highest
    return str(lowest) if lowest == highest else f"{lowest}\u2013{highest}"


def _source(track: ReleasedTrack) -> str:
    source = f"Track {clean(track.track)}, dataset {clean(track.dataset)}, revision {track.revision}"
    if track.positives is None or track.negatives is None:
        return source
    total = track.positives + track.negatives
    return f"{source}; {total:,} antibodies, {track.positives:,} of them polyreactive"


def _short(key: str) -> str:
    metric = METRICS_BY_KEY.get(key)
    return clean(key) if metric is None else metric.short
