"""What the page shows, as finished strings: a template prints these and computes nothing.

All text is clean (see `leaderboard.text`) and not yet escaped for HTML; the template's autoescape does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from polyreact.leaderboard import folds, scoring_history, trust, wording
from polyreact.leaderboard.audit import (
    AuditTableRow,
    OverlapTable,
    audit_headings,
    build_audit_rows,
    build_overlap_table,
)
from polyreact.leaderboard.board import Board, Cell, CellState, Entry, Overall, TrackBoard
from polyreact.leaderboard.scoring_history import ScoringVersionSection
from polyreact.leaderboard.site import charts, provenance
from polyreact.leaderboard.text import PROSE_LIMIT, Link, clean, find_link, format_value
from polyreact.metrics.catalog import METRICS_BY_KEY, TABLE_METRICS
from polyreact.metrics.interface import MetricValue
from polyreact.results.records import SubmissionRecord

_OVERVIEW_KEYS = ("accuracy", "roc_auc")
_TRACK_KEYS = tuple(metric.key for metric in TABLE_METRICS)
_BAR_NOTE = (
    "Each bar runs from chance (0.5, the upright line) to the AUROC, the thin line over its interval; left of "
    "the upright line is worse than chance."
)
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a score, its interval if it has one; `bar` is drawn beside an AUROC."""

    text: str
    is_available: bool
    bar: charts.Bar | None
    interval: str = ""


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """What an entry has on a track: figures, or the words of a state, spread over the same columns."""

    state: str
    words: str
    figures: tuple[Figure, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class Model:
    """How a submission is named in a row; `identity` is empty where the name says the same."""

    name: str
    identity: str
    is_baseline: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A link, or the words that stand where there is none."""

    link: Link | None
    words: str


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One entry over all tracks."""

    rank: str
    model: Model
    authors: str
    cells: tuple[ScoreCell, ...]
    paper: Reference
    code: Reference


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One entry on one track."""

    rank: str
    model: Model
    cell: ScoreCell
    note: str


@dataclass(frozen=True, slots=True)
class FoldRow:
    """One metric of one entry: the mean over the folds, pooled, then fold by fold."""

    model: Model
    metric: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class FoldSection:
    """A fold track's table of figures fold by fold."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[FoldRow, ...]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two entries compared on the same antibodies, in words."""

    first: str
    second: str
    auroc: str
    accuracy: str


@dataclass(frozen=True, slots=True)
class OverallRow:
    """An entry over all ranked tracks."""

    model: Model
    skill: str


@dataclass(frozen=True, slots=True)
class TrustSection:
    """The trust checks of one image on one track."""

    anchor: str
    model: Model
    note: str
    rows: tuple[trust.TrustRow, ...]


@dataclass(frozen=True, slots=True)
class TrackSection:
    """One track: what it asks, what it can resolve, and its table."""

    id: str
    anchor: str
    title: str
    is_ranked: bool
    columns: int
    standing: str
    question: str
    standing_note: str
    count_note: str
    fold_note: str
    note: tuple[str, ...]
    source: str
    rows: tuple[TrackRow, ...]
    best_note: str
    resolution_note: str
    pairs: tuple[PairRow, ...]
    pair_heading: str
    folds: FoldSection | None
    runs: tuple[provenance.RunRow, ...]
    audit_note: str
    audit_headings: tuple[str, ...]
    audit_columns: int
    audits: tuple[AuditTableRow, ...]


@dataclass(frozen=True, slots=True)
class MetricHeading:
    """A column of a track's table and its explanation."""

    short: str
    title: str
    formula: str
    direction: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page."""

    title: str
    introduction: str
    rank_heading: str
    columns: int
    notes: tuple[str, ...]
    rows: tuple[OverviewRow, ...]
    tracks: tuple[TrackSection, ...]
    overview: tuple[TrackSection, ...]
    overall_title: str
    overall_note: str
    overall: tuple[OverallRow, ...]
    audit_title: str
    trust_title: str
    trust_note: str
    trust_headings: tuple[str, ...]
    trust: tuple[TrustSection, ...]
    history_title: str
    history_note: str
    history_headings: tuple[str, ...]
    history: tuple[ScoringVersionSection, ...]
    overlap_title: str
    overlap_note: str
    overlaps: OverlapTable
    metrics: tuple[MetricHeading, ...]
    states: tuple[Term, ...]
    counts_note: str
    newest_run: str


def build_view(board: Board) -> PageView:
    """The page of a board."""
    lead = board.lead_track
    sections = {track_board.track.id: _section(track_board) for track_board in board.tracks}
    return PageView(
        title=wording.TITLE,
        introduction=wording.INTRODUCTION,
        rank_heading=f"Rank on {lead.id}" if lead else "Rank",
        columns=len(("rank", "model", "author", "paper", "code")) + len(_OVERVIEW_KEYS) * len(board.overview),
        notes=(wording.rank_note(board), wording.RANKS, wording.INTERVALS, wording.BASELINES, _BAR_NOTE),
        rows=tuple(_overview_row(board, entry) for entry in board.entries),
        tracks=tuple(sections.values()),
        overview=tuple(sections[track_board.track.id] for track_board in board.overview),
        overall_title=wording.OVERALL_TITLE,
        overall_note=wording.overall_note(board),
        overall=tuple(map(_overall_row, board.overall)),
        audit_title=wording.AUDIT_TITLE,
        trust_title=trust.TRUST_TITLE,
        trust_note=trust.TRUST,
        trust_headings=trust.HEADINGS,
        trust=_trust_sections(board),
        history_title=wording.HISTORY_TITLE,
        history_note=scoring_history.INTRODUCTION,
        history_headings=scoring_history.HEADINGS,
        history=scoring_history.build_scoring_history(board.scoring_history),
        overlap_title=wording.OVERLAP_TITLE,
        overlap_note=wording.OVERLAP,
        overlaps=build_overlap_table(board.overlaps),
        metrics=tuple(MetricHeading(m.short, m.title, m.formula, m.direction.value) for m in TABLE_METRICS),
        states=tuple(Term(state.value, meaning) for state, meaning in wording.STATES.items()),
        counts_note=wording.COUNTS,
        newest_run=provenance.newest_run(board),
    )


def _overview_row(board: Board, entry: Entry) -> OverviewRow:
    lead = board.lead_track
    submission = entry.submission
    return OverviewRow(
        rank=wording.rank_words(entry.cells[lead.id], lead) if lead else wording.NO_RANK,
        model=_model(submission),
        authors=wording.author_words(submission),
        cells=tuple(_score_cell(entry.cells[b.track.id], _OVERVIEW_KEYS) for b in board.overview),
        paper=_reference(submission.paper),
        code=_reference(submission.code),
    )


def _overall_row(overall: Overall) -> OverallRow:
    return OverallRow(_model(overall.entry.submission), wording.skill_words(overall).replace("-", _MINUS))


def _section(board: TrackBoard) -> TrackSection:
    track = board.track
    primary = METRICS_BY_KEY[track.primary_metric].short
    rows = ((entry, entry.cells[track.id]) for entry in board.entries)
    return TrackSection(
        id=track.id,
        anchor=f"track-{track.id}",
        title=clean(track.title),
        is_ranked=track.is_ranked,
        columns=len(("model", "note")) + len(_TRACK_KEYS) + track.is_ranked,
        standing=wording.STANDINGS[track.standing],
        question=clean(track.question, PROSE_LIMIT),
        standing_note=wording.standing_note(track, primary),
        count_note=wording.count_note(board),
        fold_note=wording.fold_note(track),
        note=wording.note_paragraphs(track),
        source=f"Track {track.id}, dataset {track.dataset}, revision {track.revision}",
        rows=tuple(
            TrackRow(
                rank=wording.rank_words(cell, track),
                model=_model(entry.submission),
                cell=_score_cell(cell, _TRACK_KEYS),
                note=wording.cell_note(cell),
            )
            for entry, cell in rows
        ),
        best_note=wording.best_note(board),
        resolution_note=wording.resolution_note(board),
        pairs=_pair_rows(board),
        pair_heading=wording.pair_heading(track),
        folds=_fold_section(board),
        runs=provenance.build_run_rows(board),
        audit_note=wording.AUDIT.format(metric=primary),
        audit_headings=audit_headings(primary),
        audit_columns=len(("set", "region", "note")) + len(audit_headings(primary)),
        audits=build_audit_rows(board),
    )


def _trust_sections(board: Board) -> tuple[TrustSection, ...]:
    models = {entry.submission.id: _model(entry.submission) for entry in board.entries}
    return tuple(
        TrustSection(
            anchor=f"trust-{number}",
            model=models.get(record.submission) or Model(clean(record.submission), "", is_baseline=False),
            note=trust.trust_note(record),
            rows=trust.build_trust_rows(record),
        )
        for number, record in enumerate(board.trust, start=1)
    )


def _pair_rows(board: TrackBoard) -> tuple[PairRow, ...]:
    names = wording.unique_names(board.entries)
    return tuple(
        PairRow(
            names[pair.first],
            names[pair.second],
            wording.pair_words(pair.auroc, names[pair.first], names[pair.second]),
            wording.pair_words(pair.accuracy, names[pair.first], names[pair.second]),
        )
        for pair in board.pairs
    )


def _fold_section(board: TrackBoard) -> FoldSection | None:
    table = folds.build_fold_table(board)
    if table is None:
        return None
    rows = (FoldRow(_model(row.entry.submission), row.metric.short, _fold_figures(row)) for row in table.rows)
    return FoldSection(wording.FOLD_CAPTION, wording.fold_headings(table), tuple(rows))


def _fold_figures(row: folds.FoldRow) -> tuple[Figure, ...]:
    """The mean with its interval, the others without."""
    mean, *others = map(_plain_figure, row.values)
    return (replace(mean, interval=wording.interval_words(row.mean_interval).replace("-", _MINUS)), *others)


def _plain_figure(metric: MetricValue) -> Figure:
    return Figure(format_value(metric).replace("-", _MINUS), metric.value is not None, None)


def _score_cell(cell: Cell, keys: Sequence[str]) -> ScoreCell:
    figures = tuple(_figure(cell, key) for key in keys) if cell.state is CellState.SCORE else ()
    return ScoreCell(cell.state.value, wording.state_words(cell), figures, len(keys))


def _figure(cell: Cell, key: str) -> Figure:
    metric = cell.metric(key)
    value = metric.value if metric else None
    interval = cell.interval(key)
    limits = (interval.low, interval.high) if interval else None
    bar = charts.build_bar(value, limits) if key == "roc_auc" and value is not None else None
    words = wording.interval_words(interval).replace("-", _MINUS)
    return Figure(format_value(metric).replace("-", _MINUS), value is not None, bar, words)


def _model(submission: SubmissionRecord) -> Model:
    identity = "" if submission.name == submission.id else submission.id
    return Model(clean(submission.name), identity, submission.is_baseline)


def _reference(url: str | None) -> Reference:
    link = find_link(url)
    words = wording.NO_LINK if url and link is None else wording.NO_RANK
    return Reference(link, words)
