"""The whole site written to a folder: what has changed, and nothing else."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import CannotWrite
from polyreact.files import Sha256, open_regular, sha256_bytes, write_atomically
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.files import collect_files
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.render import digest_page, read_assets, render_page
from polyreact.leaderboard.site.views import (
    compare,
    data,
    datasets,
    history,
    methods,
    overview,
    status,
    submission,
    submit,
    track,
)

#: What each page was made from and became, so that the next build knows what is still right.
BUILD_FILE = ".build.json"
_NOTHING_BESIDE = Edition()
#: A path that a build keeps account of: no hidden file, nothing above the folder, and nothing that others write.
_WRITTEN = re.compile(r"(?!docs/|assets/|leaderboard\.json$)[a-z0-9][A-Za-z0-9._-]*(/[a-z0-9][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """Where the site begins, and how many of its pages were written, left as they were, and removed."""

    start: Path
    written: int
    unchanged: int
    removed: int

    def describe(self) -> str:
        """The counts in words."""
        return f"{self.written:,} written, {self.unchanged:,} unchanged, {self.removed:,} removed"


def collect_pages(board: Board, edition: Edition = _NOTHING_BESIDE) -> Iterator[Page]:
    """Every page of the site of a board."""
    yield overview.build_page(board)
    for track_board in board.tracks:
        yield track.build_page(board, track_board)
    yield from submission.build_pages(board, edition)
    yield from compare.build_pages(board)
    yield from datasets.build_pages(board)
    yield submit.build_page(board)
    yield methods.build_page()
    yield from history.build_pages(board, edition)
    yield status.build_page(board, edition)
    yield from data.build_pages(board, edition)


def build_site(board: Board, folder: Path, edition: Edition = _NOTHING_BESIDE) -> BuiltSite:
    """Write the site to `folder`, each file whole or not at all; pages of an earlier build that are none now go.

    A page is rendered only where what it shows, or a template, is other than in the build that the folder holds, or
    where its file was changed since, be it by a power cut: files are not synced one by one. Pages refer to
    `leaderboard.json` beside them, which the caller writes. Raises CannotWrite, also where a folder
    in it is a link.
    """
    _validate_folders(folder)
    kept = _read_build(folder / BUILD_FILE)
    made: dict[str, list[Sha256]] = {}
    written = 0
    for path, content in read_assets().items():
        if _digest_file(folder / path) != sha256_bytes(content):
            write_atomically(folder / path, content, sync=False)
    for page in collect_pages(board, edition):
        source, file = digest_page(page, has_docs=edition.has_docs), folder / page.path
        if kept.get(page.path) == (source, _digest_file(file)):
            made[page.path] = list(kept[page.path])
            continue
        content = render_page(page, has_docs=edition.has_docs)
        write_atomically(file, content, sync=False)
        made[page.path] = [source, sha256_bytes(content)]
        written += 1
    pages = len(made)
    for path, content in collect_files(board, edition, [path for path in made if path.endswith(".html")]):
        digest = sha256_bytes(content)
        if _digest_file(folder / path) != digest:
            write_atomically(folder / path, content, sync=False)
        made[path] = [digest, digest]
    removed = sorted(set(kept) - set(made))
    for path in removed:
        with contextlib.suppress(OSError):  # gone already, or somebody's folder now
            (folder / path).unlink()
        with contextlib.suppress(OSError):  # not the last one of its folder
            (folder / path).parent.rmdir()
    write_atomically(folder / BUILD_FILE, (json.dumps(made, indent=0, sort_keys=True) + "\n").encode())
    return BuiltSite(folder / addresses.OVERVIEW, written, pages - written, len(removed))


def _read_build(path: Path) -> dict[str, tuple[Sha256, Sha256]]:
    """What an earlier build wrote; nothing where that cannot be known, so that all is written again."""
    try:
        with open_regular(path) as file:
            kept = json.load(file)
        pairs = {name: (Sha256(source), Sha256(content)) for name, (source, content) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: pair for name, pair in pairs.items() if _WRITTEN.fullmatch(name)}


def _validate_folders(folder: Path) -> None:
    """Refuse to write through a link that stands in the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and path.is_dir():
            raise CannotWrite(
                f"{path} is a link to another folder",
                consequence="No page was written: what a build writes and removes stays in its folder.",
                cure="Take the link away, or build into an empty folder: --site FOLDER",
            )


def _digest_file(path: Path) -> Sha256 | None:
    """None also for a link, which the file then takes the place of."""
    if path.is_symlink():
        return None
    try:
        with open_regular(path) as file:
            return sha256_bytes(file.read())
    except OSError:
        return None
