"""The baseline that learns, against scikit-learn's logistic regression of the same features."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.evaluation.folds import read_folds

PROGRAM = Path(__file__).parents[2] / "zoo" / "composition-logistic" / "predict.py"


def load_program():
    spec = importlib.util.spec_from_file_location("composition_logistic", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


baseline = load_program()


def describe(heavy):
    """The features, counted in another way: shares of the 20 amino acids and net charge."""
    counts = np.array([heavy.count(residue) for residue in "ACDEFGHIKLMNPQRSTVWY"], dtype=float)
    charges = {"K": 1, "R": 1, "D": -1, "E": -1}
    return np.append(counts / len(heavy), sum(charges.get(residue, 0) for residue in heavy))


def fit_reference(heavies, labels):
    """Scikit-learn minimises C x (sum of losses) + |w|^2 / 2: with C = 1 / (n PENALTY) the same minimum."""
    chosen = LogisticRegression(C=1 / (len(labels) * baseline.PENALTY), tol=1e-10, max_iter=10_000)
    return make_pipeline(StandardScaler(), chosen).fit([describe(heavy) for heavy in heavies], labels)


def fit_baseline(heavies, labels):
    features = [baseline.describe(heavy) for heavy in heavies]
    scale = baseline.find_scale(features)
    weights = baseline.fit([baseline.standardise(row, scale) for row in features], labels)
    return lambda heavy: baseline.predict(weights, baseline.standardise(baseline.describe(heavy), scale))


def folds_of(name, column, settings):
    dataset = load_dataset(name)
    ensure_prepared(dataset, settings)
    return read_folds(dataset, column, read_inputs(dataset, settings), settings)


def both_on(fold):
    heavies = [row.antibody.sequence for row in fold.train]
    labels = [row.label for row in fold.train]
    asked = [row.sequence for row in fold.test]
    reference = fit_reference(heavies, labels).predict_proba([describe(heavy) for heavy in asked])[:, 1]
    predict = fit_baseline(heavies, labels)
    return [predict(heavy) for heavy in asked], reference


def test_probabilities_are_those_of_scikit_learn(settings):
    for fold in folds_of("demo", "fold", settings):
        ours, reference = both_on(fold)
        assert ours == pytest.approx(reference, abs=1e-5)


@pytest.mark.real_data
def test_aurocs_of_held_out_families_are_those_of_scikit_learn(real_settings):
    dataset = load_dataset("boughter")
    folds = folds_of("boughter", "family", real_settings)
    labels = {row.antibody.sequence_id: row.label for fold in folds for row in fold.train}
    aurocs = {}
    for fold in folds:
        ours, reference = both_on(fold)
        truth = [labels[row.sequence_id] for row in fold.test]
        aurocs[fold.name] = roc_auc_score(truth, reference)
        assert roc_auc_score(truth, ours) == pytest.approx(aurocs[fold.name], abs=1e-3)
    assert len(labels) == dataset.positives + dataset.negatives
    assert aurocs == pytest.approx({"HIV": 0.761, "influenza": 0.690, "mouse": 0.671}, abs=0.002)
