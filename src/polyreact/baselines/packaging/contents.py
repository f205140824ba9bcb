"""What a submission folder is made of, before any file of it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from polyreact.baselines.classifiers.boosted_trees import BoostedTrees
from polyreact.baselines.classifiers.estimators import SklearnModel
from polyreact.baselines.classifiers.linear import LinearModel
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.packaging.encoders import ENCODERS
from polyreact.baselines.parts import Part
from polyreact.submission.contract import Mode

_NUMBERED = frozenset({"descriptors", "one-hot"})


class Head(StrEnum):
    """The kinds of classifier, by the program that runs them in the image."""

    LINEAR = "linear"
    TREES = "trees"
    ESTIMATOR = "estimator"


_HEADS = {"logreg": Head.LINEAR, "xgboost": Head.TREES}
#: The file that each is kept in.
HEAD_FILES = {
    Head.LINEAR: LinearModel.file_name,
    Head.TREES: BoostedTrees.file_name,
    Head.ESTIMATOR: SklearnModel.file_name,
}


@dataclass(frozen=True, slots=True)
class Contents:
    """Which programs a folder needs, and what the manifest says of its scores.

    `files` are its own: model.json, and a classifier, golden values and weights where there are some, by their
    paths in the folder.
    """

    embedder: EmbedderChoice
    parts: tuple[Part, ...]
    head: Head
    mode: Mode
    threshold: float
    is_probability: bool
    files: Mapping[str, bytes]

    @property
    def has_encoder(self) -> bool:
        """Whether it embeds by a language model, or by an untrained one."""
        return self.embedder.name in ENCODERS

    @property
    def is_of_hub(self) -> bool:
        """Whether the weights are fetched from the hub while the image is built."""
        return self.embedder.name == "hub" and not self.has_weights

    @property
    def has_weights(self) -> bool:
        """Whether the weights lie in the folder: those of a model of one's own."""
        return any(name.startswith("weights/") for name in self.files)

    @property
    def is_numbered(self) -> bool:
        """Whether sequences are numbered in the image."""
        return self.embedder.name in _NUMBERED or any(not part.is_whole for part in self.parts)


def find_head(classifier: str) -> Head:
    """The kind of a classifier, by its name in a configuration."""
    return _HEADS.get(classifier, Head.ESTIMATOR)


def as_data(choice: EmbedderChoice) -> dict[str, Any]:
    """What model.json says of the embedder."""
    kept = {"name": choice.name}
    if choice.name == "kmer":
        return kept | {"k": choice.k}
    if choice.name == "random-encoder":
        return kept | {"seed": choice.seed}
    if choice.name == "hub":
        return kept | {"model": choice.model, "revision": choice.revision}
    return kept
