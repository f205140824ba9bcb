"""What an interval is, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: How sure the intervals are where nothing else is asked for.
LEVEL = 0.95

NO_POSITIVES = "no antibody in this set is polyreactive"
NO_NEGATIVES = "no antibody in this set is specific"


class Method(StrEnum):
    """How an interval was made."""

    LOGIT_DELONG = "DeLong on the logit scale, Satterthwaite's t"
    NEWCOMBE = "Newcombe 2006, method 5"
    WIDER = "the wider limits of DeLong (logit, t) and Newcombe (method 5)"
    WILSON = "Wilson"
    MOVER = "MOVER from Wilson limits"
    CLUSTER_BOOTSTRAP = "percentile bootstrap over groups"


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with confidence `level`; both limits finite and counted as inside."""

    low: float
    high: float
    level: float
    method: Method


@dataclass(frozen=True, slots=True)
class Unavailable:
    """There is no value, and why."""

    reason: str


def validate_level(level: float) -> None:
    """Raises ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, not {level}")
