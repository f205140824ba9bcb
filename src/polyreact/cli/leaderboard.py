"""`polyreact leaderboard`: build."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, load_private_folder, load_settings
from polyreact.datasets.catalog import is_private_name
from polyreact.errors import UnreadableArgument
from polyreact.evaluation.plan import JobState, find_exclusion
from polyreact.evaluation.submissions import read_candidates
from polyreact.files import write_atomically
from polyreact.leaderboard.board import Board, CellState
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import render_markdown
from polyreact.leaderboard.site.page import PAGE, build_site
from polyreact.leaderboard.table import Place, build_board
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.describe import describe_submission
from polyreact.results.ledger import validate_count
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.published import publish_record
from polyreact.results.records import Record, SubmissionRecord
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.results.trust_store import TrustStore
from polyreact.submission.contract import Mode
from polyreact.tracks.catalog import load_public_tracks, load_tracks
from polyreact.tracks.track import Track

JSON_FILE = "leaderboard.json"
_folder = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True)
class Published:
    """Where the board was written."""

    markdown: Path
    json: Path
    page: Path


@click.group("leaderboard")
def command() -> None:
    """Build the leaderboard from the records."""


@command.command()
@click.option("--results", type=_folder, default=Path("results"), show_default=True, help="The records.")
@click.option(
    "--submissions", type=_folder, default=Path("submissions"), show_default=True, help="Manifests to show as well."
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("LEADERBOARD.md"),
    show_default=True,
    help="Where the board as Markdown goes.",
)
@click.option(
    "--site", type=_folder, default=Path("build/site"), show_default=True, help="Where the page and the data go."
)
@click.option(
    "--private",
    "with_private",
    is_flag=True,
    help="Show the private tracks as well: scores to two decimals, each with the number of earlier scored runs.",
)
def build(results: Path, submissions: Path, markdown: Path, site: Path, *, with_private: bool) -> None:
    """Write LEADERBOARD.md, the static site, and leaderboard.json inside the site.

    The same records give the same bytes. Manifests without a record show as missing. Private tracks, and records
    of theirs, are left out unless --private is given.
    """
    private = load_private_folder(load_settings()) if with_private else None
    manifests = sorted(submissions.glob("*.yaml")) if submissions.is_dir() else []
    if not results.is_dir() and not manifests and private is None:
        raise UnreadableArgument(
            f"there is no folder {results} and no manifest in {submissions}",
            consequence="Nothing was written.",
            cure="Evaluate something first: polyreact evaluate run zoo/random --base local",
        )
    published = publish_board(results, manifests, markdown, site, private)
    terminal = Terminal()
    for path in (published.markdown, published.json, published.page):
        terminal.say(f"written: {path}")


def publish_board(
    results: Path, manifests: Sequence[Path], markdown: Path, site: Path, private: Path | None = None
) -> Published:
    """Build the board once and write its three forms; with the private tracks of the folder `private`, if given."""
    board = _build_board(results, manifests, private)
    build_site(board, site)
    write_atomically(site / JSON_FILE, render_json(board).encode())
    write_atomically(markdown, render_markdown(board).encode())
    return Published(markdown, site / JSON_FILE, site / PAGE)


def _build_board(results: Path, manifests: Sequence[Path], private: Path | None) -> Board:
    """Records and manifests put together: a manifest says who and what, a record of its image what it scored."""
    tracks = load_public_tracks() if private is None else load_tracks()
    candidates = read_candidates(manifests)
    listed = {c.manifest.name: describe_submission(c.manifest, c.manifest_sha256) for c in candidates}
    wanted = {c.manifest.name: c.manifest.image_reference.digest for c in candidates}
    records = []
    for record in _read_records(results, private):
        name = record.submission.id
        if wanted.get(name) in {None, _digest_that_ran(record)}:
            records.append(record.model_copy(update={"submission": listed.get(name, record.submission)}))
    recorded = {(record.submission.id, record.track) for record in records}
    pending = [
        (submission, track.id)
        for submission in listed.values()
        for track in tracks
        if (submission.id, track.id) not in recorded
    ]
    known = {record.submission.id: record.submission for record in records} | listed
    exclusions = _exclusions(known.values(), tracks)
    store = ResultsStore(results)
    comparisons = ComparisonStore.of(store).read_all()
    if private is not None:
        comparisons += ComparisonStore.of(open_private_store(private)).read_all()
    overlaps = OverlapStore.of(store).read_current()
    history = ScoringHistory.of(store).read_all()
    trust = TrustStore.of(store).read_current(records)
    return build_board(records, tracks, pending, exclusions, overlaps, comparisons, history, trust)


def _read_records(results: Path, private: Path | None) -> list[Record]:
    """Every record that the board may show, of private tracks only the part that may be published."""
    stores = [ResultsStore(results)] if private is None else [ResultsStore(results), open_private_store(private)]
    records = []
    for store in stores:
        for record in store.read_all():
            if is_private_name(record.track) != store.is_private:
                continue  # put there by hand: no record of a private track is shown from the public folder
            if record.run.predictions is not None:
                store.read_predictions(record)  # raises where they are not the ones that were scored
            if private is not None and store.is_private:
                validate_count(private, record)  # raises where it says another number of runs than the ledger
                record = publish_record(record)  # noqa: PLW2901
            records.append(record)
    return records


def _digest_that_ran(record: Record) -> str:
    return record.run.image.reference.rpartition("@")[2]


def _exclusions(submissions: Iterable[SubmissionRecord], tracks: Sequence[Track]) -> dict[Place, CellState]:
    declared: dict[Place, CellState] = {}
    for submission in submissions:
        for track in tracks:
            exclusion = find_exclusion(submission.training_data, Mode(submission.mode), track)
            if exclusion is not None:
                declared[submission.id, track.id] = _cell_state(exclusion)
    return declared


def _cell_state(exclusion: JobState) -> CellState:
    return CellState.TRAINED_ON if exclusion is JobState.TRAINED_ON else CellState.NOT_APPLICABLE
