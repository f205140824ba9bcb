"""What several pages show: models, figures and the words of a state, as finished strings.

All text is clean (see `leaderboard.text`) and not yet escaped for HTML; the templates' autoescape does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Cell, CellState
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.text import Link, clean, find_link, format_value
from polyreact.metrics.catalog import TABLE_METRICS
from polyreact.results.records import SubmissionRecord

_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a score, and its interval if it has one."""

    text: str
    is_available: bool
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
    """How a row names a submission, and its page, if it has one; `identity` is empty where the name says it."""

    name: str
    identity: str
    is_baseline: bool
    page: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link, or the words that stand where there is none."""

    link: Link | None
    words: str


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


def build_model(submission: SubmissionRecord) -> Model:
    """How a row names a submission."""
    identity = "" if submission.name == submission.id else submission.id
    page = addresses.submission_page(submission.id)
    return Model(clean(submission.name), identity, submission.is_baseline, page)


def build_reference(url: str | None) -> Reference:
    """The link to a manifest's address, if one may be made of it."""
    link = find_link(url)
    return Reference(link, wording.NO_LINK if url and link is None else wording.NO_RANK)


def build_score_cell(cell: Cell, keys: Sequence[str]) -> ScoreCell:
    """The metrics `keys` of a cell, or why there are none."""
    figures = tuple(build_figure(cell, key) for key in keys) if cell.state is CellState.SCORE else ()
    return ScoreCell(cell.state.value, wording.state_words(cell), figures, len(keys))


def build_figure(cell: Cell, key: str) -> Figure:
    """A metric of a cell that has a score."""
    metric = cell.metric(key)
    words = with_minus(wording.interval_words(cell.interval(key)))
    return Figure(with_minus(format_value(metric)), metric is not None and metric.value is not None, words)


def build_metric_headings() -> tuple[MetricHeading, ...]:
    """The columns of a track's table."""
    return tuple(MetricHeading(m.short, m.title, m.formula, m.direction.value) for m in TABLE_METRICS)


def build_states() -> tuple[Term, ...]:
    """What a cell may say."""
    return tuple(Term(state.value, meaning) for state, meaning in wording.STATES.items())


def with_minus(text: str) -> str:
    """A number with the sign that has the width of a digit."""
    return text.replace("-", _MINUS)
