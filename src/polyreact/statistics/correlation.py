"""The interval of Spearman's rank correlation."""

from __future__ import annotations

import math
from statistics import NormalDist

from polyreact.statistics.interval import LEVEL, Interval, Method, Unavailable, validate_level

FEW = 10
FEW_PAIRS = f"it would not cover with fewer than {FEW} antibodies that have an assay value"


def spearman_interval(correlation: float, pairs: int, level: float = LEVEL) -> Interval | Unavailable:
    """tanh(atanh r -+ z sqrt((1 + r^2 / 2) / (n - 3))), of a correlation of `pairs` independent pairs.

    Bonett and Wright 2000 (Psychometrika 65:23). At -1 and 1 the scale has no end, and r is taken half a step of
    the smallest change that ranks can make, 6 / (n^3 - n), within. Unavailable with fewer than FEW pairs. Raises
    ValueError for a correlation outside of -1 to 1.
    """
    validate_level(level)
    if not -1 <= correlation <= 1:
        raise ValueError(f"a correlation is between -1 and 1, not {correlation}")
    if pairs < FEW:
        return Unavailable(FEW_PAIRS)
    end = 1 - 3 / (pairs**3 - pairs)
    inside = min(end, max(-end, correlation))
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt((1 + inside**2 / 2) / (pairs - 3))
    low, high = math.tanh(math.atanh(inside) - half), math.tanh(math.atanh(inside) + half)
    return Interval(min(low, correlation), max(high, correlation), level, Method.BONETT_WRIGHT)
