"""One figure over several sets, where one is wanted: the mean of how far each AUROC is above chance."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mean_skill(estimates: Sequence[float], intervals: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """The mean of 2 A - 1 over AUROCs of sets that have no antibody in common, and its limits.

    2 A - 1 is Somers' D, or the Gini coefficient: 0 for chance, 1 for perfect. Sets are independent of each other,
    so the distances of an AUROC's own limits from it are squared and added (MOVER: Zou and Donner 2008, Stat Med
    27:1693). Each set weighs the same: it is a question of its own, however many antibodies it has. Raises
    ValueError where there are none or not as many of both.
    """
    if not estimates or len(estimates) != len(intervals):
        raise ValueError(f"{len(estimates)} AUROCs do not go with {len(intervals)} intervals")
    scale = 2 / len(estimates)
    skill = math.fsum(2 * estimate - 1 for estimate in estimates) / len(estimates)
    pairs = list(zip(estimates, intervals, strict=True))
    below = scale * math.hypot(*(estimate - low for estimate, (low, _) in pairs))
    above = scale * math.hypot(*(high - estimate for estimate, (_, high) in pairs))
    return skill, max(-1.0, skill - below), min(1.0, skill + above)
