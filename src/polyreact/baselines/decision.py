"""From a score to a decision: the threshold, and on request a calibration, both learned from out-of-fold scores.

A score that was fitted on a row says too much of that row, so neither is learned from such. And what is learned
from out-of-fold scores is judged on others: each fold gets what the other folds taught (`validation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from sklearn.linear_model import LogisticRegression

from polyreact.baselines.classifiers.interface import Floats, Labels
from polyreact.errors import CannotTrain

_HARDLY_ANY_PENALTY = 1e6


class ThresholdRule(StrEnum):
    """Where polyreactive begins.

    `natural`: at 0.5 for a probability and 0 for a distance, as published figures are. `out-of-fold`: where
    sensitivity and specificity of the out-of-fold scores are largest together (Youden 1950, Cancer 3:32).
    """

    NATURAL = "natural"
    OUT_OF_FOLD = "out-of-fold"


@dataclass(frozen=True, slots=True)
class Decision:
    """A score is first mapped to 1 / (1 + exp(-(slope * score + offset))) where there is a slope, then compared:
    at the threshold or above is polyreactive.
    """

    threshold: float
    slope: float | None = None
    offset: float = 0.0

    @property
    def is_calibrated(self) -> bool:
        """Whether what is compared is a probability by calibration."""
        return self.slope is not None

    def calibrate(self, scores: Floats) -> Floats:
        """The scores that are compared and handed in, of shape (n,)."""
        if self.slope is None:
            return scores
        return np.exp(-np.logaddexp(0, -(self.slope * scores + self.offset)))

    def decide(self, scores: Floats) -> Labels:
        """0 or 1 for each score as the classifier gives it."""
        return (self.calibrate(scores) >= self.threshold).astype(np.int64)


def learn_decision(
    scores: Floats, labels: Labels, rule: ThresholdRule, *, is_probability: bool, calibrate: bool
) -> Decision:
    """What these out-of-fold scores teach. Raises CannotTrain where calibration would turn them over."""
    slope, offset = _fit_sigmoid(scores, labels) if calibrate else (None, 0.0)
    decision = Decision(0.5 if is_probability or calibrate else 0.0, slope, offset)
    if rule is ThresholdRule.NATURAL:
        return decision
    return Decision(find_best_threshold(decision.calibrate(scores), labels), slope, offset)


def find_best_threshold(scores: Floats, labels: Labels) -> float:
    """The middle between the two neighbouring scores where sensitivity and specificity are largest together.

    Of several such places the one nearest to the median score; of these the lowest.
    """
    values = np.unique(scores)
    if len(values) == 1:
        return float(values[0])
    middles = (values[:-1] + values[1:]) / 2
    positives, negatives = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    sensitivity = 1 - np.searchsorted(positives, middles) / len(positives)
    specificity = np.searchsorted(negatives, middles) / len(negatives)
    together = sensitivity + specificity
    best = middles[together >= together.max() - 1e-12]
    return float(best[np.argmin(np.abs(best - np.median(scores)))])


def _fit_sigmoid(scores: Floats, labels: Labels) -> tuple[float, float]:
    """Slope and offset by maximum likelihood (Platt 1999), for practical purposes without a penalty."""
    spread = float(scores.std()) or 1.0
    model = LogisticRegression(C=_HARDLY_ANY_PENALTY).fit((scores / spread).reshape(-1, 1), labels)
    slope = float(model.coef_[0, 0]) / spread
    if slope <= 0:
        raise CannotTrain(
            "the out-of-fold scores order the antibodies no better than chance, so they cannot be calibrated",
            cure="Train without calibration: calibrate=false",
        )
    return slope, float(model.intercept_[0])
