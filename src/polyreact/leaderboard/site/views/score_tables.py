"""One score in full: its confusion matrix with rates in words, and every metric with its interval or the reason."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Cell
from polyreact.leaderboard.site.views import parts
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.metrics.catalog import METRICS, Metric
from polyreact.results.records import ConfusionRecord

_NOTE_OF_OLD_SCORES = "scored before there were intervals"


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """The antibodies of one class: how many are called what, and the share that is called right."""

    truth: str
    called_polyreactive: str
    called_specific: str
    total: str
    right: str
    is_positive: bool


@dataclass(frozen=True, slots=True)
class ConfusionTable:
    """The counts, and in a few sentences what they are shares of."""

    rows: tuple[ConfusionRow, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric; `note` says how its interval was made, or why there is no interval or no value."""

    title: str
    short: str
    figure: parts.Figure
    note: str
    is_primary: bool


def build_confusion(confusion: ConfusionRecord, threshold: float | None) -> ConfusionTable:
    """The table of a score that has one; `threshold` is what the manifest states."""
    found, missed = confusion.true_positives, confusion.false_negatives
    cleared, accused = confusion.true_negatives, confusion.false_positives
    rows = (
        ConfusionRow(
            "Polyreactive", f"{found:,}", f"{missed:,}", f"{found + missed:,}", _share(found, found + missed), True
        ),
        ConfusionRow(
            "Specific",
            f"{accused:,}",
            f"{cleared:,}",
            f"{accused + cleared:,}",
            _share(cleared, accused + cleared),
            False,
        ),
    )
    return ConfusionTable(rows, (*_rate_words(found, missed, cleared, accused), _threshold_words(threshold)))


def build_metric_rows(cell: Cell, primary: str) -> tuple[MetricRow, ...]:
    """Every metric of a score, the primary one first, the others in the order of the catalogue."""
    ordered = sorted(METRICS, key=lambda metric: metric.key != primary)
    return tuple(_metric_row(cell, metric, primary) for metric in ordered)


def _metric_row(cell: Cell, metric: Metric, primary: str) -> MetricRow:
    title = f"{metric.title}, {metric.direction.value}"
    figure = parts.build_figure(cell, metric.key)
    return MetricRow(title, metric.short, figure, _note(cell, metric.key), metric.key == primary)


def _note(cell: Cell, key: str) -> str:
    value = cell.metric(key)
    if value is not None and value.reason is not None:
        return clean(value.reason, PROSE_LIMIT)
    kept = cell.score.metrics.get(key) if cell.score else None
    if kept is None:
        return ""
    if kept.interval is not None:
        return clean(kept.interval.method, PROSE_LIMIT)
    if kept.no_interval is not None:
        return f"no interval: {clean(kept.no_interval, PROSE_LIMIT)}"
    return f"no interval: {_NOTE_OF_OLD_SCORES}"


def _rate_words(found: int, missed: int, cleared: int, accused: int) -> tuple[str, ...]:
    positives, negatives, called = found + missed, cleared + accused, found + accused
    rates = (
        f"Of {_antibodies(positives, 'polyreactive')} it finds {found:,} ({_share(found, positives)}); of "
        f"{_antibodies(negatives, 'specific')} it clears {cleared:,} ({_share(cleared, negatives)})."
    )
    if not called:
        return rates, "It calls none polyreactive."
    verb = "is" if found == 1 else "are"
    return rates, f"Of the {called:,} that it calls polyreactive, {found:,} {verb} ({_share(found, called)})."


def _threshold_words(threshold: float | None) -> str:
    if threshold is None:
        return "The predictions are its own; its manifest states no threshold on the score."
    stated = parts.with_minus(f"{threshold:g}")
    return f"The predictions are its own; its manifest states that it calls scores from {stated} on polyreactive."


def _antibodies(count: int, kind: str) -> str:
    return f"{count:,} {kind} {'antibody' if count == 1 else 'antibodies'}"


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %" if of else wording.NO_RANK
