"""What near-identical variants do to honest models and to lookup tables; trust_findings has its rule from here.

Honest models are fitted on Boughter 2020, revision 2. Lookup tables know the labels of the very antibodies that are
asked for, by their exact VH, and answer for all others as something else does; the last looks up the nearest. Told
are Spearman's correlation of the scores of variants and originals, and the share of predictions that change.
Nothing is run in a container. Needs the raw files (POLYREACT_MIRROR or the network).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from Bio.SeqUtils.IsoelectricPoint import IsoelectricPoint
from rapidfuzz.distance import Levenshtein
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.hidden import read_labels
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.datasets.training import read_training_labels
from polyreact.datasets.variants import build_variants
from polyreact.evaluation.trust.inputs import draw_rows
from polyreact.metrics.assay import spearman
from polyreact.settings import Settings, read_settings
from polyreact.similarity import find_nearest

SETS = ("demo", "jain", "shehata", "harvey-test")
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
LENGTH = 160
NEIGHBOURS = 5

Scores = npt.NDArray[np.float64]
#: From VH sequences to scores of which 0.5 and more are called polyreactive.
Model = Callable[[Sequence[str]], Scores]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON for a script")
    options = parser.parse_args()
    settings = read_settings(os.environ, Path.home)
    honest = fit_models(settings)
    rows = [row for name in SETS for row in measure(name, honest, settings)]
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'set':<12} {'model':<38} {'rows':>5} {'Spearman':>9} {'changed':>8}")
    for row in rows:
        figure = "none" if row["spearman"] is None else f"{row['spearman']:.3f}"
        print(f"{row['set']:<12} {row['model']:<38} {row['rows']:>5} {figure:>9} {row['changed']:>8.1%}")


def measure(name: str, honest: Mapping[str, Model], settings: Settings) -> list[dict[str, object]]:
    """The figures of every model on one set."""
    dataset = load_dataset(name)
    ensure_prepared(dataset, settings)
    everything = read_inputs(dataset, settings)
    variants = build_variants(draw_rows(everything), {antibody.sequence for antibody in everything})
    ids = list(variants.by_id)
    originals = {antibody.sequence_id: antibody.sequence for antibody in everything}
    before, after = [originals[name] for name in ids], [variants.by_id[name].sequence for name in ids]
    known = {
        antibody.sequence: label for antibody, label in zip(everything, labels_of(name, settings), strict=True)
    }
    found = []
    for what, model in {**honest, **lookup_tables(known, honest)}.items():
        one, other = model(before), model(after)
        changed = float(np.mean((one >= 0.5) != (other >= 0.5)))
        figure = spearman(other, one).value
        found.append({"set": name, "model": what, "rows": len(ids), "spearman": figure, "changed": changed})
    return found


def labels_of(name: str, settings: Settings) -> list[int]:
    """The labels of a set in the order of its inputs."""
    labels = read_labels(load_dataset(name), settings)
    return [labels[antibody.sequence_id] for antibody in read_inputs(load_dataset(name), settings)]


def fit_models(settings: Settings) -> dict[str, Model]:
    """Honest models, from the smooth to the most brittle."""
    boughter = load_dataset("boughter")
    ensure_prepared(boughter, settings)
    labels = read_training_labels(boughter, settings)
    antibodies = read_inputs(boughter, settings)
    heavy = [antibody.sequence for antibody in antibodies]
    truth = np.array([labels[antibody.sequence_id].label for antibody in antibodies], dtype=float)
    composition = FunctionTransformer(_composition)
    one_hot = FunctionTransformer(_one_hot)
    words = CountVectorizer(analyzer="char", ngram_range=(3, 3))
    pipelines = {
        "composition, logistic": make_pipeline(composition, StandardScaler(), LogisticRegression(C=0.1)),
        "composition, random forest": make_pipeline(composition, RandomForestClassifier(300, random_state=1)),
        "composition, one deep tree": make_pipeline(composition, DecisionTreeClassifier(random_state=1)),
        "3-mers, logistic": make_pipeline(words, LogisticRegression(max_iter=2000)),
        "3-mers, gradient boosting": make_pipeline(
            CountVectorizer(analyzer="char", ngram_range=(3, 3)), GradientBoostingClassifier(random_state=1)
        ),
        "one-hot, network of 64": make_pipeline(one_hot, MLPClassifier((64,), max_iter=300, random_state=1)),
        "one-hot, one deep tree": make_pipeline(one_hot, DecisionTreeClassifier(random_state=1)),
    }
    models: dict[str, Model] = {"isoelectric point": isoelectric_point, "random (a digest)": digest}
    for what, pipeline in pipelines.items():
        pipeline.fit(heavy, truth)
        models[what] = lambda sequences, fitted=pipeline: fitted.predict_proba(list(sequences))[:, 1]
    models["nearest in Boughter"] = lambda sequences: _nearest(sequences, heavy, truth)
    models[f"{NEIGHBOURS} nearest in Boughter"] = lambda sequences: _nearest_few(sequences, heavy, truth)
    return models


def lookup_tables(known: Mapping[str, int], honest: Mapping[str, Model]) -> dict[str, Model]:
    """Tables of the labels of the very antibodies that are asked for."""

    def table(otherwise: Model) -> Model:
        def look_up(sequences: Sequence[str]) -> Scores:
            return np.array(
                [float(known.get(s, guess)) for s, guess in zip(sequences, otherwise(sequences), strict=True)]
            )

        return look_up

    def leaning(otherwise: Model) -> Model:
        """Half the label and half a model for what is known; the model alone for what is not."""
        return lambda sequences: np.array(
            [
                0.5 * known[s] + 0.5 * guess if s in known else guess
                for s, guess in zip(sequences, otherwise(sequences), strict=True)
            ]
        )

    return {
        "TABLE, else a constant": table(lambda sequences: np.full(len(sequences), 0.4)),
        "TABLE, else a digest": table(digest),
        "TABLE, else the isoelectric point": table(isoelectric_point),
        "TABLE, else composition, logistic": table(honest["composition, logistic"]),
        "TABLE half, isoelectric point half": leaning(isoelectric_point),
        "TABLE half, composition half": leaning(honest["composition, logistic"]),
        "TABLE, nearest by edits": lambda sequences: _nearest_by_edits(sequences, known),
    }


def isoelectric_point(sequences: Sequence[str]) -> Scores:
    """From 0 to 1, with the zoo's threshold, 7.9277, at 0.5."""
    return np.array([1 / (1 + np.exp(7.9277 - IsoelectricPoint(sequence).pi())) for sequence in sequences])


def digest(sequences: Sequence[str]) -> Scores:
    """What knows nothing: a number made of the SHA-256 of the sequence."""
    return np.array(
        [int.from_bytes(hashlib.sha256(s.encode()).digest()[:6], "big") / 2**48 for s in sequences], dtype=float
    )


def _nearest(sequences: Sequence[str], heavy: Sequence[str], truth: Scores) -> Scores:
    return np.array([truth[found.index] for found in find_nearest(sequences, heavy)])


def _nearest_few(sequences: Sequence[str], heavy: Sequence[str], truth: Scores) -> Scores:
    """The mean label of the few with the fewest edits, weighted by the share of residues that agree."""
    scores = []
    for sequence in sequences:
        edits = np.array([Levenshtein.normalized_similarity(sequence, other) for other in heavy])
        few = np.argsort(-edits, kind="stable")[:NEIGHBOURS]
        scores.append(np.average(truth[few], weights=edits[few]))
    return np.array(scores)


def _nearest_by_edits(sequences: Sequence[str], known: Mapping[str, int]) -> Scores:
    names = list(known)
    return np.array(
        [
            float(known[s] if s in known else known[min(names, key=lambda other: Levenshtein.distance(s, other))])
            for s in sequences
        ]
    )


def _composition(sequences: Sequence[str]) -> npt.NDArray[np.float64]:
    return np.array(
        [
            [
                *(s.count(residue) / len(s) for residue in RESIDUES),
                s.count("K") + s.count("R") - s.count("D") - s.count("E"),
            ]
            for s in sequences
        ]
    )


def _one_hot(sequences: Sequence[str]) -> npt.NDArray[np.float64]:
    """Positions counted from the beginning, as they stand; a length that varies moves all that follows."""
    made = np.zeros((len(sequences), LENGTH, len(RESIDUES)))
    for row, sequence in enumerate(sequences):
        for place, letter in enumerate(sequence[:LENGTH]):
            if letter in RESIDUES:
                made[row, place, RESIDUES.index(letter)] = 1.0
    return made.reshape(len(sequences), -1)


if __name__ == "__main__":
    main()
