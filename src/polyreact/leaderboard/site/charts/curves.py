"""ROC and precision-recall curves with their bands, of one submission or of several on the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import TypeVar

from polyreact.leaderboard.site.charts.axes import (
    FOOT,
    LEFT,
    RIGHT,
    Axes,
    band_data,
    build_axes,
    line,
    path_data,
)
from polyreact.leaderboard.site.charts.scales import tick_words
from polyreact.leaderboard.site.charts.svg import (
    BOLD,
    Chart,
    checked,
    checked_shares,
    fit_text,
    isolated,
    number,
    render_chart,
    render_text,
    text_width,
)
from polyreact.leaderboard.site.charts.words import Limits, figure_with_limits, listed, per_cent, spoken

#: x, y, and the lower and upper limit of y there; all from 0 to 1.
CurvePoint = tuple[float, float, float, float]

MOST_SERIES = 6
_MOST_BANDS = 3
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_LIMITS = (0.0, 1.0)
_SIDE = RIGHT - LEFT
_KEY_ROW = 19.0
_NAMED_FALSE_POSITIVES = 0.1
_NAMED_RECALL = 0.5
_ROC_THRESHOLD = ", at its threshold it finds {y} at {x} false positives"
_RECALL_THRESHOLD = ", at its threshold {y} of what it calls polyreactive is, and it finds {x}"
_LETTERS = "ABCDEF"
# Where along a curve a letter may stand, and how many of another curve's points it is held against.
_PLACES = 16
_MIDDLE = 0.6
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where on its curve a submission calls antibodies polyreactive."""

    x: float
    y: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Series:
    """One submission's curve: points in the order of x, the area under it with its interval, its own threshold."""

    name: str
    points: Sequence[CurvePoint]
    value: float
    limits: Limits | None = None
    operating_point: OperatingPoint | None = None


def build_roc(chart_id: str, track: str, series: Sequence[Series]) -> Chart:
    """True positive rate against false positive rate; the value of a series is its AUROC.

    Bands are drawn of up to three curves. Raises ValueError for values that are not from 0 to 1, points out of
    order, and no or more than six series.
    """
    found = [
        _headline(one, "AUROC") + _at_false_positives(one.points) + _at_threshold(one, _ROC_THRESHOLD)
        for one in series
    ]
    axes = _axes(
        len(series),
        ("False positive rate (specific, called polyreactive)", "True positive rate (polyreactive, found)"),
    )
    x, y = axes.x, axes.y
    diagonal = f'<path class="reference" d="M{number(x(0))} {number(y(0))}L{number(x(1))} {number(y(1))}"/>'
    at = f"{number(x(0.84))} {number(y(0.84) + 14)}"
    words = f'<text class="note halo" text-anchor="middle" transform="translate({at})rotate(-45)">chance</text>'
    return _chart(chart_id, "roc", "ROC curve", track, series, axes, "AUROC", found, diagonal + words)


def build_precision_recall(chart_id: str, track: str, series: Sequence[Series], prevalence: float) -> Chart:
    """Precision against recall; the value of a series is its average precision.

    `prevalence` is the share of polyreactive antibodies, which is the precision of chance. Raises ValueError as
    `build_roc` does.
    """
    checked_shares([(prevalence,)], "prevalence")
    found = [
        _headline(one, "average precision") + _at_recall(one.points) + _at_threshold(one, _RECALL_THRESHOLD)
        for one in series
    ]
    axes = _axes(len(series), ("Recall (polyreactive, found)", "Precision (polyreactive, among those called so)"))
    level = axes.y(prevalence)
    below = level < axes.bottom - _KEY_ROW
    reference = f'<path class="reference" d="M{number(LEFT)} {number(level)}H{number(RIGHT)}"/>' + render_text(
        LEFT + 6, level + (14 if below else -6), f"chance: prevalence {prevalence:.2f}", "note halo"
    )
    return _chart(
        chart_id,
        "precision-recall",
        "Precision-recall curve",
        track,
        series,
        axes,
        "AP",
        found,
        reference,
        last=f"; chance has a precision of {prevalence:.2f}",
    )


def _chart(
    chart_id: str,
    kind: str,
    what: str,
    track: str,
    series: Sequence[Series],
    axes: Axes,
    measure: str,
    found: Sequence[str],
    reference: str,
    last: str = "",
) -> Chart:
    for one in series:
        _check(one)
    if len(series) > 1:
        found = [f"{isolated(one.name)} has {words}" for one, words in zip(series, found, strict=True)]
    names = listed([isolated(one.name) for one in series])
    title = f"{what}{'s' if len(series) > 1 else ''} of {names} on {track}"
    # Of more than three the bands hide each other and the curves; the key has every interval.
    banded = series if len(series) <= _MOST_BANDS else ()
    bands = "".join(_band(one, index, axes) for index, one in enumerate(banded, 1))
    curves = "".join(_curve(one, index, axes) for index, one in enumerate(series, 1))
    body = [
        _key(series, measure),
        axes.svg,
        bands,
        reference,
        curves,
        _letters(series, axes) if len(series) > 1 else "",
        *(_threshold(one, index, axes, len(series) == 1) for index, one in enumerate(series, 1)),
    ]
    if not any(one.points for one in series):
        middle = (LEFT + RIGHT) / 2, (axes.top + axes.bottom) / 2
        body.append(render_text(*middle, "No points to draw", "note halo", "middle"))
    return render_chart(
        chart_id, kind, axes.bottom + FOOT, title, f"{title}: {'; '.join(found)}{last}.", "".join(body)
    )


def _axes(count: int, titles: tuple[str, str]) -> Axes:
    if not 0 < count <= MOST_SERIES:
        message = f"a chart has 1 to {MOST_SERIES} curves, not {count}"
        raise ValueError(message)
    return build_axes(_TICKS, _TICKS, _LIMITS, _LIMITS, titles, _KEY_ROW * (count + 1) + 32, _SIDE)


def _check(series: Series) -> None:
    points = series.points
    checked_shares(points, "points of a curve")
    checked_shares([(series.value, *(series.limits or ()))], "the value of a curve")
    if any(one[0] > other[0] for one, other in pairwise(points)):
        message = "points of a curve: x must not fall from one to the next"
        raise ValueError(message)
    if any(low > high for _, _, low, high in points):
        message = "points of a curve: a lower limit is above its upper one"
        raise ValueError(message)
    if series.operating_point is not None:
        checked_shares([(series.operating_point.x, series.operating_point.y)], "operating point")
        checked([series.operating_point.threshold], "threshold")


def _key(series: Sequence[Series], measure: str) -> str:
    """What each line is, above the plot, where it covers nothing; the name of a single curve has its width."""
    if len(series) == 1:
        (one,) = series
        value = f"{measure} {figure_with_limits(one.value, one.limits)}"
        return _key_row(one, 1, _KEY_ROW - 4, 38.0, RIGHT) + render_text(38, 2 * _KEY_ROW - 4, value)
    head = [render_text(RIGHT, _KEY_ROW - 4, f"{measure} [interval]", "note", "end")]
    if any(one.operating_point for one in series):
        head.append(f'<circle class="mark" cx="9" cy="11" r="4"/>{render_text(20, 15, "at its threshold", "note")}')
    for row, one in enumerate(series, 1):
        value = figure_with_limits(one.value, one.limits)
        y = _KEY_ROW * (row + 1) - 4
        head.append(render_text(4, y, _LETTERS[row - 1], "letter"))
        head.append(_key_row(one, row, y, 54.0, RIGHT - text_width(value) - 8))
        head.append(render_text(RIGHT, y, value, "", "end"))
    return "".join(head)


def _key_row(series: Series, index: int, y: float, start: float, end: float) -> str:
    return line(f"M{number(start - 34)} {number(y - 4)}h28", f"line t{index}") + render_text(
        start, y, fit_text(series.name, (end - start) / BOLD), "name"
    )


def _band(series: Series, index: int, axes: Axes) -> str:
    if len(series.points) <= 1 or all(low == high for _, _, low, high in series.points):
        return ""
    xs, _, lows, highs = zip(*series.points, strict=True)
    return line(band_data(xs, lows, highs, axes.x, axes.y), f"band t{index}")


def _curve(series: Series, index: int, axes: Axes) -> str:
    data = path_data(map(itemgetter(0, 1), series.points), axes.x, axes.y)
    if len(series.points) == 1:
        data += "h0"
    return line(data, f"line t{index}")


def _threshold(series: Series, index: int, axes: Axes, with_words: bool) -> str:
    point = series.operating_point
    if point is None:
        return ""
    x, y = axes.x(point.x), axes.y(point.y)
    mark = f'<circle class="mark t{index}" cx="{number(x)}" cy="{number(y)}" r="5"/>'
    if not with_words:
        return mark
    from_right = point.x > _MIDDLE
    low = y + 18 if y < axes.bottom - _KEY_ROW else y - 10
    words = f"threshold {tick_words(round(point.threshold, 3))}"
    return mark + render_text(x + (-9 if from_right else 9), low, words, "halo", "end" if from_right else "")


def _letters(series: Sequence[Series], axes: Axes) -> str:
    """A letter on each curve, where the other curves and letters are farthest."""
    placed = [
        [(axes.x(point[0]), axes.y(point[1])) for point in _spread(one.points, 3 * _PLACES)] for one in series
    ]
    taken: list[tuple[float, float]] = []
    letters = []
    for index, points in enumerate(placed):
        if not points:
            continue
        others = [point for other, all_of in enumerate(placed) if other != index for point in all_of] + taken
        inner = _spread(points[len(points) // 8 : -(len(points) // 8) or None], _PLACES)
        x, y = max(inner, key=lambda point: _distance(point, others))
        taken.append((x, y))
        letters.append(
            f'<circle class="disc t{index + 1}" cx="{number(x)}" cy="{number(y)}" r="8"/>'
            + render_text(x, y + 4, _LETTERS[index], "letter", "middle")
        )
    return "".join(letters)


def _distance(point: tuple[float, float], others: Sequence[tuple[float, float]]) -> float:
    return min(((point[0] - x) ** 2 + (point[1] - y) ** 2 for x, y in others), default=0.0)


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    step = max(1, len(items) / most)
    return [items[int(index * step)] for index in range(min(len(items), most))]


def _headline(series: Series, measure: str) -> str:
    return f"{measure} {spoken(series.value, series.limits)}"


def _at_false_positives(points: Sequence[CurvePoint]) -> str:
    """What is found at the most false positives that a campaign would bear; points between are not made up."""
    found = max((y for x, y, _, _ in points if x <= _NAMED_FALSE_POSITIVES), default=None)
    if found is None:
        return ""
    at = per_cent(_NAMED_FALSE_POSITIVES)
    return f", at {at} false positives it finds {per_cent(found)} of polyreactive antibodies"


def _at_recall(points: Sequence[CurvePoint]) -> str:
    found = max((y for x, y, _, _ in points if x >= _NAMED_RECALL), default=None)
    return (
        ""
        if found is None
        else f", at a recall of {per_cent(_NAMED_RECALL)} or more its precision is up to {found:.2f}"
    )


def _at_threshold(series: Series, words: str) -> str:
    point = series.operating_point
    return words.format(x=per_cent(point.x), y=per_cent(point.y)) if point else ""
