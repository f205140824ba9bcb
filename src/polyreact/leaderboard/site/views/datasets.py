"""The tracks, the sets that they ask about, and how alike test and training sets are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from polyreact.datasets.accounts import load_accounts
from polyreact.datasets.catalog import Dataset, Source, load_source, source_ids
from polyreact.datasets.croissant import find_obstacles, render_croissant
from polyreact.datasets.datasheet import MeasuredOverlap, render_page
from polyreact.datasets.overlap import Region, Summary
from polyreact.leaderboard import wording
from polyreact.leaderboard.audit import OverlapTable, build_overlap_table
from polyreact.leaderboard.board import Board, TrackBoard
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.results.overlap_records import OverlapRecord, SummaryRecord, compared_of
from polyreact.tracks.track import Track

_INTRODUCTION = (
    "A track is a question put to every submission; a dataset is the antibodies that it is asked about. Several "
    "tracks may ask about sets of one source, which hold the same antibodies under other rules."
)
_PUBLIC, _HIDDEN = "given out", "not shown to submissions"
_MINUTE = 60
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class TrackRow:
    """What one track asks, of what, and under which limits."""

    id: str
    page: str
    question: str
    standing: str
    specific: str
    polyreactive: str
    labels: str
    dataset: str
    dataset_page: str
    limits: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source of datasets."""

    title: str
    page: str
    summary: str
    datasets: str
    licence: str
    croissants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetsView:
    """The whole page."""

    introduction: str
    tracks: tuple[TrackRow, ...]
    sources: tuple[SourceRow, ...]
    overlap_title: str
    overlap_note: str
    overlaps: OverlapTable


@dataclass(frozen=True, slots=True)
class SourceView:
    """The datasheet of a source, in Markdown."""

    text: str
    tracks: tuple[TrackRow, ...]
    croissants: tuple[str, ...]


def build_pages(board: Board) -> Iterator[Page]:
    """The page of all tracks and datasets, and one for each source."""
    sources = [source for source in map(load_source, source_ids()) if not source.is_private]
    tracks = [(b.track.dataset, _track_row(b)) for b in board.tracks]
    view = DatasetsView(
        introduction=_INTRODUCTION,
        tracks=tuple(row for _, row in tracks),
        sources=tuple(map(_source_row, sources)),
        overlap_title=wording.OVERLAP_TITLE,
        overlap_note=wording.OVERLAP,
        overlaps=build_overlap_table(board.overlaps),
    )
    title = "Tracks and datasets"
    yield Page(addresses.DATASETS, "datasets.html", view, title, _INTRODUCTION, addresses.DATASETS)
    accounts, overlaps = load_accounts(), tuple(map(_measured, board.overlaps))
    for source in sources:
        names = {dataset.id for dataset in source.datasets}
        shown = SourceView(
            text=render_page(source, accounts, overlaps, is_kept=False),
            tracks=tuple(row for dataset, row in tracks if dataset in names),
            croissants=_croissants(source),
        )
        words = source.datasheet.summary if source.datasheet else source.title
        path = addresses.source_page(source.id)
        yield Page(path, "source.html", shown, source.title, clean(words, PROSE_LIMIT), addresses.DATASETS)


def collect_croissants() -> Iterator[tuple[str, bytes]]:
    """The Croissant description of every published set, by its path below the site's folder."""
    for source in map(load_source, source_ids()):
        for dataset in _described(source):
            yield addresses.croissant(dataset.key), render_croissant(dataset, source)


def _track_row(board: TrackBoard) -> TrackRow:
    track, limits = board.track, board.track.limits
    known = board.positives is not None and board.negatives is not None
    fold = " a fold" if track.has_folds else ""
    minutes = f"{limits.wall_time_s / _MINUTE:g} min"
    return TrackRow(
        id=track.id,
        page=addresses.track_page(track.id),
        question=clean(track.question, PROSE_LIMIT),
        standing=wording.STANDINGS[track.standing],
        specific=f"{board.negatives:,}" if known else wording.NO_RANK,
        polyreactive=f"{board.positives:,}" if known else wording.NO_RANK,
        labels=_PUBLIC if track.labels_are_public or track.has_folds else _HIDDEN,
        dataset=f"{track.dataset}, revision {track.revision}",
        dataset_page=find_dataset_page(track),
        limits=f"{minutes}{fold}, {limits.memory_bytes / _GIB:g} GiB, {limits.cpus:g} CPUs",
    )


def find_dataset_page(track: Track) -> str:
    """The page of the source of a track's set; empty where it is private or not in the catalogue of today."""
    if track.is_private:
        return ""
    for source in map(load_source, source_ids()):
        if track.dataset in {held.id for held in source.datasets}:
            return addresses.source_page(source.id)
    return ""


def _source_row(source: Source) -> SourceRow:
    sheet = source.datasheet
    return SourceRow(
        title=source.title,
        page=addresses.source_page(source.id),
        summary=clean(sheet.summary if sheet else source.title, PROSE_LIMIT),
        datasets=", ".join(dataset.reference for dataset in source.datasets),
        licence=", ".join(sheet.licence_ids if sheet else ()) or "none stated",
        croissants=_croissants(source),
    )


def _croissants(source: Source) -> tuple[str, ...]:
    return tuple(addresses.croissant(dataset.key) for dataset in _described(source))


def _described(source: Source) -> tuple[Dataset, ...]:
    if source.is_private:
        return ()
    return tuple(dataset for dataset in source.datasets if not find_obstacles(dataset, source))


def _measured(record: OverlapRecord) -> MeasuredOverlap:
    test, reference = (f"{side.id}@{side.revision}" for side in (record.test, record.reference))
    return MeasuredOverlap(test, reference, {region: _summary(record.summary(region)) for region in Region})


def _summary(record: SummaryRecord) -> Summary:
    neighbours = tuple(found.rows for found in record.neighbours)
    return Summary(compared_of(record), record.exact, record.minimum, record.median, record.maximum, neighbours)
