"""How much better one of two submissions is on each track, with intervals, against no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.leaderboard.site.charts.axes import line
from polyreact.leaderboard.site.charts.scales import Scale, build_scale, round_limits, round_ticks, tick_words
from polyreact.leaderboard.site.charts.svg import (
    BOLD,
    WIDTH,
    Chart,
    checked,
    escape,
    fit_text,
    isolated,
    number,
    render_chart,
    render_text,
)
from polyreact.leaderboard.site.charts.words import Limits, figure, spoken

_NAME = 100.0
_LEFT, _RIGHT = 108.0, 316.0
_TOP = 44.0
_ROW = 24.0
_FOOT = 42.0
_TICKS = 5
#: The axis ends at a multiple of about so small a part of it.
_LIMIT_STEPS = 10
#: No axis is narrower, so that a difference of nothing does not look like one.
_LEAST_REACH = 0.1


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A track, the first less the second on it, and the interval."""

    track: str
    value: float
    limits: Limits


def build_differences(chart_id: str, names: tuple[str, str], measure: str, rows: Sequence[DifferenceRow]) -> Chart:
    """The rows in the order given; right of the upright line the first is the better one.

    Raises ValueError for values that are not finite and limits in the wrong order.
    """
    marks = [value for row in rows for value in (row.value, *row.limits)]
    checked(marks, "differences")
    if any(row.limits[0] > row.limits[1] for row in rows):
        message = "differences: a lower limit is above its upper one"
        raise ValueError(message)
    reach = max([_LEAST_REACH, *map(abs, marks)])
    ends = round_limits(-reach, reach, _LIMIT_STEPS)
    x = build_scale(*ends, _LEFT, _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    first, second = names
    body = [
        render_text(x(0) - 8, 15, fit_text(second, (x(0) - 12) / BOLD), "name", "end"),
        render_text(x(0) + 8, 15, fit_text(first, (WIDTH - x(0) - 12) / BOLD), "name"),
        render_text(x(0) - 8, 31, "\u25c0 is better", "note", "end"),
        render_text(x(0) + 8, 31, "is better \u25b6", "note"),
        _frame(x, ends, bottom, measure),
        *(_row(row, x, _TOP + _ROW * index + _ROW / 2) for index, row in enumerate(rows)),
    ]
    title = f"Difference in {measure}, {isolated(first)} less {isolated(second)}"
    told = "; ".join(f"on {row.track} {spoken(row.value, row.limits)}" for row in rows) or "no track"
    return render_chart(chart_id, "differences", bottom + _FOOT, title, f"{title}: {told}.", "".join(body))


def _frame(x: Scale, ends: tuple[float, float], bottom: float, measure: str) -> str:
    ticks = round_ticks(*ends, _TICKS)
    grid = "".join(f"M{number(x(tick))} {number(_TOP)}V{number(bottom)}" for tick in ticks)
    words = fit_text(f"Difference in {measure}", _RIGHT - _LEFT)
    return (
        line(grid, "grid")
        + line(f"M{number(x(0))} 4V{number(bottom)}", "edge")
        + "".join(render_text(x(tick), bottom + 16, tick_words(tick), "tick", "middle") for tick in ticks)
        + render_text((_LEFT + _RIGHT) / 2, bottom + 34, words, "title", "middle")
    )


def _row(row: DifferenceRow, x: Scale, y: float) -> str:
    low, high = row.limits
    whisker = f"M{number(x(low))} {number(y)}H{number(x(high))}"
    sign = "+" if row.value > 0 else ""
    return (
        f"<g><title>{escape(f'{row.track}: {sign}{figure(row.value)} [{figure(low)}, {figure(high)}]')}</title>"
        + render_text(4, y + 4, fit_text(row.track, _NAME))
        + line(whisker, "whisker t1")
        + f'<circle class="dot t1" cx="{number(x(row.value))}" cy="{number(y)}" r="4"/>'
        + render_text(WIDTH - 4, y + 4, f"{sign}{figure(row.value)}", "value", "end")
        + "</g>"
    )
