"""Boosted trees of XGBoost, kept in its own binary JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xgboost

Classifier = Callable[[np.ndarray], np.ndarray]


def load(folder: Path) -> Classifier:
    """The trees as they were trained before."""
    booster = xgboost.Booster()
    booster.load_model(folder / "classifier.ubj")
    return as_classifier(booster)


def fit(features: np.ndarray, labels: np.ndarray, settings: dict) -> Classifier:
    """Trees on the logistic loss, in one thread, so that the same rows give the same trees."""
    given = dict(settings["settings"])
    rounds = int(given.pop("rounds", 100))
    chosen = {"objective": "binary:logistic", "seed": settings["seed"], "nthread": 1, "verbosity": 0} | given
    data = xgboost.DMatrix(features.astype(np.float32), label=labels)
    return as_classifier(xgboost.train(chosen, data, num_boost_round=rounds))


def as_classifier(booster: xgboost.Booster) -> Classifier:
    """Gives the probability of polyreactivity of each row."""
    return lambda features: booster.predict(xgboost.DMatrix(features.astype(np.float32))).astype(np.float64)
