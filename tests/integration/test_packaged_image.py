"""A model that was trained here, packaged, built as an image with no network and run in the sandbox."""

import csv

import numpy as np
import pytest

pytest.importorskip("hydra")
pytest.importorskip("torch")

from polyreact.baselines.features import Places
from polyreact.baselines.model import load_model
from polyreact.baselines.predict import predict
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.public import read_inputs
from polyreact.settings import Settings
from unit.baselines.test_hub import save
from unit.baselines.test_train import make_table, polyreact, write_table


@pytest.mark.engine("podman")
@pytest.mark.slow
def test_an_image_scores_as_the_model_did_where_it_was_trained(tmp_path, monkeypatch, podman_engine):
    """By a small random language model: its weights become a graph while the image is built, without torch."""
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "own", "esm2")
    table = write_table(tmp_path / "mine.csv", make_table())
    own = f"embedder.model={tmp_path / 'own'}"
    assert polyreact("train", "--data", str(table), "folds=3", "embedder=hub", own) == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert polyreact("package", str(run), "lab-tiny", "--name", "lab-tiny") == 0
    evaluated = ("lab-tiny", "--engine", "podman", "--base", "local", "--track", "demo", "--results", "results")
    assert polyreact("evaluate", "run", *evaluated) == 0

    (written,) = (tmp_path / "results" / "lab-tiny").glob("demo.*.csv")
    with written.open() as file:
        found = {row["sequence_id"]: float(row["score"]) for row in csv.DictReader(file)}
    settings = Settings(cache=tmp_path / "cache", mirror=None, engine=None)
    antibodies = read_inputs(load_dataset("demo"), settings)
    expected = predict(load_model(run / "model"), antibodies, Places(settings.weights, settings.embeddings))
    np.testing.assert_allclose(
        [found[one.sequence_id] for one in expected], [one.score for one in expected], atol=1e-5, rtol=0
    )
