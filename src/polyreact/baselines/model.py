"""A trained model as a folder: what it takes to answer for a sequence, and nothing that runs when it is loaded.

`model.json` says how a sequence becomes numbers and a score a decision; the classifier stands beside it as NPZ,
skops or UBJ, by its SHA-256. A pickle is never written and never read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from polyreact.baselines.classifiers.catalog import find_file_name, load_classifier
from polyreact.baselines.classifiers.interface import Fitted
from polyreact.baselines.decision import Decision
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.parts import Part
from polyreact.errors import BadModel
from polyreact.files import read_bounded, sha256_bytes, write_atomically

MODEL_FILE = "model.json"
_LIMIT_BYTES = 1 << 30
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Embedder(_Strict):
    name: str
    runtime: str
    model: str
    revision: str
    seed: int
    k: int
    token_budget: int


class _Decision(_Strict):
    threshold: _Finite
    slope: _Finite | None
    offset: _Finite


class _Document(_Strict):
    schema_version: Literal[1]
    embedder: _Embedder
    revisions: list[str]
    parts: list[str]
    numbers: Annotated[int, Field(ge=1)]
    classifier_kind: str
    classifier_sha256: str
    is_probability: bool
    decision: _Decision


@dataclass(frozen=True, slots=True)
class Model:
    """Everything from antibody to decision. `numbers` is how many features the classifier takes."""

    embedder: EmbedderChoice
    revisions: tuple[str, ...]
    parts: tuple[Part, ...]
    numbers: int
    classifier: Fitted
    decision: Decision

    @property
    def is_probability(self) -> bool:
        """Whether the scores that it hands in are probabilities."""
        return self.decision.is_calibrated or self.classifier.is_probability


def render_model(model: Model) -> dict[str, bytes]:
    """The files of a model by name. The same model gives the same bytes."""
    classifier = model.classifier.to_bytes()
    document = _Document(
        schema_version=1,
        embedder=_Embedder(**asdict(model.embedder)),
        revisions=list(model.revisions),
        parts=[part.value for part in model.parts],
        numbers=model.numbers,
        classifier_kind=model.classifier.kind,
        classifier_sha256=sha256_bytes(classifier),
        is_probability=model.is_probability,
        decision=_Decision(**asdict(model.decision)),
    )
    return {
        MODEL_FILE: (json.dumps(document.model_dump(), indent=2) + "\n").encode(),
        model.classifier.file_name: classifier,
    }


def write_model(model: Model, folder: Path) -> None:
    """Write a model's files, `model.json` last. Raises CannotWrite."""
    files = render_model(model)
    for name in sorted(files, key=lambda name: name == MODEL_FILE):
        write_atomically(folder / name, files[name])


def load_model(folder: Path) -> Model:
    """The model in a folder. Raises UnreadableArgument; BadModel where it is damaged, unknown or not allowed."""
    try:
        document = _Document.model_validate_json(read_bounded(folder / MODEL_FILE, _LIMIT_BYTES))
    except ValidationError as error:
        raise BadModel(
            f"{folder / MODEL_FILE} is no model of this version", detail=str(error), consequence="Not loaded."
        ) from error
    path = folder / find_file_name(document.classifier_kind)
    content = read_bounded(path, _LIMIT_BYTES)
    found = sha256_bytes(content)
    if found != document.classifier_sha256:
        raise BadModel(
            f"{path} is not the classifier that {MODEL_FILE} names: "
            f"expected sha256 {document.classifier_sha256}, found {found}",
            consequence="Not loaded.",
        )
    unknown = sorted(set(document.parts) - set(Part))
    if unknown or not document.parts:
        raise BadModel(f"{folder / MODEL_FILE} names no part of an antibody that is known: {', '.join(unknown)}")
    return Model(
        embedder=EmbedderChoice(**document.embedder.model_dump()),
        revisions=tuple(document.revisions),
        parts=tuple(map(Part, document.parts)),
        numbers=document.numbers,
        classifier=load_classifier(document.classifier_kind, content),
        decision=Decision(**document.decision.model_dump()),
    )
