"""A run of `polyreact train` as it is kept, read for packaging."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from polyreact.baselines.classifiers.interface import ClassifierChoice
from polyreact.baselines.model import Model, load_model
from polyreact.baselines.packaging.folder import Recipe
from polyreact.baselines.train import CARD_FILE, CONFIG_FILE
from polyreact.errors import BadModel
from polyreact.files import read_bounded

_LIMIT_BYTES = 1 << 24
_SECTION = "## "


class _Classifier(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    settings: dict[str, Any]
    scale: bool


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str


class _Config(BaseModel):
    """What of a run's config.json matters here; `model/` says the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    classifier: _Classifier
    seed: int
    tune: bool
    data: _Data


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """A run: what it was trained by and on, the model, and the sections of its card, in Markdown."""

    recipe: Recipe
    model: Model
    is_tuned: bool
    data: str
    card: str


def read_run(folder: Path) -> TrainedRun:
    """The run in a folder. Raises UnreadableArgument and BadModel."""
    try:
        config = _Config.model_validate_json(read_bounded(folder / CONFIG_FILE, _LIMIT_BYTES))
    except ValidationError as error:
        raise BadModel(
            f"{folder / CONFIG_FILE} is not of a run of polyreact train",
            consequence="Nothing was packaged.",
            detail=str(error),
        ) from error
    model = load_model(folder / "model")
    card = read_bounded(folder / CARD_FILE, _LIMIT_BYTES).decode("utf-8", errors="replace")
    classifier = ClassifierChoice(config.classifier.name, config.classifier.settings, config.classifier.scale)
    recipe = Recipe(
        embedder=model.embedder,
        parts=model.parts,
        classifier=classifier,
        seed=config.seed,
    )
    return TrainedRun(recipe, model, config.tune, config.data.name, _SECTION + card.partition(_SECTION)[2])
