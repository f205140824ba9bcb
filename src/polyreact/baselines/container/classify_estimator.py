"""A classifier of scikit-learn, kept by skops: a description of known types, which runs nothing when it is read."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from skops import io

Classifier = Callable[[np.ndarray], np.ndarray]
#: The types that may stand in the file, besides those that skops itself takes for harmless.
ALLOWED = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))["classifier"]["types"]


def load(folder: Path) -> Classifier:
    """The classifier as it was trained before."""
    return as_classifier(io.load(folder / "classifier.skops", trusted=ALLOWED))


def fit(features: np.ndarray, labels: np.ndarray, settings: dict) -> Classifier:
    """The same kind of classifier, fitted on these rows."""
    build = {
        "svm": SVC,
        "mlp": lambda **given: MLPClassifier(random_state=settings["seed"], **given),
        "random-forest": lambda **given: RandomForestClassifier(random_state=settings["seed"], n_jobs=1, **given),
        "gaussian-process": lambda **given: GaussianProcessClassifier(
            1.0 * RBF(10.0), random_state=settings["seed"], **given
        ),
    }
    steps = [("scale", StandardScaler())] if settings["scale"] else []
    pipeline = Pipeline([*steps, ("classify", build[settings["name"]](**settings["settings"]))])
    with warnings.catch_warnings():  # a network that stops after its epochs is how it is trained
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline.fit(features, labels)
    return as_classifier(pipeline)


def as_classifier(pipeline: Pipeline) -> Classifier:
    """Gives the probability of polyreactivity of each row, or for a support vector machine the distance from its
    border.
    """
    if isinstance(pipeline[-1], SVC):
        return lambda features: pipeline.decision_function(features).astype(np.float64)
    return lambda features: pipeline.predict_proba(features)[:, 1].astype(np.float64)
