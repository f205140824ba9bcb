"""How every number is made, and how often the intervals and tests were right in simulation."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from polyreact.leaderboard import wording
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.metrics.catalog import METRICS

#: `docs/explanation/statistics.md` as it comes with the program; `scripts/statistics_page.py` writes both.
STATISTICS_FILE = "statistics.md"

_INTRODUCTION = (
    "What each metric is, what the intervals, ranks and comparisons say, how they are made, and in how many of 100 "
    "simulated boards they were right."
)


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric as the catalogue describes it."""

    key: str
    title: str
    short: str
    direction: str
    range: str
    needs: str
    formula: str
    source: str


@dataclass(frozen=True, slots=True)
class MethodsView:
    """The whole page; `statistics` is Markdown, whose headings begin one level below this page's."""

    introduction: str
    counts_note: str
    metrics: tuple[MetricRow, ...]
    statistics: str


def build_page() -> Page:
    """The page of all methods."""
    text = (resources.files("polyreact.leaderboard.site") / STATISTICS_FILE).read_text(encoding="utf-8")
    _, _, below_title = text.partition("\n## ")
    view = MethodsView(
        introduction=_INTRODUCTION,
        counts_note=wording.COUNTS,
        metrics=tuple(
            MetricRow(
                metric.key,
                metric.title,
                metric.short,
                metric.direction.value,
                f"{metric.lowest:g} to {'any' if metric.highest is None else f'{metric.highest:g}'}",
                metric.needs.value,
                metric.formula,
                metric.source,
            )
            for metric in METRICS
        ),
        statistics=f"## {below_title}",
    )
    return Page(addresses.METHODS, "methods.html", view, "Methods", _INTRODUCTION, addresses.METHODS)
