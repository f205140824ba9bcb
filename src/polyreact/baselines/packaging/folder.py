"""A submission folder out of a trained run, or out of a recipe that the benchmark is to train by."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyreact.baselines.classifiers.estimators import SklearnModel, find_types
from polyreact.baselines.classifiers.interface import ClassifierChoice
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.features import Places
from polyreact.baselines.model import Model
from polyreact.baselines.packaging.contents import Contents, as_data, find_head
from polyreact.baselines.packaging.encoders import ENCODERS, describe_encoders
from polyreact.baselines.packaging.golden import render_golden
from polyreact.baselines.packaging.programs import render_programs
from polyreact.baselines.parts import Part
from polyreact.errors import CannotWrite, ScaffoldExists, WrongCommandLine
from polyreact.files import make_folder, read_bounded, write_atomically
from polyreact.submission.contract import MANIFEST_FILE, Mode

_WEIGHTS_BYTES = 8 << 30
_CONFIG, _VOCABULARY, _TENSORS = "config.json", "vocab.txt", "model.safetensors"


@dataclass(frozen=True, slots=True)
class Recipe:
    """By what a submission is fitted, here or by the benchmark."""

    embedder: EmbedderChoice
    parts: tuple[Part, ...]
    classifier: ClassifierChoice
    seed: int


def build_predicting(recipe: Recipe, model: Model, places: Places) -> Contents:
    """A folder that predicts with a model that was trained before. Raises what loading its weights raises."""
    decision = model.decision
    types = find_types(model.classifier.to_bytes()) if isinstance(model.classifier, SklearnModel) else ()
    document = _document(recipe, types) | {
        "threshold": decision.threshold,
        "slope": decision.slope,
        "offset": decision.offset,
    }
    contents = {
        "model.json": _as_json(document),
        model.classifier.file_name: model.classifier.to_bytes(),
        "golden.json": render_golden(recipe.embedder, recipe.parts, model, places),
        **_build_encoder_files(recipe, places.weights),
    }
    return Contents(
        recipe.embedder,
        recipe.parts,
        find_head(recipe.classifier.name),
        Mode.PREDICT,
        decision.threshold,
        model.is_probability,
        contents,
    )


def build_fitting(recipe: Recipe, places: Places | None) -> Contents:
    """A folder that the benchmark trains, fold by fold, and that decides at the classifier's own threshold.

    `places` is None where the weights are not at hand: then there are no golden values to compare an image with.
    """
    is_distance = recipe.classifier.name == "svm"
    threshold = 0.0 if is_distance else 0.5
    document = _document(recipe, ()) | {"threshold": threshold, "slope": None, "offset": 0.0}
    contents = {
        "model.json": _as_json(document),
        **_build_encoder_files(recipe, None if places is None else places.weights),
    }
    if places is not None:
        contents["golden.json"] = render_golden(recipe.embedder, recipe.parts, None, places)
    head = find_head(recipe.classifier.name)
    return Contents(recipe.embedder, recipe.parts, head, Mode.FIT_PREDICT, threshold, not is_distance, contents)


def render_folder(contents: Contents, manifest: str, page: str) -> dict[str, bytes]:
    """All files of a folder by path. The same contents give the same bytes."""
    own = {MANIFEST_FILE: manifest.encode(), "README.md": page.encode()}
    return {**contents.files, **render_programs(contents), **own}


def write_folder(files: Mapping[str, bytes], folder: Path, *, replace: bool = False) -> None:
    """Write a folder, whole or not at all. Raises ScaffoldExists where there is something and CannotWrite."""
    if not replace and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldExists(
            f"{folder} exists already and is not an empty folder",
            consequence="Nothing was written.",
            cure="Give the name of a new folder.",
        )
    try:
        make_folder(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
            whole = Path(name, "whole")
            for path, content in sorted(files.items()):
                write_atomically(whole / path, content)
            if folder.is_dir():
                shutil.rmtree(folder) if replace else folder.rmdir()
            whole.rename(folder)
    except OSError as error:
        raise CannotWrite(
            f"cannot write {folder}: {error.strerror or error}", consequence="Nothing was packaged."
        ) from error


def _document(recipe: Recipe, types: tuple[str, ...]) -> dict[str, Any]:
    classifier = recipe.classifier
    return {
        "embedder": as_data(recipe.embedder),
        "parts": [part.value for part in recipe.parts],
        "classifier": {
            "name": classifier.name,
            "settings": classifier.settings,
            "scale": classifier.scale,
            "seed": recipe.seed,
            "types": list(types),
        },
    }


def _build_encoder_files(recipe: Recipe, weights: Path | None) -> dict[str, bytes]:
    """encoder.json for what has an encoder, and the weights of a model that is a folder of one's own."""
    choice = recipe.embedder
    if choice.name not in ENCODERS:
        return {}
    described = {"encoder.json": _as_json(describe_encoders(choice, recipe.parts, weights))}
    own = Path(choice.model)
    if choice.name != "hub" or not own.is_dir():
        return described
    if not (own / _TENSORS).is_file():
        raise WrongCommandLine(
            f"{own} holds no {_TENSORS}, in which weights are packaged",
            consequence="Nothing was written.",
            cure="Save the model by transformers: model.save_pretrained(folder)",
        )
    return described | {
        f"weights/{name}": read_bounded(own / name, _WEIGHTS_BYTES) for name in (_CONFIG, _VOCABULARY, _TENSORS)
    }


def _as_json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
