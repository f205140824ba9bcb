"""From values to coordinates, and the round values that an axis names."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

_STEPS = (1, 2, 5, 10)
_LARGE = 1_000


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to coordinates: `offset + slope * value`."""

    offset: float
    slope: float

    def __call__(self, value: float) -> float:
        """The coordinate of `value`."""
        return self.offset + self.slope * value


def build_scale(low: float, high: float, start: float, end: float) -> Scale:
    """The scale with `low` at `start` and `high` at `end`; raises ValueError unless `low` is less than `high`."""
    if not low < high:
        message = f"an axis runs from a lower to a higher value, not from {low} to {high}"
        raise ValueError(message)
    slope = (end - start) / (high - low)
    return Scale(start - slope * low, slope)


def round_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten within `low` to `high`, at most `most` and one of them."""
    if not low < high:
        return (low,)
    step = _round_step((high - low) / most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(round(index * step, 12) for index in range(first, last + 1))


def round_limits(low: float, high: float, most: int = 6) -> tuple[float, float]:
    """Limits of an axis: round, around `low` to `high`, and never equal."""
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    step = _round_step((high - low) / most)
    return round(floor(low / step + 1e-9) * step, 12), round(ceil(high / step - 1e-9) * step, 12)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten within `low` to `high`, both above 0; where they are few, 2 and 5 times them too."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    tens = [10.0**power for power in powers if low <= 10.0**power <= high]
    if len(tens) > len(_STEPS) - 2:
        return tuple(tens)
    finer = (step * 10.0**power for power in powers for step in _STEPS[:-1])
    return tuple(float(f"{tick:.6g}") for tick in finer if low <= tick <= high)


def tick_words(value: float) -> str:
    """A tick's value as briefly as it can be said."""
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.6g}"


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
