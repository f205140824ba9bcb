"""Figures in the sentences that stand for a chart."""

from __future__ import annotations

from collections.abc import Sequence

_WHOLE_SECONDS = 100

#: The lower and the upper end of an interval.
Limits = tuple[float, float]


def figure(value: float) -> str:
    """Two decimals; never a negative zero."""
    return f"{value:.2f}".replace("-0.00", "0.00")


def figure_with_limits(value: float, limits: Limits | None) -> str:
    """`0.73 [0.61, 0.82]`, as charts print it."""
    return figure(value) + (f" [{figure(limits[0])}, {figure(limits[1])}]" if limits else "")


def spoken(value: float, limits: Limits | None) -> str:
    """`0.73 (interval 0.61 to 0.82)`, as it is read aloud."""
    return figure(value) + (f" (interval {figure(limits[0])} to {figure(limits[1])})" if limits else "")


def duration(seconds: float) -> str:
    """`0.4 s`, `8.5 s`, `1,260 s`; as exact as a running time is."""
    return f"{seconds:,.0f} s" if seconds >= _WHOLE_SECONDS else f"{seconds:.2g} s"


def per_cent(share: float) -> str:
    """`35 %`, not to be broken over two lines."""
    return f"{100 * share:.0f}\u00a0%"


def counted(count: int, one: str, several: str) -> str:
    """`1 entry`, `1,200 entries`."""
    return f"{count:,} {one if count == 1 else several}"


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""
