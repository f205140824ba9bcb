"""What surrounds the data: the plot's area, grid, ticks and titles; and the paths within it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from polyreact.leaderboard.site.charts.scales import Scale, build_scale, tick_words
from polyreact.leaderboard.site.charts.svg import WIDTH, fit_text, number, render_text

LEFT = 38.0
RIGHT = 350.0
#: What ticks and title take below the plot.
FOOT = 40.0
_TITLE_DROP = 34.0
_TICK_DROP = 16.0
# Two points nearer than this in both directions look like one.
_APART = 0.5


@dataclass(frozen=True, slots=True)
class Axes:
    """The scales of a plot and the SVG of its frame."""

    x: Scale
    y: Scale
    top: float
    bottom: float
    svg: str


@lru_cache(maxsize=256)
def build_axes(
    x_ticks: tuple[float, ...],
    y_ticks: tuple[float, ...],
    x_limits: tuple[float, float],
    y_limits: tuple[float, float],
    titles: tuple[str, str],
    top: float,
    height: float,
) -> Axes:
    """Axes with a grid; the y title stands above the plot, where it is read without turning one's head.

    Kept from one call to the next: the thousands of curve charts of a site share a handful of frames.
    """
    bottom = top + height
    x, y = build_scale(*x_limits, LEFT, RIGHT), build_scale(*y_limits, bottom, top)
    grid = "".join(
        [f"M{number(x(tick))} {number(top)}V{number(bottom)}" for tick in x_ticks]
        + [f"M{number(LEFT)} {number(y(tick))}H{number(RIGHT)}" for tick in y_ticks]
    )
    words = [
        render_text(4, top - 13, fit_text(titles[1], WIDTH - 8), "title"),
        *(render_text(x(tick), bottom + _TICK_DROP, tick_words(tick), "tick", "middle") for tick in x_ticks),
        *(render_text(LEFT - 6, y(tick) + 4, tick_words(abs(tick)), "tick", "end") for tick in y_ticks),
        render_text((LEFT + RIGHT) / 2, bottom + _TITLE_DROP, fit_text(titles[0], RIGHT - LEFT), "title", "middle"),
    ]
    edge = f'<path class="edge" d="M{number(LEFT)} {number(top)}V{number(bottom)}H{number(RIGHT)}"/>'
    return Axes(x, y, top, bottom, f'<path class="grid" d="{grid}"/>{edge}{"".join(words)}')


def path_data(points: Iterable[tuple[float, float]], x: Scale, y: Scale) -> str:
    """The `d` of a line through the points; those that fall on the one before are left out, the last never is.

    A single point becomes a line of no length, which a round cap makes a dot.
    """
    x_offset, x_slope, y_offset, y_slope = x.offset, x.slope, y.offset, y.slope
    placed = [(x_offset + x_slope * a, y_offset + y_slope * b) for a, b in points]
    if not placed:
        return ""
    kept = [placed[0]]
    last_x, last_y = placed[0]
    for point in placed[1:-1]:
        if abs(point[0] - last_x) >= _APART or abs(point[1] - last_y) >= _APART:
            kept.append(point)
            last_x, last_y = point
    kept.append(placed[-1])
    # As svg.number writes, all at once: this is where the time of a curve chart goes.
    data = "L".join([f"{a:.1f} {b:.1f}" for a, b in kept])
    return "M" + data.replace(".0 ", " ").replace(".0L", "L").removesuffix(".0")


def band_data(xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], x: Scale, y: Scale) -> str:
    """The `d` of the area between two lines over the same xs."""
    upper = path_data(zip(xs, highs, strict=True), x, y)
    lower = path_data(zip(reversed(xs), reversed(lows), strict=True), x, y)
    return f"{upper}L{lower.removeprefix('M')}Z"


def line(data: str, classes: str) -> str:
    """A path; an empty one is left out."""
    return f'<path class="{classes}" d="{data}"/>' if data else ""
