"""What a set can resolve, known from its size alone."""

from __future__ import annotations

import math

_NORMAL_95 = 1.959963984540054


def auroc_half_width(positives: int, negatives: int, auroc: float = 0.75) -> float:
    """Half the width of the 95 % interval of an AUROC measured on so many antibodies.

    Formula 1 of Hanley and McNeil, Radiology 143:29-36 (1982), with Q1 = A/(2-A) and Q2 = 2A²/(1+A). Needs at
    least one of each class.
    """
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    variance = auroc * (1 - auroc) + (positives - 1) * (q1 - auroc**2) + (negatives - 1) * (q2 - auroc**2)
    return _NORMAL_95 * math.sqrt(variance / (positives * negatives))
