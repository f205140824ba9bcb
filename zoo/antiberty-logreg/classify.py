"""Logistic regression: one weight for each number and an intercept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

Classifier = Callable[[np.ndarray], np.ndarray]
STEPS, TOLERANCE = 100, 1e-10


def load(folder: Path) -> Classifier:
    """The classifier as it was trained before."""
    with np.load(folder / "classifier.npz", allow_pickle=False) as kept:
        return as_classifier(kept["weights"], float(kept["intercept"]))


def fit(features: np.ndarray, labels: np.ndarray, settings: dict) -> Classifier:
    """The weights that minimise |w|^2 / 2 + C x (sum of log losses), by Newton's method; the intercept is free.

    This is scikit-learn's logistic regression, whose solver stops a little before the minimum.
    """
    strength = settings["settings"].get("C", 1.0)
    mean, scale = features.mean(axis=0, dtype=np.float64), np.ones(features.shape[1])
    if settings["scale"]:
        scale = features.std(axis=0, dtype=np.float64)
        scale[scale == 0] = 1
    rows = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    penalty = np.append(np.ones(features.shape[1]), 0.0)
    weights = np.zeros(rows.shape[1])

    def loss(weights: np.ndarray) -> float:
        logits = rows @ weights
        return penalty @ weights**2 / 2 + strength * (np.logaddexp(0, logits) - labels * logits).sum()

    for _ in range(STEPS):
        chance = sigmoid(rows @ weights)
        gradient = penalty * weights + strength * rows.T @ (chance - labels)
        curvature = np.diag(penalty) + strength * (rows.T * (chance * (1 - chance))) @ rows
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        length = 1.0
        while loss(weights - length * step) > loss(weights) and length > TOLERANCE:
            length /= 2
        weights = weights - length * step
        if np.abs(length * step).max() < TOLERANCE:
            break
    slopes = weights[:-1] / scale
    return as_classifier(slopes, weights[-1] - slopes @ mean)


def as_classifier(weights: np.ndarray, intercept: float) -> Classifier:
    """Gives the probability of polyreactivity of each row."""
    return lambda features: sigmoid(features.astype(np.float64) @ weights + intercept)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-logits))."""
    return np.exp(-np.logaddexp(0, -logits))
