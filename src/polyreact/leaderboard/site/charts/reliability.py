"""Whether a score that is declared a probability is one: the share that is polyreactive against what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.leaderboard.site.charts.axes import FOOT, LEFT, RIGHT, Axes, build_axes, line, path_data
from polyreact.leaderboard.site.charts.svg import (
    BOLD,
    SMALL,
    WIDTH,
    Chart,
    checked_shares,
    fit_text,
    isolated,
    number,
    render_chart,
    render_text,
    text_width,
)
from polyreact.leaderboard.site.charts.words import Limits, counted, figure

_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_TOP = 52.0
_STRIP = 52.0
_BAR = 26.0
_BASE = 8.0
_CALIBRATED = "calibrated"


@dataclass(frozen=True, slots=True)
class Bin:
    """Antibodies of similar score: their mean score, the share that is polyreactive, its interval, how many."""

    predicted: float
    observed: float
    limits: Limits | None
    count: int


def build_reliability(chart_id: str, track: str, name: str, bins: Sequence[Bin]) -> Chart:
    """The reliability diagram, with the number of antibodies of each bin below it.

    Raises ValueError for values that are not from 0 to 1, and for bins that are empty.
    """
    checked_shares(((one.predicted, one.observed, *(one.limits or ())) for one in bins), "bins")
    if any(one.count < 1 for one in bins):
        message = "a bin of a reliability diagram holds one antibody or more"
        raise ValueError(message)
    ordered = sorted(bins, key=lambda one: one.predicted)
    axes = build_axes(
        _TICKS,
        _TICKS,
        (0.0, 1.0),
        (0.0, 1.0),
        ("Score, read as a probability", "Share that is polyreactive"),
        _TOP,
        RIGHT - LEFT,
    )
    points = [(one.predicted, one.observed) for one in ordered]
    corner = f"M{number(LEFT)} {number(axes.bottom)}L{number(RIGHT)} {number(axes.top)}"
    body = [
        render_text(4, 15, fit_text(name, (WIDTH - 8) / BOLD), "name"),
        axes.svg,
        line(corner, "reference"),
        line(f"M{number(RIGHT - 34 - text_width(_CALIBRATED))} {number(_TOP - 17)}h26", "reference"),
        render_text(RIGHT, _TOP - 13, _CALIBRATED, "note", "end"),
        line("".join(_whisker(one, axes) for one in ordered), "whisker t1"),
        line(path_data(points, axes.x, axes.y), "line thin t1"),
        *(f'<circle class="dot t1" cx="{number(axes.x(x))}" cy="{number(axes.y(y))}" r="4.5"/>' for x, y in points),
        _strip(ordered, axes) if ordered else render_text(WIDTH / 2, axes.top + 40, "No bins", "note", "middle"),
    ]
    title = f"Reliability of {isolated(name)} on {track}"
    return render_chart(
        chart_id,
        "reliability",
        axes.bottom + FOOT + _STRIP,
        title,
        f"{title}: {_spoken(ordered)}.",
        "".join(body),
    )


def _whisker(one: Bin, axes: Axes) -> str:
    if one.limits is None:
        return ""
    return f"M{number(axes.x(one.predicted))} {number(axes.y(one.limits[0]))}V{number(axes.y(one.limits[1]))}"


def _strip(bins: Sequence[Bin], axes: Axes) -> str:
    """A bar for each bin; a number on each that has the room for one."""
    base = axes.bottom + FOOT + _STRIP - _BASE
    most = max(one.count for one in bins)
    bars, words = [], []
    free = 0.0
    for one in bins:
        x, top = axes.x(one.predicted), base - max(1.0, _BAR * one.count / most)
        bars.append(f"M{number(x - 4)} {number(base)}V{number(top)}h8V{number(base)}")
        label = f"{one.count:,}"
        half = text_width(label, SMALL) / 2
        if x - half >= free:
            words.append(render_text(x, top - 3, label, "tick", "middle"))
            free = x + half + 3
    return line("".join(bars), "bars t1") + "".join(words) + render_text(2, base, "count", "tick")


def _spoken(bins: Sequence[Bin]) -> str:
    if not bins:
        return "no bins"
    total = sum(one.count for one in bins)
    gap = sum(one.count * abs(one.predicted - one.observed) for one in bins) / total
    among = f"{counted(total, 'antibody', 'antibodies')} in {counted(len(bins), 'bin', 'bins')}"
    return f"{among}; expected calibration error {figure(gap)}; a calibrated score lies on the diagonal"
