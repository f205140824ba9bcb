"""The configuration of a training run, as Hydra composes it: groups of embedders, classifiers and data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from polyreact.baselines.classifiers.interface import ClassifierChoice
from polyreact.baselines.decision import ThresholdRule
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.parts import Part
from polyreact.baselines.trackers.catalog import TRACKERS, TrackerChoice
from polyreact.baselines.train import Plan
from polyreact.baselines.training_data import TrainingSet, load_training_set, read_training_table
from polyreact.baselines.validation import Recipe
from polyreact.datasets.fetch import OnProgress
from polyreact.datasets.lab_table import Cut, LabColumns
from polyreact.errors import UnknownName, WrongCommandLine
from polyreact.settings import Settings

CONFIG_NAME = "train"
#: A run names its own folder, so that the same configuration is the same place; Hydra is to write nothing else.
HYDRA_SETTINGS = (
    "hydra.run.dir=.",
    "hydra.sweep.dir=${runs}",
    "hydra.sweep.subdir=.",
    "hydra.output_subdir=null",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)
_MOST_FOLDS = 100


@dataclass
class EmbedderConfig:
    """See `embedders.catalog.EmbedderChoice`."""

    name: str = MISSING
    runtime: str = "onnx"
    model: str = ""
    revision: str = ""
    seed: int = 0
    k: int = 1
    token_budget: int = 0


@dataclass
class ClassifierConfig:
    """See `classifiers.interface.ClassifierChoice`."""

    name: str = MISSING
    scale: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    grid: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class DataConfig:
    """A catalogued training set, or a CSV and its columns.

    With `assay` and `cut` labels are made from a measurement: polyreactive above the cut, or below it where
    `higher_is_polyreactive` is false.
    """

    dataset: str = ""
    file: str = ""
    sequence: str = "sequence"
    light: str | None = None
    label: str = "label"
    assay: str = ""
    cut: float | None = None
    higher_is_polyreactive: bool = True


@dataclass
class TrackerConfig:
    """See `trackers.catalog.TrackerChoice`. What is tracked is no part of a run: its folder is the same without."""

    name: str = MISSING
    project: str = "polyreact"
    folder: str = ""


@dataclass
class TrainConfig:
    """`parts` are embedded and stand side by side; `runs` is the folder where that of the run is made."""

    defaults: list[Any] = field(
        default_factory=lambda: [
            {"embedder": "antiberty"},
            {"classifier": "logreg"},
            {"data": "boughter_r2"},
            {"tracker": "none"},
            "_self_",
        ]
    )
    embedder: EmbedderConfig = MISSING
    classifier: ClassifierConfig = MISSING
    data: DataConfig = MISSING
    tracker: TrackerConfig = MISSING
    parts: list[str] = field(default_factory=lambda: ["VH"])
    folds: int = 10
    seed: int = 0
    threshold: str = ThresholdRule.OUT_OF_FOLD.value
    calibrate: bool = False
    tune: bool = False
    runs: str = "runs"


EMBEDDER_GROUP: Mapping[str, EmbedderConfig] = {
    "antiberta2": EmbedderConfig(name="hub", model="alchemab/antiberta2"),
    "antiberty": EmbedderConfig(name="antiberty"),
    "charge": EmbedderConfig(name="charge"),
    "descriptors": EmbedderConfig(name="descriptors"),
    "esm1v": EmbedderConfig(name="hub", model="facebook/esm1v_t33_650M_UR90S_1"),
    "esm2": EmbedderConfig(
        name="hub", model="facebook/esm2_t33_650M_UR50D", revision="08e4846e537177426273712802403f7ba8261b6c"
    ),
    "hub": EmbedderConfig(name="hub", model=MISSING),
    "iglm": EmbedderConfig(name="iglm", model=MISSING),
    "isoelectric_point": EmbedderConfig(name="isoelectric-point"),
    "kmer": EmbedderConfig(name="kmer"),
    "one_hot": EmbedderConfig(name="one-hot"),
    "random_encoder": EmbedderConfig(name="random-encoder"),
    "sapiens": EmbedderConfig(name="sapiens"),
}
CLASSIFIER_GROUP: Mapping[str, ClassifierConfig] = {
    "gaussian_process": ClassifierConfig(name="gaussian-process", scale=True),
    "logreg": ClassifierConfig(name="logreg", settings={"C": 1.0}, grid={"C": [0.01, 0.1, 1.0, 10.0]}),
    "mlp": ClassifierConfig(name="mlp", scale=True, grid={"alpha": [0.0001, 0.01, 1.0]}),
    "random_forest": ClassifierConfig(name="random-forest", grid={"max_features": ["sqrt", 0.3]}),
    "svm": ClassifierConfig(name="svm", scale=True, settings={"C": 1.0}, grid={"C": [0.1, 1.0, 10.0]}),
    "xgboost": ClassifierConfig(name="xgboost", grid={"max_depth": [2, 4, 6]}),
}
DATA_GROUP: Mapping[str, DataConfig] = {
    "boughter_r1": DataConfig(dataset="boughter@1"),
    "boughter_r2": DataConfig(dataset="boughter@2"),
    "demo": DataConfig(dataset="demo"),
    "csv": DataConfig(file=MISSING),
}
TRACKER_GROUP: Mapping[str, TrackerConfig] = {name: TrackerConfig(name=name) for name in TRACKERS}


def register_configs() -> None:
    """Make the groups known to Hydra."""
    store = ConfigStore.instance()
    store.store(name=CONFIG_NAME, node=TrainConfig)
    groups: Mapping[str, Mapping[str, object]] = {
        "embedder": EMBEDDER_GROUP,
        "classifier": CLASSIFIER_GROUP,
        "data": DATA_GROUP,
        "tracker": TRACKER_GROUP,
    }
    for group, nodes in groups.items():
        for name, node in nodes.items():
            store.store(group=group, name=name, node=node)


def as_plan(config: TrainConfig) -> Plan:
    """What a composed configuration asks for. Raises UnknownName and WrongCommandLine."""
    if not 2 <= config.folds <= _MOST_FOLDS:  # noqa: PLR2004  one to learn from, one to be asked
        raise WrongCommandLine(f"folds is {config.folds}; expected a number from 2 to {_MOST_FOLDS}")
    if not config.parts:
        raise WrongCommandLine("parts is empty; expected at least one, such as parts=[VH]")
    for part in config.parts:
        if part not in set(Part):
            raise UnknownName("part", part, list(Part))
    if config.threshold not in set(ThresholdRule):
        raise UnknownName("threshold", config.threshold, list(ThresholdRule))
    classifier = config.classifier
    return Plan(
        embedder=EmbedderChoice(**vars(config.embedder)),
        parts=tuple(map(Part, config.parts)),
        recipe=Recipe(
            classifier=ClassifierChoice(
                classifier.name,
                dict(classifier.settings),
                classifier.scale,
                {name: tuple(values) for name, values in classifier.grid.items()},
            ),
            threshold=ThresholdRule(config.threshold),
            calibrate=config.calibrate,
            tune=config.tune,
            seed=config.seed,
        ),
        folds=config.folds,
    )


def choose_tracker(config: TrackerConfig) -> TrackerChoice:
    """The tracker that a configuration names."""
    return TrackerChoice(**vars(config))


def load_data(config: DataConfig, settings: Settings, on_progress: OnProgress) -> TrainingSet:
    """The antibodies that a configuration names. Raises what loading or reading them raises."""
    if bool(config.dataset) == bool(config.file):
        raise WrongCommandLine(
            "data names either a catalogued dataset or a file, such as data=csv data.file=mine.csv"
        )
    if config.dataset:
        return load_training_set(config.dataset, settings, on_progress)
    if bool(config.assay) != (config.cut is not None):
        raise WrongCommandLine(
            "an assay column needs a cut, and a cut needs an assay column",
            cure="data.assay=psr data.cut=0.33 takes antibodies with psr above 0.33 for polyreactive.",
        )
    truth: str | Cut = config.label
    if config.cut is not None:
        truth = Cut(config.assay, config.cut, higher_is_polyreactive=config.higher_is_polyreactive)
    return read_training_table(Path(config.file), LabColumns(config.sequence, truth, config.light))
