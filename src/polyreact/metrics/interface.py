"""What a metric value is: a number, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricValue:
    """`value` is a finite float, or None with the `reason` why it cannot be had. Never 0 or NaN instead."""

    value: float | None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            message = "a metric has a value or a reason, not both and not neither"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Counts at the submission's own threshold; polyreactive (1) is the positive class."""

    true_negatives: int
    false_positives: int
    false_negatives: int
    true_positives: int

    @property
    def positives(self) -> int:
        """How many are polyreactive."""
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> int:
        """How many are specific."""
        return self.true_negatives + self.false_positives

    @property
    def total(self) -> int:
        """How many there are."""
        return self.positives + self.negatives


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The antibodies whose score is above `above` and at most `up_to`; a score of 0 is in the first bin.

    `mean_score` is None where no antibody is in it.
    """

    above: float
    up_to: float
    antibodies: int
    polyreactive: int
    mean_score: float | None


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """All metrics of one table of predictions, by key, in the order they are shown.

    `reliability` is empty where the scores are no probabilities. `assay_rows` counts the antibodies with an assay
    value, which `spearman` is made from, the others being left out; None where the set has no such values at all.
    """

    confusion: ConfusionMatrix
    metrics: Mapping[str, MetricValue]
    reliability: tuple[ReliabilityBin, ...] = ()
    assay_rows: int | None = None
