"""The small picture in a row: a value and its interval on an axis that all rows of its column share.

Whole coordinates and few elements: with a thousand entries every byte of a row counts a thousand times. The lines
of reference are drawn again in each row, since a browser takes longer to clone what `<use>` refers to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

#: What the picture measures in its own units, two to a pixel.
WIDTH = 192
HEIGHT = 28
_EDGE = 8


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is drawn over all rows; `kind` is `chance` or `baseline`."""

    value: float
    kind: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis of a column, from `low` to `high`; `frame` and `baselines` are its lines as data of SVG paths."""

    low: float
    high: float
    frame: str = ""
    baselines: str = ""

    @property
    def words(self) -> str:
        """Where it begins and ends."""
        return f"{self.low:.1f} to {self.high:.1f}"


@dataclass(frozen=True, slots=True)
class RowBar:
    """Where the dot stands, where the interval begins, and how long it is; without an interval it has no length."""

    at: int
    low: int
    length: int


def build_axis(values: Iterable[float], high: float, references: Iterable[Reference] = ()) -> Axis:
    """The axis up to `high` that has room for all `values`, limits of intervals included, and all references."""
    shown = tuple(references)
    least = min([*values, *(reference.value for reference in shown)], default=high)
    axis = Axis(min(math.floor(10 * least + 1e-9) / 10, high - 0.1), high)
    chance, baselines = (
        _lines(axis, (line.value for line in shown if line.kind == kind)) for kind in ("chance", "baseline")
    )
    return replace(axis, frame=f"M0 {HEIGHT // 2}H{WIDTH}{chance}", baselines=baselines)


def build_row_bar(axis: Axis, value: float, limits: tuple[float, float] | None = None) -> RowBar:
    """The picture of a value, and of its interval if it has one."""
    low, high = limits or (value, value)
    start = _place(axis, low)
    return RowBar(_place(axis, value), start, _place(axis, high) - start)


def _lines(axis: Axis, values: Iterable[float]) -> str:
    """Upright lines, each once."""
    places = dict.fromkeys(_place(axis, value) for value in values)
    return "".join(f"M{place} 0V{HEIGHT}" for place in places)


def _place(axis: Axis, value: float) -> int:
    share = (value - axis.low) / (axis.high - axis.low)
    return round(_EDGE + (WIDTH - 2 * _EDGE) * min(max(share, 0.0), 1.0))
