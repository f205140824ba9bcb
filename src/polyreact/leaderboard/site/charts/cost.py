"""What accuracy costs: AUROC against running time, and the entries than which none is both better and faster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import log10

from polyreact.leaderboard.site.charts.axes import FOOT, LEFT, RIGHT, Axes, build_axes, line
from polyreact.leaderboard.site.charts.scales import (
    Scale,
    build_scale,
    log_ticks,
    round_limits,
    round_ticks,
    tick_words,
)
from polyreact.leaderboard.site.charts.svg import (
    FONT,
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
    text_width,
)
from polyreact.leaderboard.site.charts.words import Limits, counted, duration, figure, figure_with_limits, listed

_TOP = 72.0
_HEIGHT = 290.0
_TICKS = 8
_BEYOND = 0.15
_ROW = 17.0
_MARK = 6.0
_LABEL = 150.0
_MOST_NAMED = 3
_MOST_LISTED = 12
_MOST_WHISKERS = 40


@dataclass(frozen=True, slots=True)
class CostPoint:
    """An entry: its AUROC with its interval, and its running time for 1,000 antibodies."""

    name: str
    auroc: float
    seconds: float
    limits: Limits | None = None
    is_baseline: bool = False


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def build_cost(chart_id: str, track: str, points: Sequence[CostPoint]) -> Chart:
    """AUROC against seconds for 1,000 antibodies, which is an axis of powers of ten.

    The frontier and the baselines are labelled by name; a name that finds no room becomes a number, explained below
    the plot. All others tell their name when pointed at. Raises ValueError for values that are not finite, and for
    times that are not above 0.
    """
    _check(points)
    frontier = find_frontier(points)
    axes, x = _axes(points)
    placed = [(x(log10(point.seconds)), axes.y(point.auroc)) for point in points]
    named = [*frontier, *(i for i, point in enumerate(points) if point.is_baseline and i not in set(frontier))]
    labels, notes = _labels(points, placed, frontier, named, axes)
    is_crowded = len(points) > _MOST_WHISKERS
    body = [
        _key(is_crowded=is_crowded),
        axes.svg,
        _ticks(x, axes, points),
        _frontier([placed[index] for index in frontier]),
        *(
            _mark(point, at, axes, is_leading=index in frontier, is_crowded=is_crowded)
            for index, (point, at) in enumerate(zip(points, placed, strict=True))
        ),
        labels,
    ]
    bottom = axes.bottom + FOOT
    for place, words in enumerate(notes):
        body.append(render_text(4, bottom + 16 + _ROW * place, words, "note"))
    if not points:
        body.append(render_text(WIDTH / 2, axes.top + 40, "No entry has both", "note", "middle"))
    title = f"AUROC on {track} against running time"
    height = bottom + (_ROW * len(notes) + 8 if notes else 0)
    return render_chart(chart_id, "cost", height, title, f"{title}: {_spoken(points, frontier)}.", "".join(body))


def find_frontier(points: Sequence[CostPoint]) -> list[int]:
    """The places of the points than which none is at least as fast and better, or as good and faster; by time."""
    best = -1.0
    kept: list[int] = []
    for index in sorted(range(len(points)), key=lambda i: (points[i].seconds, -points[i].auroc, i)):
        if points[index].auroc > best:
            kept.append(index)
            best = points[index].auroc
    return kept


def _check(points: Sequence[CostPoint]) -> None:
    checked(
        chain.from_iterable((point.auroc, point.seconds, *(point.limits or ())) for point in points),
        "points of a cost chart",
    )
    if any(point.seconds <= 0 for point in points):
        message = "points of a cost chart: seconds must be above 0"
        raise ValueError(message)


def _axes(points: Sequence[CostPoint]) -> tuple[Axes, Scale]:
    values = list(chain.from_iterable((point.auroc, *(point.limits or ())) for point in points)) or [0.0, 1.0]
    y_limits = round_limits(min(values), max(values), _TICKS)
    axes = build_axes(
        (),
        round_ticks(*y_limits, _TICKS),
        (0.0, 1.0),
        y_limits,
        ("Seconds for 1,000 antibodies", "AUROC (higher is better)"),
        _TOP,
        _HEIGHT,
    )
    low, high = _seconds(points)
    return axes, build_scale(log10(low), log10(high), LEFT, RIGHT)


def _seconds(points: Sequence[CostPoint]) -> tuple[float, float]:
    """The ends of the axis: a little beyond the data, and a decade or more apart."""
    times = [log10(point.seconds) for point in points] or [0.0]
    spare = max(_BEYOND, (1 - (max(times) - min(times))) / 2)
    return 10 ** (min(times) - spare), 10 ** (max(times) + spare)


def _ticks(x: Scale, axes: Axes, points: Sequence[CostPoint]) -> str:
    ticks = log_ticks(*_seconds(points))
    grid = "".join(f"M{number(x(log10(tick)))} {number(axes.top)}V{number(axes.bottom)}" for tick in ticks)
    words = (render_text(x(log10(tick)), axes.bottom + 16, tick_words(tick), "tick", "middle") for tick in ticks)
    return line(grid, "grid") + "".join(words)


def _key(*, is_crowded: bool) -> str:
    entry = "entry; intervals: named ones only" if is_crowded else "entry, its AUROC with interval"
    return (
        '<path class="frontier" d="M4 15h10V8h14"/>'
        + render_text(34, 15, "frontier: none faster and better", "note")
        + '<path class="diamond" d="M9 27l5 5l-5 5l-5 -5z"/>'
        + render_text(34, 36, "baseline", "note")
        + '<circle class="dot t1" cx="110" cy="32" r="4"/>'
        + render_text(120, 36, entry, "note")
    )


def _frontier(placed: Sequence[tuple[float, float]]) -> str:
    """From the fastest to the right, a step up at each better one, on to the edge of the plot."""
    if not placed:
        return ""
    steps = "".join(f"H{number(x)}V{number(y)}" for x, y in placed[1:])
    return line(f"M{number(placed[0][0])} {number(placed[0][1])}{steps}H{number(RIGHT)}", "frontier")


def _mark(point: CostPoint, at: tuple[float, float], axes: Axes, *, is_leading: bool, is_crowded: bool) -> str:
    x, y = number(at[0]), number(at[1])
    is_named = is_leading or point.is_baseline
    whisker = ""
    if point.limits and (is_named or not is_crowded):
        classes = "whisker" if point.is_baseline else "whisker t1" if is_leading else "whisker thin t1"
        whisker = line(f"M{x} {number(axes.y(point.limits[0]))}V{number(axes.y(point.limits[1]))}", classes)
    if point.is_baseline:
        mark = f'<path class="diamond" d="M{x} {number(at[1] - 5)}l5 5l-5 5l-5 -5z"/>'
    elif is_leading:
        mark = f'<circle class="dot t1" cx="{x}" cy="{y}" r="4.5"/>'
    else:
        mark = f'<circle class="ring t1" cx="{x}" cy="{y}" r="3"/>'
    words = f"AUROC {figure_with_limits(point.auroc, point.limits)}, {duration(point.seconds)} for 1,000 antibodies"
    return f"<g><title>{escape(f'{full_name(point.name)}: {words}')}</title>{whisker}{mark}</g>"


def _labels(
    points: Sequence[CostPoint],
    placed: Sequence[tuple[float, float]],
    frontier: Sequence[int],
    named: Sequence[int],
    axes: Axes,
) -> tuple[str, list[str]]:
    """Names that meet neither marks and lines nor each other; what has no room is numbered and listed."""
    marks = [_Box(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in placed]
    lines = [*_whisker_boxes(points, placed, axes), *_step_boxes([placed[index] for index in frontier])]
    taken: list[_Box] = []
    area = _Box(LEFT, axes.top - 4, RIGHT + 6, axes.bottom)
    drawn: list[str] = []
    notes: list[str] = []
    following = 1
    for index in named:
        words, at = fit_text(points[index].name, _LABEL), placed[index]
        place = _free(words, at, [*taken, *marks, *lines], area)
        if place is None and len(notes) < _MOST_LISTED:
            digits = str(following)
            place = (
                _free(digits, at, [*taken, *marks, *lines], area, near=True)
                or _free(digits, at, [*taken, *marks], area, near=True)
                or _free(digits, at, taken, area)
            )
            words = digits if place else "\u2013"
            following += place is not None
            notes.append(f"{words}  {fit_text(points[index].name, 200)}, AUROC {figure(points[index].auroc)}")
        if place is not None:
            taken.append(place)
            drawn.append(render_text(place.left, place.bottom - 4, words, "halo"))
    return "".join(drawn), notes


def _whisker_boxes(
    points: Sequence[CostPoint], placed: Sequence[tuple[float, float]], axes: Axes
) -> Iterator[_Box]:
    for point, (x, _) in zip(points, placed, strict=True):
        if point.limits:
            yield _Box(x - 1, axes.y(point.limits[1]), x + 1, axes.y(point.limits[0]))


def _step_boxes(placed: Sequence[tuple[float, float]]) -> Iterator[_Box]:
    for (x, y), (next_x, next_y) in pairwise([*placed, (RIGHT, placed[-1][1])] if placed else []):
        yield _Box(x, y - 1, next_x, y + 1)
        yield _Box(next_x - 1, next_y, next_x + 1, y)


def _free(
    words: str, at: tuple[float, float], taken: Sequence[_Box], area: _Box, *, near: bool = False
) -> _Box | None:
    return next(
        (
            box
            for box in _places(text_width(words), at, near=near)
            if box.left >= area.left
            and box.right <= area.right
            and box.top >= area.top
            and box.bottom <= area.bottom
            and not any(box.meets(other) for other in taken)
        ),
        None,
    )


def _places(width: float, at: tuple[float, float], *, near: bool) -> Iterator[_Box]:
    """Beside, above and below a mark, near ones first; a number means nothing farther away."""
    x, y = at
    high = FONT + 3
    for away in (_MARK + 2,) if near else (_MARK + 2, 2.5 * _MARK):
        for left, middle in (
            (x + away, y),
            (x - away - width, y),
            (x + away / 2, y - away - high / 2),
            (x - away / 2 - width, y - away - high / 2),
            (x + away / 2, y + away + high / 2),
            (x - away / 2 - width, y + away + high / 2),
            (x - width / 2, y - away - high / 2),
            (x - width / 2, y + away + high / 2),
        ):
            yield _Box(left, middle - high / 2, left + width, middle + high / 2)


def _spoken(points: Sequence[CostPoint], frontier: Sequence[int]) -> str:
    if not points:
        return "no entry has both"
    on_it = [points[index] for index in frontier]
    shown = on_it if len(on_it) <= _MOST_NAMED else [on_it[0], on_it[len(on_it) // 2], on_it[-1]]
    names = listed([f"{isolated(p.name)} ({figure(p.auroc)} in {duration(p.seconds)})" for p in shown])
    among = "" if len(shown) == len(on_it) else ", among them"
    return (
        f"of {counted(len(points), 'entry', 'entries')}, none is both faster and better than "
        f"{counted(len(on_it), 'entry', 'entries')} on the frontier{among or ':'} {names}"
    )
