"""A track's entries with their intervals, one row each, against chance and the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from polyreact.leaderboard.site.charts.axes import line
from polyreact.leaderboard.site.charts.scales import Scale, build_scale, round_limits, round_ticks, tick_words
from polyreact.leaderboard.site.charts.svg import (
    WIDTH,
    Chart,
    checked,
    escape,
    fit_text,
    full_name,
    isolated,
    number,
    render_chart,
    render_text,
)
from polyreact.leaderboard.site.charts.words import Limits, counted, figure, figure_with_limits, spoken

MOST_ROWS = 60
_NAME = 150.0
_LEFT, _RIGHT = 160.0, 318.0
_TOP = 46.0
_ROW = 20.0
_FOOT = 42.0
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, its value, and the interval if it has one."""

    name: str
    value: float
    limits: Limits | None = None
    is_baseline: bool = False


def build_forest(
    chart_id: str, track: str, rows: Sequence[Row], *, measure: str = "AUROC", chance: float | None = 0.5
) -> Chart:
    """The rows in the order given, at most 60 of them, and how many are left out; baselines never are.

    `chance` is where guessing ends up, if that is one value. Raises ValueError for values that are not finite and
    limits in the wrong order.
    """
    limits = [row.limits for row in rows if row.limits is not None]
    marks = [*(row.value for row in rows), *chain.from_iterable(limits), *([] if chance is None else [chance])]
    checked(marks, "rows of a forest plot")
    if any(low > high for low, high in limits):
        message = "rows of a forest plot: a lower limit is above its upper one"
        raise ValueError(message)
    drawn = _drawn(rows)
    ends = round_limits(min(marks, default=0.0), max(marks, default=1.0), _TICKS)
    x = build_scale(*ends, _LEFT, _RIGHT)
    bottom = _TOP + _ROW * len(drawn)
    body = [
        _key(chance),
        _frame(x, ends, bottom, measure),
        _references(drawn, x, chance, bottom),
        *(_row(row, x, _TOP + _ROW * index + _ROW / 2) for index, row in enumerate(drawn)),
    ]
    left_out = len(rows) - len(drawn)
    if left_out:
        words = f"{counted(left_out, 'more entry is', 'more entries are')} in the table and not drawn"
        body.append(render_text(4, bottom + _FOOT + 12, words, "note"))
    title = f"{measure} of {counted(len(rows), 'entry', 'entries')} on {track}, with intervals"
    summary = f"{title}: {_spoken(rows, chance)}."
    return render_chart(chart_id, "forest", bottom + _FOOT + (20 if left_out else 0), title, summary, "".join(body))


def _drawn(rows: Sequence[Row]) -> list[Row]:
    spare = MOST_ROWS - sum(row.is_baseline for row in rows)
    kept = []
    for row in rows:
        if row.is_baseline or spare > 0:
            kept.append(row)
        spare -= not row.is_baseline
    return kept


def _key(chance: float | None) -> str:
    words = "baseline, with a dotted line"
    key = f'<path class="diamond" d="M9 6l5 5l-5 5l-5 -5z"/>{render_text(20, 15, words, "note")}'
    if chance is None:
        return key
    return key + f'<path class="reference" d="M268 11h26"/>{render_text(301, 15, "chance", "note")}'


def _frame(x: Scale, ends: tuple[float, float], bottom: float, measure: str) -> str:
    """Grid and axis; the ticks stand above the rows as well, since a long plot does not fit on a screen."""
    ticks = round_ticks(*ends, _TICKS)
    grid = "".join(f"M{number(x(tick))} {number(_TOP)}V{number(bottom)}" for tick in ticks)
    middle = (_LEFT + _RIGHT) / 2
    return (
        line(grid, "grid")
        + f'<path class="edge" d="M{number(_LEFT)} {number(bottom)}H{number(_RIGHT)}"/>'
        + "".join(
            render_text(x(tick), y, tick_words(tick), "tick", "middle")
            for tick in ticks
            for y in (_TOP - 5, bottom + 16)
        )
        + render_text(middle, bottom + 34, fit_text(measure, _RIGHT - _LEFT), "title", "middle")
    )


def _references(rows: Sequence[Row], x: Scale, chance: float | None, bottom: float) -> str:
    upright = "M{} {}V{}".format
    baselines = (upright(number(x(row.value)), number(_TOP), number(bottom)) for row in rows if row.is_baseline)
    drawn = line("".join(baselines), "baseline")
    return drawn if chance is None else drawn + line(upright(number(x(chance)), _TOP, number(bottom)), "reference")


def _row(row: Row, x: Scale, y: float) -> str:
    tone = "" if row.is_baseline else " t1"
    at, level = number(x(row.value)), number(y)
    whisker = f"M{number(x(row.limits[0]))} {level}H{number(x(row.limits[1]))}" if row.limits else ""
    mark = (
        f'<path class="diamond" d="M{at} {number(y - 5)}l5 5l-5 5l-5 -5z"/>'
        if row.is_baseline
        else f'<circle class="dot t1" cx="{at}" cy="{level}" r="4"/>'
    )
    kind = " (baseline)" if row.is_baseline else ""
    tip = f"{full_name(row.name)}{kind}: {figure_with_limits(row.value, row.limits)}"
    return (
        f"<g><title>{escape(tip)}</title>"
        + render_text(4, y + 4, fit_text(row.name, _NAME), "note" if row.is_baseline else "")
        + line(whisker, f"whisker{tone}")
        + mark
        + render_text(WIDTH - 4, y + 4, figure(row.value), "value", "end")
        + "</g>"
    )


def _spoken(rows: Sequence[Row], chance: float | None) -> str:
    if not rows:
        return "no entry has a value"
    best = max(rows, key=lambda row: row.value)
    words = f"the highest is {isolated(best.name)} with {spoken(best.value, best.limits)}"
    known = [row.limits for row in rows if row.limits is not None]
    if chance is None or not known:
        return words
    above = sum(low > chance for low, _ in known)
    return f"{words}; {above} of {counted(len(known), 'interval', 'intervals')} lie above chance ({chance:g})"
