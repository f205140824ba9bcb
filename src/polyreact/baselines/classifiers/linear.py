"""Logistic regression as what it is: one weight for each number, and an intercept. Kept as NPZ, without pickle."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from polyreact.baselines.classifiers.interface import Floats
from polyreact.errors import BadModel

_NAMES = ("weights", "intercept")
#: Of every member of the archive, so that the same weights are the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LinearModel:
    """The probability is 1 / (1 + exp(-(weights . row + intercept))); `weights` has shape (numbers,)."""

    kind: ClassVar[str] = "linear"
    file_name: ClassVar[str] = "classifier.npz"
    is_probability: ClassVar[bool] = True

    weights: Floats
    intercept: float

    def score(self, features: npt.NDArray[np.floating]) -> Floats:
        """The probability of polyreactivity of each row."""
        logits = features.astype(np.float64) @ self.weights + self.intercept
        return np.exp(-np.logaddexp(0, -logits))

    def to_bytes(self) -> bytes:
        """The weights and the intercept as NPZ."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, values in zip(_NAMES, (self.weights, np.asarray(self.intercept)), strict=True):
                member = io.BytesIO()
                np.save(member, values, allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy", _TIME), member.getvalue())
        return content.getvalue()


def load_linear(content: bytes) -> LinearModel:
    """The model of an NPZ. Raises BadModel."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            weights, intercept = (archive[name] for name in _NAMES)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadModel("the weights of the classifier cannot be read", detail=str(error)) from error
    if weights.dtype != np.float64 or weights.ndim != 1 or intercept.shape or intercept.dtype != np.float64:
        raise BadModel("the weights of the classifier are not one number each and an intercept")
    return LinearModel(weights, float(intercept))
