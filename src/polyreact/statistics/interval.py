"""What an interval is, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: How sure the intervals are where nothing else is asked for.
LEVEL = 0.95

NO_POSITIVES = "no antibody in this set is polyreactive"
NO_NEGATIVES = "no antibody in this set is specific"
ONE_POSITIVE = "an interval needs two polyreactive antibodies (or groups of them), and this set has one"
ONE_NEGATIVE = "an interval needs two specific antibodies (or groups of them), and this set has one"


class Method(StrEnum):
    """How an interval was made."""

    LOGIT_DELONG = "DeLong on the logit scale, Satterthwaite's t"
    SCORE = "score-type, the larger of DeLong's and Hanley-McNeil's variance, Satterthwaite's t"
    LOGIT_OBUCHOWSKI = "Obuchowski by groups, on the logit scale, Satterthwaite's t"
    SCORE_OBUCHOWSKI = "score-type, the larger of Obuchowski's and Hanley-McNeil's variance, Satterthwaite's t"
    NEWCOMBE = "score-type, Hanley-McNeil's variance (Newcombe 2006, method 5)"
    WILSON = "Wilson"
    MOVER = "MOVER from Wilson limits"
    MEAN = "mean of a stratified sample, Satterthwaite's t"
    BONETT_WRIGHT = "Bonett and Wright, on Fisher's scale"
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
