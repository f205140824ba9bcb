"""Everything of the site that is no page: documents and tables for programs, the feed, the map of the site."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.formats import csv, documents
from polyreact.leaderboard.formats.feed import build_feed, render_feed
from polyreact.leaderboard.formats.sitemap import render_robots, render_sitemap
from polyreact.leaderboard.pairs import LEADING
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.views.datasets import collect_croissants
from polyreact.results.trust_records import TrustRecord
from polyreact.submission.manifest import manifest_schema

#: A file by its path below the site's folder, and its content.
File = tuple[str, bytes]


def collect_files(board: Board, edition: Edition, pages: Iterable[str]) -> Iterator[File]:
    """Every such file; `pages` are the paths of the site's pages."""
    yield from _documents(board, edition)
    yield from _tables(board)
    yield from collect_croissants()
    feed = build_feed(board, addresses.submission_page)
    yield addresses.FEED, render_feed(feed, addresses.FEED, edition.address)
    if edition.address:
        yield addresses.SITEMAP, render_sitemap(edition.address, pages)
        yield addresses.ROBOTS, render_robots(edition.address)


def name_documents(board: Board) -> dict[str, str]:
    """The documents for programs that are one for the whole site, and what each is called; paths below `API`."""
    return {
        "tracks": "tracks.json",
        "submissions": "submissions.json",
        "metrics": "metrics.json",
        "queue": "queue.json",
        "releases": "releases.json",
    } | {f"track {b.track.id}": f"tracks/{b.track.id}.json" for b in board.tracks}


def name_tables(board: Board) -> dict[str, str]:
    """The tables as CSV by their paths below the site's folder, each with what it holds."""
    tables = {f"{addresses.API}/results.csv": "Every entry on every track, with all metrics and their intervals"}
    tables |= {addresses.track_table(b.track.id): f"The same, track {b.track.id} alone" for b in board.tracks}
    for track_board in board.tracks:
        if track_board.pairs:
            path = addresses.pairs_table(track_board.track.id)
            first = f", the first {LEADING}" if len(track_board.pairs.names) > LEADING else ""
            tables[path] = f"Entries compared with each other, track {track_board.track.id}{first}"
    if any(b.track.has_folds for b in board.tracks):
        tables[f"{addresses.API}/folds.csv"] = "Fold tracks: every metric of every fold, and its mean"
    if board.overall:
        tables[f"{addresses.API}/overall.csv"] = wording.OVERALL_TITLE
    if board.overlaps:
        tables[f"{addresses.API}/overlaps.csv"] = wording.OVERLAP_TITLE
    tables[f"{addresses.API}/scoring-history.csv"] = "Figures that a newer version of scoring changed"
    return tables


def _documents(board: Board, edition: Edition) -> Iterator[File]:
    api, render = addresses.API, documents.render_document
    yield f"{api}/tracks.json", render(documents.build_tracks(board))
    yield f"{api}/submissions.json", render(documents.build_submissions(board))
    yield f"{api}/metrics.json", render(documents.build_metrics())
    yield f"{api}/queue.json", render(documents.build_queue(edition))
    yield f"{api}/releases.json", render(documents.build_releases(edition))
    for track_board in board.tracks:
        yield addresses.track_data(track_board.track.id), render(documents.build_track(track_board))
    checks: dict[str, list[TrustRecord]] = {}
    for record in board.trust:
        checks.setdefault(record.submission, []).append(record)
    for entry in board.entries:
        trust = tuple(checks.get(entry.submission.id, ()))
        made = documents.build_submission(board, entry, trust)
        yield addresses.submission_data(entry.submission.id), render(made)
    for name, kind in documents.SCHEMAS.items():
        yield f"{api}/schemas/{name}.json", documents.render_schema(kind, f"{wording.TITLE}: {name}")
    yield addresses.MANIFEST_SCHEMA, (json.dumps(manifest_schema(), indent=2) + "\n").encode()
    schemas = {name: f"schemas/{name}.json" for name in (*documents.SCHEMAS, "manifest")}
    index = documents.IndexDocument(title=wording.TITLE, documents=name_documents(board), schemas=schemas)
    yield f"{api}/index.json", render(index)


def _tables(board: Board) -> Iterator[File]:
    api, named = addresses.API, name_tables(board)
    head, results = csv.render_results([]), [csv.render_results([track_board]) for track_board in board.tracks]
    yield f"{api}/results.csv", head + b"".join(table.removeprefix(head) for table in results)
    for track_board, table in zip(board.tracks, results, strict=True):
        yield addresses.track_table(track_board.track.id), table
        if track_board.pairs:
            yield addresses.pairs_table(track_board.track.id), csv.render_pairs(track_board.pairs.leading())
    whole = {
        f"{api}/folds.csv": csv.render_folds(board.tracks),
        f"{api}/overall.csv": csv.render_overall(board),
        f"{api}/overlaps.csv": csv.render_overlaps(board),
        f"{api}/scoring-history.csv": csv.render_scoring_history(board),
    }
    yield from ((path, content) for path, content in whole.items() if path in named)
