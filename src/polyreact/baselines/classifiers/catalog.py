"""The classifiers by name, and those that are kept by the way they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
import numpy.typing as npt

from polyreact.baselines.classifiers.boosted_trees import BoostedTrees, fit_boosted_trees, load_boosted_trees
from polyreact.baselines.classifiers.estimators import SklearnModel, fit_estimator, fit_logreg, load_estimator
from polyreact.baselines.classifiers.interface import ClassifierChoice, Fitted, Labels
from polyreact.baselines.classifiers.linear import LinearModel, load_linear
from polyreact.errors import BadModel, UnknownName

_Fit = Callable[[ClassifierChoice, npt.NDArray[np.floating], Labels, int], Fitted]

CLASSIFIERS: Mapping[str, _Fit] = {
    "gaussian-process": fit_estimator,
    "logreg": fit_logreg,
    "mlp": fit_estimator,
    "random-forest": fit_estimator,
    "svm": fit_estimator,
    "xgboost": fit_boosted_trees,
}
_LOADERS: Mapping[str, Callable[[bytes], Fitted]] = {
    LinearModel.kind: load_linear,
    SklearnModel.kind: load_estimator,
    BoostedTrees.kind: load_boosted_trees,
}
_FILES = {kind.kind: kind.file_name for kind in (LinearModel, SklearnModel, BoostedTrees)}


def fit_classifier(
    choice: ClassifierChoice, features: npt.NDArray[np.floating], labels: Labels, seed: int
) -> Fitted:
    """Fit the chosen classifier. The same rows in the same order and the same seed give the same one.

    Raises UnknownName, and WrongCommandLine for settings that it does not know.
    """
    if choice.name not in CLASSIFIERS:
        raise UnknownName("classifier", choice.name, CLASSIFIERS)
    return CLASSIFIERS[choice.name](choice, features, labels, seed)


def expand_grid(choice: ClassifierChoice) -> tuple[ClassifierChoice, ...]:
    """The choice with each combination of the values of its grid; itself where there is none."""
    names = sorted(choice.grid)
    return tuple(
        ClassifierChoice(choice.name, choice.settings | dict(zip(names, values, strict=True)), choice.scale)
        for values in product(*(choice.grid[name] for name in names))
    )


def find_file_name(kind: str) -> str:
    """The file that a classifier of this kind is kept in. Raises BadModel for an unknown kind."""
    if kind not in _FILES:
        raise BadModel(f"the classifier is of the unknown kind {kind!r:.40}; known are {', '.join(sorted(_FILES))}")
    return _FILES[kind]


def load_classifier(kind: str, content: bytes) -> Fitted:
    """A kept classifier. Raises BadModel; nothing that the file holds is ever run."""
    find_file_name(kind)
    return _LOADERS[kind](content)
