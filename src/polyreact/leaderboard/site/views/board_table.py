"""What the tables of the board share: columns, the cells of a metric, and what rows are found and filtered by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from polyreact.leaderboard import exposure, licences, wording
from polyreact.leaderboard.board import Cell, CellState, Entry
from polyreact.leaderboard.site import row_bar
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import clean, find_link
from polyreact.metrics.catalog import Direction, Metric
from polyreact.tracks.track import Track

#: As much of a description is searched as a thousand rows can carry.
_ABOUT_LIMIT = 120
_CHANCE = {"roc_auc": 0.5}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, its name in the address, and how it is sorted: `rank`, `number`, `text` or not at all.

    `first` is the order of the first press: `ascending` or `descending`. `axis` says where the pictures in it begin
    and end.
    """

    key: str
    label: str
    sort: str = ""
    first: str = "ascending"
    title: str = ""
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that rows may have, and its words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Facet:
    """Something rows are filtered by; they carry its value as `data-<key>`."""

    key: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Controls:
    """What is above a table for whoever has scripts. `track` is the one that `polyreact compare` is told to use.

    `compared` are the ids of the submissions of which every two have a page that compares them.
    """

    facets: tuple[Facet, ...]
    columns: tuple[Column, ...]
    track: str
    compared: str


@dataclass(frozen=True, slots=True)
class RowKeys:
    """What a row is found and filtered by, as the values of its data attributes."""

    id: str
    kind: str
    training: str
    use: str
    code: str
    mode: str
    about: str


@dataclass(frozen=True, slots=True)
class MetricCell:
    """A value with its interval and picture; or the words of a state, and then no figures."""

    state: str
    words: str
    value: str
    interval: str
    bar: row_bar.RowBar | None


def build_keys(entry: Entry, track: Track | None) -> RowKeys:
    """The keys of an entry's row; its training data is held against `track`."""
    submission = entry.submission
    return RowKeys(
        id=submission.id,
        kind="baseline" if submission.is_baseline else "submission",
        training=_slug(exposure.classify_exposure(entry, track)) if track else "",
        use=_slug(licences.classify_licence(submission.license)),
        code="open" if find_link(submission.code) else "closed",
        mode=submission.mode,
        about=clean(submission.description, _ABOUT_LIMIT),
    )


def build_facets(track: Track | None, training_label: str = "Training data") -> tuple[Facet, ...]:
    """What the rows of both kinds of table are filtered by; training data only where it is held against a track."""
    kinds = (Choice("submission", "submissions only"), Choice("baseline", "baselines only"))
    training = Facet("training", training_label, _choices(exposure.Exposure))
    return (
        Facet("kind", "Entries", kinds),
        *([training] if track else []),
        Facet("use", "Licence", _choices(licences.Licence)),
        Facet("code", "Code", (Choice("open", "linked"), Choice("closed", "not linked"))),
        Facet("mode", "Mode", (Choice("predict", "predict"), Choice("fit-predict", "fit-predict"))),
    )


def build_state_facet() -> Facet:
    """The states of a cell, of which a track's row has one."""
    return Facet("state", "State", tuple(Choice(state.value, state.value) for state in CellState))


def build_axis(track: Track, metric: Metric, entries: Iterable[Entry]) -> row_bar.Axis:
    """The axis of a metric on a track: room for every interval, a line at chance and at each baseline."""
    values: list[float] = []
    references = [row_bar.Reference(_CHANCE[metric.key], "chance")] if metric.key in _CHANCE else []
    for entry in entries:
        cell = entry.cells[track.id]
        kept, interval = cell.metric(metric.key), cell.interval(metric.key)
        if kept is None or kept.value is None:
            continue
        values += (kept.value, interval.low) if interval else (kept.value,)
        if entry.submission.is_baseline:
            references.append(row_bar.Reference(kept.value, "baseline"))
    return row_bar.build_axis(values, metric.highest or 1.0, references)


def build_metric_cell(cell: Cell, metric: Metric, axis: row_bar.Axis | None = None) -> MetricCell:
    """A metric of a cell, with a picture where there is an axis."""
    if cell.state is not CellState.SCORE:
        return MetricCell(cell.state.value, wording.state_words(cell), "", "", None)
    figure = parts.build_figure(cell, metric.key)
    value, interval = cell.metric(metric.key), cell.interval(metric.key)
    bar = None
    if axis is not None and value is not None and value.value is not None:
        limits = (interval.low, interval.high) if interval else None
        bar = row_bar.build_row_bar(axis, value.value, limits)
    return MetricCell("score", "", figure.text, figure.interval, bar)


def rank_words(cell: Cell, track: Track) -> str:
    """The places an entry may hold, with the dash of a range."""
    return wording.rank_words(cell, track).replace("-", "\u2013")


def metric_column(metric: Metric, *, axis: row_bar.Axis | None = None) -> Column:
    """The column of a metric, better values first."""
    first = "descending" if metric.direction is Direction.HIGHER else "ascending"
    return Column(metric.key, metric.short, "number", first, metric.title, axis.words if axis else "")


def _choices(words: type[exposure.Exposure | licences.Licence]) -> tuple[Choice, ...]:
    return tuple(Choice(_slug(word), word.value) for word in words)


def _slug(word: str) -> str:
    return word.replace(" ", "-")
