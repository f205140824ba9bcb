"""The models of docs/reference/reference-figures.md, trained as `polyreact train` does it, then asked.

    python -m benchmarks.reference_models                    trains all that is not trained yet
    python -m benchmarks.reference_models boughter_r1        of one training set only

Labels of test sets come from `polyreact dataset export --labels`, the operator's own way to them; a model is done
and on disk before any is read. What is trained stands in build/reference, a folder for each run.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from polyreact.baselines.app import run_app
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.features import Features, Places, build_features
from polyreact.baselines.model import MODEL_FILE, Model, load_model
from polyreact.baselines.parts import Part
from polyreact.baselines.train import CONFIG_FILE, METRICS_FILE, Watch, digest_code
from polyreact.baselines.validation import Scheme
from polyreact.sequences import Antibody, SequenceId
from polyreact.settings import Settings, read_settings

RUNS = Path(__file__).resolve().parents[1] / "build" / "reference"
TRAINING = ("boughter_r1", "boughter_r2")
TEST_SETS = ("jain", "jain-parity", "jain-116", "shehata")
#: So large that only cheap models are asked about it; the sandbox asks all of the zoo.
LARGE_SET = "harvey-test"
#: XGBoost as it is set here draws nothing, which is shown with the descriptors alone.
SEEDS = range(5)
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: its overrides of `polyreact train`, and those that draw it anew.

    `is_cheap` says that its features cost next to nothing, also of the nanobodies of LARGE_SET that cannot be
    numbered.
    """

    name: str
    title: str
    overrides: tuple[str, ...]
    seeded: tuple[str, ...] = ()
    is_cheap: bool = False

    @property
    def seeds(self) -> range:
        """More than one where chance has a part."""
        return SEEDS if self.seeded else SEEDS[:1]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Antibodies with their labels; rows with equal `groups` are not independent, `families` are held out once.

    Arrays are of shape (n,); `groups` and `families` are None where a set has none.
    """

    antibodies: tuple[Antibody, ...]
    labels: Whole
    groups: Whole | None
    families: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Trained:
    """One run: its model, out-of-fold scores by scheme and row, and its own metrics."""

    model: Model
    out_of_fold: Mapping[str, Floats]
    metrics: Mapping[str, Any]
    config: Mapping[str, Any]


DRAWN = ("seed",)
ENTRIES = (
    Entry("net-charge", "VH net charge", ("embedder=charge", "classifier=logreg"), is_cheap=True),
    Entry(
        "random-encoder",
        "Untrained encoder",
        ("embedder=random_encoder", "classifier=logreg"),
        ("embedder.seed",),
    ),
    Entry(
        "isoelectric-point",
        "VH isoelectric point",
        ("embedder=isoelectric_point", "classifier=logreg"),
        is_cheap=True,
    ),
    Entry("kmer-logreg", "VH composition", ("embedder=kmer", "classifier=logreg"), is_cheap=True),
    Entry("one-hot-logreg", "VH one-hot by IMGT position", ("embedder=one_hot", "classifier=logreg")),
    Entry(
        "descriptors-logreg",
        "59 descriptors",
        ("embedder=descriptors", "classifier=logreg", "classifier.scale=true"),
    ),
    Entry(
        "descriptors-xgboost",
        "59 descriptors + XGBoost",
        ("embedder=descriptors", "classifier=xgboost"),
        DRAWN,
    ),
    Entry(
        "descriptors-forest",
        "59 descriptors + random forest",
        ("embedder=descriptors", "classifier=random_forest"),
        DRAWN,
    ),
    Entry("antiberty-logreg", "AntiBERTy", ("embedder=antiberty", "classifier=logreg")),
    Entry("antiberty-svm", "AntiBERTy + SVM", ("embedder=antiberty", "classifier=svm")),
    Entry("sapiens-logreg", "Sapiens", ("embedder=sapiens", "classifier=logreg")),
    Entry("sapiens-svm", "Sapiens + SVM", ("embedder=sapiens", "classifier=svm")),
    Entry("antiberty-mlp", "AntiBERTy + MLP", ("embedder=antiberty", "classifier=mlp"), DRAWN),
    Entry("antiberty-xgboost", "AntiBERTy + XGBoost", ("embedder=antiberty", "classifier=xgboost")),
)


def train_once(entry: Entry, training: str, seed: int, settings: Settings) -> Trained:
    """Train a model, or read the run that is there if today's code made it."""
    place = RUNS / f"{training}-{entry.name}-{seed}"
    kept = [read_trained(path.parent.parent) for path in sorted(place.glob(f"*/model/{MODEL_FILE}"))]
    for one in kept:
        if one.config["code"]["baselines_sha256"] == digest_code():
            return one
    seeds = [f"{name}={seed}" for name in entry.seeded]
    (run,) = run_app((f"data={training}", f"runs={place}", *entry.overrides, *seeds), settings, Watch())
    return read_trained(run.folder)


def read_trained(folder: Path) -> Trained:
    """A run from its folder."""
    return Trained(
        load_model(folder / "model"),
        {scheme.value: _read_scores(folder / f"out-of-fold-{scheme.value}.csv") for scheme in Scheme},
        json.loads((folder / METRICS_FILE).read_bytes()),
        json.loads((folder / CONFIG_FILE).read_bytes()),
    )


def embed_sets(
    entry: Entry, choice: EmbedderChoice, sets: Mapping[str, LabelledSet], settings: Settings
) -> dict[str, Features]:
    """The features of the test sets that a model is asked about, by the name of the set; embedded together."""
    asked = [name for name in (*TEST_SETS, LARGE_SET) if name in sets and (entry.is_cheap or name != LARGE_SET)]
    antibodies = [antibody for name in asked for antibody in sets[name].antibodies]
    together = build_features(antibodies, [Part.VH], choice, Places(settings.weights, settings.embeddings))
    ends = np.cumsum([len(sets[name].antibodies) for name in asked])
    parts = np.split(together.values, ends[:-1])
    return {name: Features(part, together.revisions) for name, part in zip(asked, parts, strict=True)}


def ask(model: Model, features: Features) -> Floats:
    """The scores of a trained model, in order, as `polyreact.baselines.predict` makes them."""
    assert features.revisions == model.revisions, "the embedder is not the one that the model was trained with"
    return model.decision.calibrate(model.classifier.score(features.values))


def export_set(name: str) -> LabelledSet:
    """A set with its labels, as `polyreact dataset export --labels` writes it."""
    command = [sys.executable, "-m", "polyreact", "dataset", "export", name, "--labels", "--output", "-"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    groups = next((column for column in ("clone", "cdr_group") if column in rows[0]), None)
    return LabelledSet(
        tuple(Antibody(SequenceId(row["sequence_id"]), row["sequence"], row["light_sequence"]) for row in rows),
        np.array([int(row["label"]) for row in rows]),
        None if groups is None else np.unique([row[groups] for row in rows], return_inverse=True)[1],
        tuple(row["family"] for row in rows) if "family" in rows[0] else None,
    )


def train_all(
    settings: Settings, training_sets: Sequence[str] = TRAINING, on_run: Callable[[str], None] = print
) -> Iterator[tuple[Entry, str, tuple[Trained, ...]]]:
    """Every model on every training set, from every seed, one after the other."""
    for training in training_sets:
        for entry in ENTRIES:
            on_run(f"{training} {entry.name}")
            yield entry, training, tuple(train_once(entry, training, seed, settings) for seed in entry.seeds)


def _read_scores(path: Path) -> Floats:
    with path.open(newline="", encoding="utf-8") as lines:
        return np.array([float(row["score"]) for row in csv.DictReader(lines)])


if __name__ == "__main__":
    for _ in train_all(read_settings(os.environ, Path.home), sys.argv[1:] or TRAINING):
        pass
