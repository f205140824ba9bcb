"""How a submission's scores are spread: polyreactive antibodies above the line, specific ones below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from polyreact.leaderboard.site.charts.axes import FOOT, LEFT, RIGHT, Axes, build_axes, line
from polyreact.leaderboard.site.charts.scales import round_limits, round_ticks, tick_words
from polyreact.leaderboard.site.charts.svg import (
    BOLD,
    WIDTH,
    Chart,
    checked,
    fit_text,
    isolated,
    number,
    render_chart,
    render_text,
)
from polyreact.leaderboard.site.charts.words import counted, per_cent

_HEIGHT = 230.0
_TOP = 52.0
_COUNT_TICKS = 3
_SCORE_TICKS = 6


@dataclass(frozen=True, slots=True)
class Histogram:
    """Antibodies of each class in bins of score; bin i reaches from edge i to edge i + 1.

    `called` is the number of polyreactive and of specific ones at or above the threshold, where that is known.
    """

    edges: Sequence[float]
    specific: Sequence[int]
    polyreactive: Sequence[int]
    threshold: float | None = None
    called: tuple[int, int] | None = None


def build_distribution(chart_id: str, track: str, name: str, histogram: Histogram) -> Chart:
    """Two histograms back to back with counts, and the threshold from which antibodies are called polyreactive.

    Raises ValueError for edges that do not rise, counts below 0, and lengths that do not fit.
    """
    _check(histogram)
    axes = _axes(histogram)
    polyreactive, specific = sum(histogram.polyreactive), sum(histogram.specific)
    body = [
        render_text(4, 15, fit_text(name, (WIDTH - 8) / BOLD), "name"),
        axes.svg,
        line(_outline(histogram.edges, histogram.polyreactive, axes, 1), "bars t2"),
        line(_outline(histogram.edges, histogram.specific, axes, -1), "bars t1"),
        line(f"M{number(LEFT)} {number(axes.y(0))}H{number(RIGHT)}", "edge"),
        render_text(RIGHT - 4, axes.top + 14, f"polyreactive: {polyreactive:,}", "halo", "end"),
        render_text(RIGHT - 4, axes.bottom - 7, f"specific: {specific:,}", "halo", "end"),
        _threshold(histogram.threshold, axes) if histogram.threshold is not None else "",
    ]
    title = f"Scores of {isolated(name)} on {track}, by class"
    summary = f"{title}: {_spoken(histogram, polyreactive, specific)}."
    return render_chart(chart_id, "distribution", axes.bottom + FOOT, title, summary, "".join(body))


def _check(histogram: Histogram) -> None:
    checked(histogram.edges, "edges of bins")
    counts = [*histogram.specific, *histogram.polyreactive]
    checked(counts, "counts")
    if not len(histogram.edges) - 1 == len(histogram.specific) == len(histogram.polyreactive) > 0:
        message = "a histogram has a count of each class for each bin, and one edge more than bins"
        raise ValueError(message)
    if any(low >= high for low, high in pairwise(histogram.edges)) or min(counts) < 0:
        message = "a histogram's edges rise, and its counts are 0 or more"
        raise ValueError(message)
    if histogram.threshold is not None:
        checked([histogram.threshold], "threshold")


def _limits(histogram: Histogram) -> tuple[float, float]:
    """The scores drawn; a threshold outside the bins is drawn as well."""
    marks = [histogram.edges[0], histogram.edges[-1]]
    if histogram.threshold is not None:
        marks.append(histogram.threshold)
    return round_limits(min(marks), max(marks), _SCORE_TICKS)


def _axes(histogram: Histogram) -> Axes:
    most = max(*histogram.specific, *histogram.polyreactive, 1)
    reach = round_limits(0, most, _COUNT_TICKS)[1]
    counts = [tick for tick in round_ticks(0, reach, _COUNT_TICKS) if tick == int(tick)]
    limits = _limits(histogram)
    return build_axes(
        round_ticks(*limits, _SCORE_TICKS),
        (*(-tick for tick in counts[:0:-1]), *counts),
        limits,
        (-reach, reach),
        ("Score (higher: more polyreactive)", "Antibodies in each bin of score"),
        _TOP,
        _HEIGHT,
    )


def _outline(edges: Sequence[float], counts: Sequence[int], axes: Axes, sign: int) -> str:
    """Up and down along the bins as one path, bins without antibodies left out."""
    base = number(axes.y(0))
    drawn = []
    is_open = False
    for index, count in enumerate(counts):
        left, right = number(axes.x(edges[index])), number(axes.x(edges[index + 1]))
        if count:
            drawn.append(f"{'' if is_open else f'M{left} {base}'}V{number(axes.y(sign * count))}H{right}V{base}")
        is_open = count > 0
    return "".join(drawn)


def _threshold(threshold: float, axes: Axes) -> str:
    x = axes.x(threshold)
    words = f"threshold {tick_words(round(threshold, 3))}"
    from_right = x > WIDTH / 2
    return f'<path class="threshold" d="M{number(x)} {number(axes.top - 4)}V{number(axes.bottom)}"/>' + render_text(
        x + (-5 if from_right else 5), axes.top + 14, words, "halo", "end" if from_right else ""
    )


def _spoken(histogram: Histogram, polyreactive: int, specific: int) -> str:
    words = f"{counted(polyreactive, 'polyreactive', 'polyreactive')} and {specific:,} specific antibodies"
    if histogram.threshold is None:
        return words
    words += f"; those with {tick_words(round(histogram.threshold, 3))} or more are called polyreactive"
    if histogram.called is None or not polyreactive or not specific:
        return words
    found, wrong = histogram.called
    return f"{words}, {per_cent(found / polyreactive)} of the first and {per_cent(wrong / specific)} of the second"
