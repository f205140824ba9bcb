"""Classifiers of scikit-learn, kept by skops: a description of known types, which runs nothing when loaded.

The types that may stand in a kept one are those listed here and the ones skops itself takes for harmless; a file
with any other is refused.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from skops import io as skops_io

from polyreact.baselines.classifiers.interface import ClassifierChoice, Fitted, Floats, Labels
from polyreact.baselines.classifiers.linear import LinearModel
from polyreact.baselines.classifiers.skops_bytes import renumber
from polyreact.errors import BadModel, WrongCommandLine

#: What a kept estimator may be made of, besides numbers, text and what skops trusts itself.
ALLOWED_TYPES = frozenset(
    {
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.tree._tree.Tree",
    }
)
#: Enough for lbfgs on numbers that are not scaled.
_ITERATIONS = 10_000


@dataclass(frozen=True, slots=True)
class SklearnModel:
    """A fitted pipeline of scikit-learn."""

    kind: ClassVar[str] = "scikit-learn"
    file_name: ClassVar[str] = "classifier.skops"

    pipeline: Pipeline

    @property
    def is_probability(self) -> bool:
        """Not for a support vector machine, whose score is the distance from its border."""
        return not isinstance(self.pipeline[-1], SVC)

    def score(self, features: npt.NDArray[np.floating]) -> Floats:
        """The probability of polyreactivity of each row, or the distance from the border."""
        if self.is_probability:
            return np.asarray(self.pipeline.predict_proba(features)[:, 1], dtype=np.float64)
        return np.asarray(self.pipeline.decision_function(features), dtype=np.float64)

    def to_bytes(self) -> bytes:
        """The pipeline as skops keeps it."""
        return renumber(skops_io.dumps(self.pipeline))


def fit_logreg(choice: ClassifierChoice, features: npt.NDArray[np.floating], labels: Labels, seed: int) -> Fitted:
    """Logistic regression with an L2 penalty by lbfgs; scaling, where asked for, becomes part of the weights."""
    pipeline = _fit(_make_logreg, choice, features, labels, seed)
    estimator = pipeline[-1]
    weights, intercept = estimator.coef_[0].astype(np.float64), float(estimator.intercept_[0])
    if choice.scale:
        scaler = pipeline[0]
        weights = weights / scaler.scale_
        intercept -= float(weights @ scaler.mean_)
    return LinearModel(weights, intercept)


def fit_estimator(
    choice: ClassifierChoice, features: npt.NDArray[np.floating], labels: Labels, seed: int
) -> Fitted:
    """Any other estimator of this module."""
    return SklearnModel(_fit(_ESTIMATORS[choice.name], choice, features, labels, seed))


def _make_logreg(seed: int, settings: dict[str, Any]) -> LogisticRegression:
    return LogisticRegression(**({"max_iter": _ITERATIONS, "random_state": seed} | settings))


_Make = Callable[[int, dict[str, Any]], Any]
_ESTIMATORS: Mapping[str, _Make] = {
    "svm": lambda _seed, settings: SVC(**settings),
    "mlp": lambda seed, settings: MLPClassifier(**({"random_state": seed} | settings)),
    "random-forest": lambda seed, settings: RandomForestClassifier(
        **({"random_state": seed, "n_jobs": 1} | settings)
    ),
    "gaussian-process": lambda seed, settings: GaussianProcessClassifier(
        **({"kernel": 1.0 * RBF(10.0), "random_state": seed} | settings)
    ),
}


def find_types(content: bytes) -> tuple[str, ...]:
    """The types that a skops file is made of, in order, besides those that skops takes for harmless."""
    return tuple(sorted(skops_io.get_untrusted_types(data=content)))


def load_estimator(content: bytes) -> SklearnModel:
    """The pipeline of a skops file. Raises BadModel for one that is damaged or holds a type that is not allowed."""
    try:
        found = find_types(content)
        foreign = sorted(set(found) - ALLOWED_TYPES)
        if foreign:
            raise BadModel(
                f"the kept classifier is made of types that are not allowed: {', '.join(foreign)}",
                consequence="Nothing of it was loaded.",
                cure="Load models that `polyreact train` has made, and no others.",
            )
        loaded = skops_io.loads(content, trusted=list(found))
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as error:
        raise BadModel("the kept classifier cannot be read", detail=str(error)) from error
    known = (SVC, MLPClassifier, RandomForestClassifier, GaussianProcessClassifier)
    if not isinstance(loaded, Pipeline) or not isinstance(loaded[-1], known):
        raise BadModel("the kept classifier is none that `polyreact train` makes")
    return SklearnModel(loaded)


def _fit(
    make: _Make, choice: ClassifierChoice, features: npt.NDArray[np.floating], labels: Labels, seed: int
) -> Pipeline:
    steps = [("scale", StandardScaler())] if choice.scale else []
    with warnings.catch_warnings():
        # A network that stops after its epochs is how it is trained; figures tell whether it was enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            pipeline = Pipeline([*steps, ("classify", make(seed, choice.settings))])
            pipeline.fit(features, labels)
        except (ValueError, TypeError) as error:
            raise WrongCommandLine(
                f"{choice.name} cannot be fitted with {choice.settings}: {error}",
                cure="See classifier.settings in the configuration: polyreact train --show-config",
            ) from error
    return pipeline
