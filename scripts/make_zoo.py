"""Train and package the zoo again: writes zoo/<name>/ for every entry, byte for byte the same on the same machine.

    python scripts/make_zoo.py            all entries
    python scripts/make_zoo.py net-charge antiberty-logreg
    python scripts/make_zoo.py --programs  only the programs, as they are packaged today; nothing is trained

Weights come from the package index, the training set from `polyreact dataset`. Entries whose weights are on the
Hugging Face hub are made without them: the benchmark trains these, in images that fetch the weights when built.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.baselines.app import run_app
from polyreact.baselines.classifiers.interface import ClassifierChoice
from polyreact.baselines.config import CLASSIFIER_GROUP, EMBEDDER_GROUP
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.features import Places
from polyreact.baselines.packaging.folder import Recipe, build_fitting, write_folder
from polyreact.baselines.packaging.manifest import About
from polyreact.baselines.packaging.package import render, render_run
from polyreact.baselines.packaging.programs import render_programs
from polyreact.baselines.packaging.reread import read_contents
from polyreact.baselines.packaging.run_folder import read_run
from polyreact.baselines.packaging.seeds import render_seeds
from polyreact.baselines.parts import Part
from polyreact.baselines.train import Run, Watch
from polyreact.files import write_atomically
from polyreact.settings import Settings, read_settings
from polyreact.submission.contract import Mode

ZOO = Path(__file__).parents[1] / "zoo"
DATA = "boughter@2"
SEEDS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the zoo: how it is called, what it is, and the overrides of `polyreact train` that make it.

    `is_fitted_too` asks for a second folder, which the benchmark trains; `seeded` is the override that draws a
    stochastic model anew.
    """

    name: str
    title: str
    what: str
    overrides: tuple[str, ...]
    is_fitted_too: bool = False
    seeded: str = ""
    licence: str = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class HubEntry:
    """A model whose weights are on the hub: embedder and classifier by the names of `polyreact train`."""

    name: str
    title: str
    what: str
    embedder: str
    classifier: str


SEEN = "It was pretrained on natural antibody repertoires (OAS), which the catalogue does not hold."
ANTIBERTY = f"the mean state of AntiBERTy (Ruffolo et al. 2021) over the residues of the VH. {SEEN}"
SAPIENS = f"the mean state of Sapiens (Prihoda et al. 2022) over the residues of the VH. {SEEN}"
DESCRIBED = "59 physico-chemical descriptors of the VH and its CDRs by IMGT"
ENTRIES = (
    Entry(
        "net-charge",
        "VH net charge",
        "Logistic regression on one number, the net charge of the VH at pH 7.4. A model that does not beat it has "
        "not shown that it learnt more than charge.",
        ("embedder=charge", "classifier=logreg"),
        is_fitted_too=True,
    ),
    Entry(
        "random-encoder",
        "Untrained encoder + logistic regression",
        "Logistic regression on the mean state of a transformer of AntiBERTy's shape whose weights were drawn and "
        "never trained (seed 0). A control: a language model that does not beat it has added nothing.",
        ("embedder=random_encoder", "classifier=logreg"),
        seeded="embedder.seed",
    ),
    Entry(
        "kmer-logreg",
        "VH composition + logistic regression",
        "Logistic regression on the share of each of the 20 amino acids in the VH.",
        ("embedder=kmer", "classifier=logreg"),
        is_fitted_too=True,
    ),
    Entry(
        "descriptors-logreg",
        "Descriptors + logistic regression",
        f"Logistic regression on {DESCRIBED}, each brought to mean 0 and standard deviation 1.",
        ("embedder=descriptors", "classifier=logreg", "classifier.scale=true"),
        is_fitted_too=True,
    ),
    Entry(
        "descriptors-xgboost",
        "Descriptors + XGBoost",
        f"Boosted trees on {DESCRIBED}.",
        ("embedder=descriptors", "classifier=xgboost"),
    ),
    Entry(
        "antiberty-logreg",
        "AntiBERTy + logistic regression",
        f"Logistic regression on {ANTIBERTY}",
        ("embedder=antiberty", "classifier=logreg"),
        is_fitted_too=True,
        licence="Apache-2.0 AND MIT",
    ),
    Entry(
        "antiberty-mlp",
        "AntiBERTy + MLP",
        f"A network with one hidden layer of 100 (seed 0) on {ANTIBERTY}",
        ("embedder=antiberty", "classifier=mlp"),
        seeded="seed",
        licence="Apache-2.0 AND MIT",
    ),
    Entry(
        "antiberty-xgboost",
        "AntiBERTy + XGBoost",
        f"Boosted trees on {ANTIBERTY}",
        ("embedder=antiberty", "classifier=xgboost"),
        licence="Apache-2.0 AND MIT",
    ),
    Entry(
        "sapiens-logreg",
        "Sapiens + logistic regression",
        f"Logistic regression on {SAPIENS}",
        ("embedder=sapiens", "classifier=logreg"),
        is_fitted_too=True,
        licence="Apache-2.0 AND MIT",
    ),
    Entry(
        "sapiens-svm",
        "Sapiens + SVM",
        f"A support vector machine (RBF kernel) on {SAPIENS}",
        ("embedder=sapiens", "classifier=svm"),
        licence="Apache-2.0 AND MIT",
    ),
)
ESM = "the mean state of {} over the residues of the VH. It was pretrained on protein sequences of UniRef."
HUB_ENTRIES = (
    HubEntry(
        "esm1v-logreg",
        "ESM-1v + logistic regression",
        f"Logistic regression on {ESM.format('ESM-1v (Meier et al. 2021)')}",
        "esm1v",
        "logreg",
    ),
    HubEntry(
        "esm2-logreg",
        "ESM-2 650M + logistic regression",
        f"Logistic regression on {ESM.format('ESM-2 650M (Lin et al. 2023)')}",
        "esm2",
        "logreg",
    ),
    HubEntry(
        "esm2-xgboost",
        "ESM-2 650M + XGBoost",
        f"Boosted trees on {ESM.format('ESM-2 650M (Lin et al. 2023)')}",
        "esm2",
        "xgboost",
    ),
    HubEntry(
        "antiberta2-mlp",
        "AntiBERTa2 + MLP",
        "A network with one hidden layer of 100 (seed 0) on the mean state of AntiBERTa2 (Barton et al. 2024) over "
        f"the residues of the VH. {SEEN}",
        "antiberta2",
        "mlp",
    ),
)
HUB_PAGE = """\
**No official run exists yet.** The weights of `{model}` are on the Hugging Face hub, which the machine that makes
the benchmark's records cannot reach; the same programs are tested with a small random model of the same kind.

{pinned}

Made by `python scripts/make_zoo.py {name}`. With the weights at hand, a model that is trained beforehand and enters
every track is made by

```sh
polyreact train embedder={embedder} classifier={classifier} embedder.revision={revision}
polyreact package runs/<run> --name yourlab-{name}
```"""


def main(names: list[str]) -> None:
    """Make the named entries, or all."""
    if names == ["--programs"]:
        write_programs()
        return
    settings = read_settings(os.environ, Path.home)
    for entry in ENTRIES:
        if not names or entry.name in names:
            make(entry, settings)
    for hub_entry in HUB_ENTRIES:
        if not names or hub_entry.name in names:
            make_hub(hub_entry)


def write_programs() -> None:
    """Write the programs of every folder that was packaged, and leave what was learned as it is."""
    for settings in sorted(ZOO.glob("*/golden.json")) + sorted(ZOO.glob("*/encoder.json")):
        for path, content in render_programs(read_contents(settings.parent)).items():
            write_atomically(settings.parent / path, content)


def make(entry: Entry, settings: Settings) -> None:
    """Train an entry and write its folders."""
    places = Places(settings.weights, settings.embeddings)
    with tempfile.TemporaryDirectory() as runs:
        overrides = ("data=boughter_r2", f"runs={runs}", *entry.overrides)
        (run,) = run_app(overrides, settings, Watch())
        trained = read_run(run.folder)
        seeded = [run] + [
            again(entry, overrides, number, settings) for number in range(1, SEEDS if entry.seeded else 1)
        ]
        card = trained.card + (render_seeds([one.metrics for one in seeded]) if entry.seeded else "")
    about = describe(entry.name, entry.title, entry.what, entry.licence, {"boughter": ("labels",)})
    described = f"{trained.data}, as `python scripts/make_zoo.py {entry.name}` does it:"
    made = f"Trained on {described}\n\n```sh\npolyreact train {' '.join((overrides[0], *entry.overrides))}\n```"
    files = render_run(replace(trained, card=card), about, Mode.PREDICT, places, made)
    write_folder(files, ZOO / entry.name, replace=True)
    print(ZOO / entry.name)
    if entry.is_fitted_too:
        name = f"{entry.name}-fit"
        fitted = describe(name, f"{entry.title}, fitted here", fit_text(entry.what), entry.licence, {})
        made = (
            f"Made by `python scripts/make_zoo.py {entry.name}`, by the recipe of [{entry.name}](../{entry.name})."
        )
        write_folder(render_run(trained, fitted, Mode.FIT_PREDICT, places, made), ZOO / name, replace=True)
        print(ZOO / name)


def again(entry: Entry, overrides: tuple[str, ...], seed: int, settings: Settings) -> Run:
    """The same entry from another seed."""
    (run,) = run_app((*overrides, f"{entry.seeded}={seed}"), settings, Watch())
    return run


def make_hub(entry: HubEntry) -> None:
    """Write the folder of an entry whose weights are not at hand."""
    embedder, classifier = EMBEDDER_GROUP[entry.embedder], CLASSIFIER_GROUP[entry.classifier]
    recipe = Recipe(
        EmbedderChoice(**vars(embedder)),
        (Part.VH,),
        ClassifierChoice(classifier.name, dict(classifier.settings), classifier.scale),
        seed=0,
    )
    about = describe(entry.name, entry.title, fit_text(entry.what), "Apache-2.0 AND LicenseRef-Weights", {})
    pinned = (
        f"The commit of the weights is pinned: `{embedder.revision}`."
        if embedder.revision
        else "The commit of the weights is given when the image is built, with `--build-arg REVISION=<commit>`, as "
        "the model's page shows it under Files, History: it could not be looked up where this folder was made."
    )
    made = HUB_PAGE.format(
        model=embedder.model,
        pinned=pinned,
        name=entry.name,
        embedder=entry.embedder,
        classifier=entry.classifier,
        revision=embedder.revision or "<commit>",
    )
    write_folder(render(build_fitting(recipe, None), about, made, ""), ZOO / entry.name, replace=True)
    print(ZOO / entry.name)


def describe(name: str, title: str, what: str, licence: str, training_data: dict[str, tuple[str, ...]]) -> About:
    """What the manifest of an entry says."""
    return About(
        name=f"polyreact-{name}",
        authors=("The polyreact authors",),
        contact="https://polyreact.example/",
        licence=licence,
        title=title,
        description=what,
        training_data=training_data,
        image=f"localhost/polyreact/{name}",
    )


def fit_text(what: str) -> str:
    """The description of an entry that the benchmark trains."""
    return f"{what} The benchmark fits it on each fold's own labels, and it decides at a probability of 0.5."


if __name__ == "__main__":
    main(sys.argv[1:])
