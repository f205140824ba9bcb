"""`polyreact leaderboard`: build and release, and the command publish from a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from polyreact import __version__
from polyreact.cli.leaderboard_publish import publish
from polyreact.cli.surroundings import Terminal, load_private_folder, load_settings, results_option
from polyreact.datasets.catalog import is_private_name
from polyreact.errors import UnreadableArgument, WrongCommandLine
from polyreact.evaluation.plan import JobState, find_exclusion
from polyreact.evaluation.submissions import read_candidates
from polyreact.files import write_atomically
from polyreact.leaderboard.board import Board, CellState
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import render_markdown
from polyreact.leaderboard.release import build_release
from polyreact.leaderboard.site.addresses import DATA, DOCS
from polyreact.leaderboard.site.build import BuiltSite, build_site
from polyreact.leaderboard.table import Place, build_board
from polyreact.leaderboard.text import NAME_LIMIT, URL_LIMIT, find_link
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.curve_store import CurveStore
from polyreact.results.describe import describe_submission
from polyreact.results.ledger import validate_count
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.package_records import PackagesDocument
from polyreact.results.published import publish_record
from polyreact.results.queue_store import QueueStore
from polyreact.results.records import Record, SubmissionRecord
from polyreact.results.release_store import ReleaseStore
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.results.trust_store import TrustStore
from polyreact.submission.contract import Mode
from polyreact.tracks.catalog import load_public_tracks, load_tracks
from polyreact.tracks.track import Track

_folder = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True)
class Published:
    """Where the board was written."""

    markdown: Path
    json: Path
    site: BuiltSite


@click.group("leaderboard")
def command() -> None:
    """Build the leaderboard from the records, and prepare it for publishing."""


command.add_command(publish)


def _check_address(_context: click.Context, _parameter: click.Parameter, address: str) -> str:
    """The address with a slash at its end."""
    if address and find_link(address) is None:
        raise WrongCommandLine(
            f"--address {address[:URL_LIMIT]} is not an https address",
            consequence="Nothing was written.",
            cure="Give the address at which the site will be found: --address https://lab.example/benchmark/",
        )
    return address if not address or address.endswith("/") else f"{address}/"


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
    "--site", type=_folder, default=Path("build/site"), show_default=True, help="Where the pages and the data go."
)
@click.option(
    "--private",
    "with_private",
    is_flag=True,
    help="Show the private tracks as well: scores to two decimals, each with the number of earlier scored runs.",
)
@click.option(
    "--address",
    metavar="URL",
    default="",
    envvar="POLYREACT_ADDRESS",
    show_envvar=True,
    callback=_check_address,
    help="Where the site will stand, https://...; without it there is no sitemap, and the feed has relative links.",
)
def build(
    results: Path, submissions: Path, markdown: Path, site: Path, address: str, *, with_private: bool
) -> None:
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
    published = publish_board(results, manifests, markdown, site, private, address)
    terminal = Terminal()
    for path in (published.markdown, published.json, published.site.start):
        terminal.say(f"written: {path}")
    terminal.say(f"pages:   {published.site.describe()}")


@command.command()
@click.argument("name")
@results_option
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that it is said to be of.  [default: today, in UTC]",
)
def release(name: str, results: Path, day: datetime | None) -> None:
    """Set the board down as it stands, for the site's history.

    Writes results/releases/NAME.json, which the site shows from then on beside the board of the day. NAME is made
    of lower-case letters, digits, dots and hyphens: 2026.11. A release is never written over. Private tracks are
    left out.
    """
    board = read_board(results, [], None)
    try:
        made = build_release(board, name, (day or datetime.now(UTC)).date(), __version__)
    except ValueError as error:
        raise WrongCommandLine(
            f"`{name[:NAME_LIMIT]}` cannot be the name of a release",
            consequence="Nothing was written.",
            cure="Use at most 40 lower-case letters, digits, dots and hyphens: 2026.11",
        ) from error
    if not board.entries:
        raise UnreadableArgument(
            f"there is no record in {results} to make a release of",
            consequence="Nothing was written.",
            cure="Evaluate something first: polyreact evaluate run zoo/random --base local",
        )
    store = ResultsStore(results)
    with store.lock():
        path = ReleaseStore.of(store).write(made)
    Terminal().say(f"written: {path}")


def publish_board(
    results: Path,
    manifests: Sequence[Path],
    markdown: Path,
    site: Path,
    private: Path | None = None,
    address: str = "",
) -> Published:
    """Build the board once and write its three forms; with the private tracks of the folder `private`, if given.

    `address` is where the site will stand, with a slash at the end, and empty where that is not known.
    """
    board = read_board(results, manifests, private)
    edition = read_edition(results, address, has_docs=(site / DOCS).is_file())
    write_atomically(site / DATA, render_json(board).encode())
    built = build_site(board, site, edition)
    write_atomically(markdown, render_markdown(board).encode())
    return Published(markdown, site / DATA, built)


def write_markdown(results: Path, manifests: Sequence[Path], markdown: Path) -> None:
    """Bring LEADERBOARD.md alone up to date: the one form of the board that is kept beside the records."""
    write_atomically(markdown, render_markdown(read_board(results, manifests, None)).encode())


def read_edition(results: Path, address: str = "", *, has_docs: bool = False) -> Edition:
    """What the site shows beside the board, of public tracks alone. Raises BadRecord and RecordTooNew."""
    store = ResultsStore(results)
    queue, releases = QueueStore.of(store).find(), ReleaseStore.of(store).read_all()
    if queue is not None:  # a private track's name is in none of these, unless somebody put it there by hand
        jobs = tuple(job for job in queue.jobs if not is_private_name(job.track))
        queue = queue.model_copy(update={"jobs": jobs})
    shown = tuple(
        release.model_copy(update={"tracks": tuple(t for t in release.tracks if not is_private_name(t.track))})
        for release in releases
    )
    return Edition(address, queue, shown, has_docs=has_docs)


def read_board(results: Path, manifests: Sequence[Path], private: Path | None) -> Board:
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
    curves = CurveStore.of(store).read_all()
    packages = _read_packages(store, records)
    return build_board(
        records, tracks, pending, exclusions, overlaps, comparisons, history, trust, curves, packages
    )


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


def _read_packages(store: ResultsStore, records: Sequence[Record]) -> dict[str, PackagesDocument]:
    """The lists of packages that the records of public tracks name, each read once, by their digests."""
    found: dict[str, PackagesDocument] = {}
    for record in records:
        named = record.run.image.packages
        if named is None or named.sha256 in found or is_private_name(record.track):
            continue
        packages = store.read_packages(record)
        if packages is not None:
            found[named.sha256] = packages
    return found


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
