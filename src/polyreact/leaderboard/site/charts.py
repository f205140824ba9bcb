"""Small charts as coordinates, drawn by the template as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass

_LEFT = 4.0
_SPAN = 56.0
_CHANCE = 0.5

WIDTH = 64
HEIGHT = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """An AUROC on an axis from 0 to 1: a bar from chance to the value, a dot at it, a line over its interval."""

    start: str
    length: str
    dot: str
    low: str
    span: str
    chance: str
    tone: str


def build_bar(value: float, limits: tuple[float, float] | None = None) -> Bar:
    """The bar of a value from 0 to 1; `tone` is `above` or `below` chance. Without `limits` the line is a point."""
    low, high = min(value, _CHANCE), max(value, _CHANCE)
    return Bar(
        start=_coordinate(_LEFT + _SPAN * low),
        length=_coordinate(_SPAN * (high - low)),
        dot=_coordinate(_LEFT + _SPAN * value),
        low=_coordinate(_LEFT + _SPAN * (limits or (value, value))[0]),
        span=_coordinate(_SPAN * (limits[1] - limits[0] if limits else 0)),
        chance=_coordinate(_LEFT + _SPAN * _CHANCE),
        tone="above" if value >= _CHANCE else "below",
    )


def _coordinate(value: float) -> str:
    return f"{value:.2f}"
