"""Everything about one submission, in the order in which a reader who chooses a model asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from polyreact.leaderboard import trust, wording
from polyreact.leaderboard.board import Board, CellState, Entry, TrackBoard
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.exposure import MEANINGS, classify_exposure
from polyreact.leaderboard.openness import licence_words, visibility_words
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.site.views.citing import Badge, build_badge_pages, build_badges, cite
from polyreact.leaderboard.site.views.compare import compared_ids
from polyreact.leaderboard.site.views.parts import MetricHeading
from polyreact.leaderboard.site.views.submission_track import (
    TrackSection,
    TrustSection,
    build_sections,
    build_trust,
    count_ranked,
)
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.metrics.catalog import METRICS_BY_KEY, TABLE_METRICS, Metric
from polyreact.results.records import SubmissionRecord
from polyreact.results.trust_records import TrustRecord

DESCRIPTION_LIMIT = 2_000
_MODES = {
    "predict": "predicts only: it was trained before it was handed in",
    "fit-predict": "is fitted by the benchmark on each fold of a track with folds",
}
_EXPOSURES = tuple(parts.Term(exposure.value, meaning) for exposure, meaning in MEANINGS.items())
VERIFY_NOTE = (
    "In a checkout of the benchmark, whose folder results/ holds the records. Every number is made again from the "
    "stored predictions and must be the same bit for bit."
)
COMMAND_NOTE = "Any two submissions, also those without a page of their own:"


@dataclass(frozen=True, slots=True)
class NamedLink:
    """A link to an address of the manifest, or the words that stand for one that is none."""

    name: str
    reference: parts.Reference


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks of a model and the answer; `link` leads on where there is somewhere to go."""

    asked: str
    answer: str
    links: tuple[NamedLink, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """The submission on one track: figures, or the words of a state with its reason and code."""

    track: str
    title: str
    page: str
    standing: str
    has_section: bool
    rank: str
    primary: str
    cell: parts.ScoreCell
    reason: str
    code: str
    training: str


@dataclass(frozen=True, slots=True)
class Command:
    """What to type, and what it is for."""

    words: str
    command: str


@dataclass(frozen=True, slots=True)
class Rival:
    """Another submission and the page of both."""

    name: str
    page: str


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """The whole page."""

    id: str
    name: str
    is_baseline: bool
    authors: str
    description: str
    questions: tuple[Question, ...]
    metrics: tuple[MetricHeading, ...]
    exposures: tuple[parts.Term, ...]
    rows: tuple[SummaryRow, ...]
    sections: tuple[TrackSection, ...]
    other_trust: tuple[TrustSection, ...]
    trust_note: str
    trust_headings: tuple[str, ...]
    verify_note: str
    verify: tuple[Command, ...]
    rivals: tuple[Rival, ...]
    compare: Command
    bibtex: str
    badges: tuple[Badge, ...]
    has_docs: bool
    data: str


@dataclass(frozen=True, slots=True)
class _Whole:
    """What every page needs to know of the whole board, found once."""

    checks: Mapping[str, Mapping[str, TrustRecord]]
    ranked: Mapping[str, int]
    names: Mapping[str, str]
    compared: tuple[str, ...]
    metrics: tuple[Metric, ...]


def build_pages(board: Board, edition: Edition) -> Iterator[Page]:
    """The page and the badges of each submission on the board."""
    checks: dict[str, dict[str, TrustRecord]] = {}
    for record in board.trust:
        checks.setdefault(record.submission, {})[record.track] = record
    names = wording.unique_names(board.entries)
    whole = _Whole(checks, count_ranked(board), names, compared_ids(board), _order_metrics(board))
    for entry in board.entries:
        yield _build_page(board, entry, whole, edition)
        yield from build_badge_pages(board, entry)


def _build_page(board: Board, entry: Entry, whole: _Whole, edition: Edition) -> Page:
    submission = entry.submission
    checks = whole.checks.get(submission.id, {})
    sections = build_sections(board, entry, checks, whole.ranked)
    shown = {section.id for section in sections}
    view = SubmissionView(
        id=submission.id,
        name=clean(submission.name),
        is_baseline=submission.is_baseline,
        authors=wording.author_words(submission),
        description=clean(submission.description, DESCRIPTION_LIMIT),
        questions=_questions(submission),
        metrics=tuple(MetricHeading(m.short, m.title, m.formula, m.direction.value) for m in whole.metrics),
        exposures=_EXPOSURES,
        rows=tuple(_summary_row(entry, track_board, whole.metrics) for track_board in board.tracks),
        sections=sections,
        other_trust=tuple(build_trust(record) for track, record in checks.items() if track not in shown),
        trust_note=trust.TRUST,
        trust_headings=trust.HEADINGS,
        verify_note=VERIFY_NOTE,
        verify=_verification(board, entry),
        rivals=_rivals(submission.id, whole),
        compare=Command(COMMAND_NOTE, f"polyreact compare {submission.id} OTHER-SUBMISSION"),
        bibtex=cite(board, entry, edition),
        badges=build_badges(board, entry, edition),
        has_docs=edition.has_docs,
        data=addresses.submission_data(submission.id),
    )
    path = addresses.submission_page(submission.id)
    return Page(path, "submission.html", view, view.name, clean(view.description, PROSE_LIMIT), addresses.OVERVIEW)


def _order_metrics(board: Board) -> tuple[Metric, ...]:
    """The columns of the summary: what tracks rank by comes first."""
    primary = {track_board.track.primary_metric for track_board in board.tracks}
    return tuple(sorted(TABLE_METRICS, key=lambda metric: metric.key not in primary))


def _questions(submission: SubmissionRecord) -> tuple[Question, ...]:
    links = tuple(
        NamedLink(name, parts.build_reference(url))
        for name, url in (("Paper", submission.paper), ("Code", submission.code))
        if url
    )
    return (
        Question("May I use it?", licence_words(submission)),
        Question("Can I see how it works?", visibility_words(submission), links),
        Question("What was it made from?", f"As its authors declare: {wording.training_words(submission)}."),
        Question("What does it do?", _mode_words(submission)),
    )


def _mode_words(submission: SubmissionRecord) -> str:
    count = submission.parameters
    size = "" if count is None else f" It has {count:,} trained parameter{'' if count == 1 else 's'}."
    kind = (
        "a probability of polyreactivity" if submission.score_is_probability else "an order and not a probability"
    )
    mode = _MODES.get(submission.mode, clean(submission.mode))
    return f"It {mode}. Its score is declared to be {kind}.{size}"


def _summary_row(entry: Entry, board: TrackBoard, metrics: Sequence[Metric]) -> SummaryRow:
    track, cell = board.track, entry.cells[board.track.id]
    return SummaryRow(
        track=track.id,
        title=clean(track.title),
        page=addresses.track_page(track.id),
        standing=wording.STANDINGS[track.standing],
        has_section=cell.run is not None,
        rank=wording.rank_words(cell, track),
        primary=METRICS_BY_KEY[track.primary_metric].short,
        cell=parts.build_score_cell(cell, [metric.key for metric in metrics]),
        reason="" if cell.state is CellState.SCORE else clean(cell.reason, PROSE_LIMIT),
        code=clean(cell.code or "") if cell.state is CellState.FAILED else "",
        training=classify_exposure(entry, track).value,
    )


def _verification(board: Board, entry: Entry) -> tuple[Command, ...]:
    """The commands that make this page's figures again; none without a record in the public folder."""
    cells = [entry.cells[b.track.id] for b in board.tracks if not b.track.is_private]
    runs = [cell.run for cell in cells if cell.run is not None]
    if not runs:
        return ()
    name = entry.submission.id
    commands = [
        Command("Every figure, digest and comparison of this submission:", f"polyreact results verify {name}")
    ]
    keys = {cell.signature.public_key for cell in cells if cell.signature is not None}
    if len(keys) == 1 and all(cell.signature is not None for cell in cells if cell.run is not None):
        words = "And that each record was signed by this key, which is to be the one that the benchmark publishes:"
        commands.append(Command(words, f"polyreact results verify {name} --public-key {min(keys)}"))
    if all(run.image.digest for run in runs):
        words = "The image itself, run again on this machine into a folder of your own:"
        commands.append(Command(words, f"polyreact evaluate run submissions/{name}.yaml --results again"))
    return tuple(commands)


def _rivals(submission: str, whole: _Whole) -> tuple[Rival, ...]:
    if submission not in whole.compared:
        return ()
    return tuple(
        Rival(whole.names[other], addresses.comparison_page(submission, other))
        for other in whole.compared
        if other != submission
    )
