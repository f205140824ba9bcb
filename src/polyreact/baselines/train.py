"""One training run: from a configuration to a folder with the model and everything that is known of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from polyreact import __version__
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.embedders.interface import OnProgress
from polyreact.baselines.features import Features, Places, build_features
from polyreact.baselines.figures import draw_curves, draw_scores
from polyreact.baselines.model import Model, write_model
from polyreact.baselines.model_card import render_model_card
from polyreact.baselines.parts import Part
from polyreact.baselines.report import build_metrics, render_folds, render_predictions
from polyreact.baselines.training_data import TrainingSet
from polyreact.baselines.validation import (
    OutOfFold,
    Recipe,
    Scheme,
    fit_tuned,
    learn_final_decision,
    make_folds,
    validate_out_of_fold,
)
from polyreact.files import digest_of, sha256_bytes, write_atomically

#: What a figure may depend on; the versions are kept with it.
_LIBRARIES = ("numpy", "onnxruntime", "scikit-learn", "torch", "transformers", "xgboost-cpu")
CONFIG_FILE, METRICS_FILE, CARD_FILE = "config.json", "metrics.json", "README.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of, but for the antibodies."""

    embedder: EmbedderChoice
    parts: tuple[Part, ...]
    recipe: Recipe
    folds: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is done: its folder, the model, the out-of-fold predictions and the figures."""

    folder: Path
    model: Model
    found: Mapping[Scheme, OutOfFold]
    metrics: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what happens: how far embedding is, what begins, and which fold is being learned."""

    on_progress: OnProgress = lambda _progress: None
    on_step: Callable[[str], None] = lambda _step: None
    on_fold: Callable[[str], None] = lambda _fold: None


def train(plan: Plan, data: TrainingSet, folder: Path, places: Places, watch: Watch | None = None) -> Run:
    """Embed, validate, fit and write. The same plan and data give the same files.

    Raises CannotEmbed and CannotTrain before anything is written, and CannotWrite.
    """
    watch = watch or Watch()
    folds = {scheme: make_folds(scheme, data, plan.folds, plan.recipe.seed) for scheme in _find_schemes(data)}
    watch.on_step(f"embedding {len(data.antibodies)} antibodies with {plan.embedder.name}")
    features = build_features(data.antibodies, plan.parts, plan.embedder, places, watch.on_progress)
    found = {
        scheme: validate_out_of_fold(
            features.values,
            data,
            scheme,
            fold_of,
            plan.recipe,
            lambda fold, scheme=scheme: watch.on_fold(f"validation, {scheme.value}: fold {fold}"),  # type: ignore[misc]
        )
        for scheme, fold_of in folds.items()
    }
    watch.on_step("fitting on all antibodies")
    fitted = fit_tuned(features.values, data.labels, data.clones, plan.recipe)
    decision = learn_final_decision(
        found[Scheme.GROUPED], data.labels, plan.recipe, is_probability=fitted.is_probability
    )
    model = Model(plan.embedder, features.revisions, plan.parts, features.values.shape[1], fitted, decision)
    metrics = build_metrics(data, found)
    _write(plan, data, features, Run(folder, model, found, metrics))
    return Run(folder, model, found, metrics)


def describe_plan(plan: Plan, data: TrainingSet) -> dict[str, object]:
    """The configuration as it is kept: what was asked for, the data and the code."""
    return {
        "embedder": asdict(plan.embedder),
        "parts": [part.value for part in plan.parts],
        **asdict(plan.recipe),
        "folds": plan.folds,
        "data": {"name": data.name, "sha256": dict(data.digests)},
        "code": {
            "polyreact": __version__,
            "baselines_sha256": digest_code(),
            **{name: version(name) for name in _LIBRARIES},
        },
    }


def name_run(plan: Plan, data: TrainingSet) -> str:
    """A name for the folder that no run of another plan, other data or other code has."""
    digest = digest_of(describe_plan(plan, data))
    readable = f"{data.name}-{plan.embedder.name}-{plan.recipe.classifier.name}".replace("@", "-r")
    return f"{readable}-{digest[:8]}"


def digest_code() -> str:
    """The SHA-256 of this package's sources, by their paths."""
    root = files("polyreact.baselines")
    with_path = sorted(
        (str(path.relative_to(Path(str(root)))), sha256_bytes(path.read_bytes()))
        for path in Path(str(root)).rglob("*.py")
    )
    return digest_of(dict(with_path))


def _find_schemes(data: TrainingSet) -> tuple[Scheme, ...]:
    return tuple(Scheme) if len(set(data.families)) > 1 else (Scheme.GROUPED, Scheme.UNGROUPED)


def _write(plan: Plan, data: TrainingSet, features: Features, run: Run) -> None:
    """Everything but the model first: a folder with a model in it is whole."""
    contents = {
        CONFIG_FILE: _as_json(describe_plan(plan, data) | {"features": list(features.revisions)}),
        METRICS_FILE: _as_json(run.metrics),
        "folds.csv": render_folds(data, run.found),
        **{f"out-of-fold-{scheme.value}.csv": render_predictions(data, one) for scheme, one in run.found.items()},
        "roc.svg": draw_curves(data.labels, run.found),
        "scores.svg": draw_scores(data.labels, run.found[Scheme.GROUPED]),
        CARD_FILE: render_model_card(describe_plan(plan, data), run.metrics, run.model, data.notes).encode(),
    }
    for name, content in contents.items():
        write_atomically(run.folder / name, content)
    write_model(run.model, run.folder / "model")


def _as_json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
