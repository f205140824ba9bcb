"""Boosted trees of XGBoost, kept in its own binary JSON (UBJ)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import xgboost

from polyreact.baselines.classifiers.interface import ClassifierChoice, Fitted, Floats, Labels
from polyreact.errors import BadModel, WrongCommandLine

_ROUNDS = 100
#: Of an object in UBJ. XGBoost ends the whole process over a file of another format.
_BEGINS, _ENDS = b"{L", b"}"


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """A fitted booster."""

    kind: ClassVar[str] = "xgboost"
    file_name: ClassVar[str] = "classifier.ubj"
    is_probability: ClassVar[bool] = True

    booster: xgboost.Booster

    def score(self, features: npt.NDArray[np.floating]) -> Floats:
        """The probability of polyreactivity of each row."""
        scores = self.booster.predict(xgboost.DMatrix(features.astype(np.float32)))
        return np.asarray(scores, dtype=np.float64)

    def to_bytes(self) -> bytes:
        """The booster as UBJ."""
        return bytes(self.booster.save_raw(raw_format="ubj"))


def fit_boosted_trees(
    choice: ClassifierChoice, features: npt.NDArray[np.floating], labels: Labels, seed: int
) -> Fitted:
    """Trees on the logistic loss; the setting `rounds` is how many. They need no scaling. One thread, so that the
    same rows give the same trees.
    """
    settings = dict(choice.settings)
    rounds = settings.pop("rounds", _ROUNDS)
    parameters = {"objective": "binary:logistic", "seed": seed, "nthread": 1, "verbosity": 0} | settings
    try:
        data = xgboost.DMatrix(features.astype(np.float32), label=labels)
        return BoostedTrees(xgboost.train(parameters, data, num_boost_round=int(str(rounds))))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise WrongCommandLine(f"xgboost cannot be fitted with {choice.settings}: {error}") from error


def load_boosted_trees(content: bytes) -> BoostedTrees:
    """The booster of a UBJ file. Raises BadModel."""
    if not (content.startswith(_BEGINS) and b"learner" in content and content.endswith(_ENDS)):
        raise BadModel("the kept trees cannot be read: they are no UBJ of XGBoost, or not a whole one")
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(content))
    except xgboost.core.XGBoostError as error:
        raise BadModel("the kept trees cannot be read", detail=str(error)) from error
    return BoostedTrees(booster)
