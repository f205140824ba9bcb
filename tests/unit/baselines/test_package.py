"""From a trained run to a folder whose program says what the pipeline says."""

import io
import shutil
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("hydra")
pytest.importorskip("torch")

import torch
from sklearn.linear_model import LogisticRegression

from polyreact.baselines.features import Places, build_features
from polyreact.baselines.model import load_model
from polyreact.baselines.packaging.requirements import render_requirements
from polyreact.baselines.packaging.run_folder import read_run
from polyreact.baselines.predict import predict as predict_here
from polyreact.sequences import Antibody, SequenceId
from polyreact.submission.manifest import read_manifest
from unit.baselines import images
from unit.baselines.conftest import HEAVY, SHORT
from unit.baselines.test_hub import save
from unit.baselines.test_train import make_table, polyreact, write_table

#: One model of each kind that an image runs, by the overrides that train it.
MODELS = {
    "charge": ("embedder=charge", "classifier=logreg", "calibrate=true"),
    "trees-of-descriptors": ("embedder=descriptors", "classifier=xgboost"),
    "svm-of-composition": ("embedder=kmer", "classifier=svm"),
    "mlp-of-positions": ("embedder=one_hot", "classifier=mlp"),
    "regions": ("embedder=kmer", "classifier=logreg", "parts=[VH,H-CDR3,H-CDRs,H-FWRs]"),
}
ROWS = [
    {"sequence_id": f"s{number}", "sequence": sequence, "light_sequence": ""}
    for number, sequence in enumerate([HEAVY, SHORT, HEAVY, f"XX{HEAVY[2:]}", HEAVY[:60] + "A" + HEAVY[61:]])
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def train(tmp_path, *overrides):
    """The run folder of a model trained on a made-up table."""
    table = write_table(tmp_path / "mine.csv", make_table())
    assert polyreact("train", "--data", str(table), "folds=3", *overrides) == 0
    (run,) = (tmp_path / "runs").iterdir()
    return run


def package(run, folder, *options):
    assert polyreact("package", str(run), str(folder), "--name", "lab-model", *options) == 0
    return folder


def predict_as_trained(run, tmp_path):
    antibodies = [Antibody(SequenceId(row["sequence_id"]), row["sequence"], row["light_sequence"]) for row in ROWS]
    places = Places(tmp_path / "cache" / "weights", tmp_path / "cache" / "embeddings")
    return [[one.prediction, one.score] for one in predict_here(load_model(run / "model"), antibodies, places)]


@pytest.mark.parametrize("name", MODELS)
def test_the_image_says_what_the_pipeline_says(tmp_path, name):
    run = train(tmp_path, *MODELS[name])
    image = images.build(package(run, tmp_path / "folder"), tmp_path / "image")
    np.testing.assert_allclose(images.predict(image, ROWS), predict_as_trained(run, tmp_path), atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["esm1v", "esm2", "antiberta2", "bert"])
def test_an_encoder_of_ones_own_is_built_without_torch_and_gives_the_same(tmp_path, kind):
    own = tmp_path / "own"
    save(own, kind)
    run = train(tmp_path, "embedder=hub", f"embedder.model={own}", "classifier=logreg")
    folder = package(run, tmp_path / "folder")
    assert (folder / "weights" / "model.safetensors").is_file()
    image = images.build(folder, tmp_path / "image")
    assert (
        "torch" not in (folder / "requirements.txt").read_text() + (folder / "requirements-build.txt").read_text()
    )
    np.testing.assert_allclose(images.predict(image, ROWS), predict_as_trained(run, tmp_path), atol=1e-5, rtol=0)


def test_other_weights_end_the_build(tmp_path):
    own = tmp_path / "own"
    save(own, "esm2")
    run = train(tmp_path, "embedder=hub", f"embedder.model={own}", "classifier=logreg")
    folder = package(run, tmp_path / "folder")
    shutil.rmtree(folder / "weights")
    torch.manual_seed(1)
    save(folder / "weights", "esm1v")
    with pytest.raises(AssertionError, match="these are not the weights of the encoder"):
        images.build(folder, tmp_path / "image")


def test_a_changed_classifier_ends_the_build(tmp_path):
    folder = package(train(tmp_path, *MODELS["charge"]), tmp_path / "folder")
    with np.load(folder / "classifier.npz") as kept:
        np.savez(folder / "classifier.npz", weights=kept["weights"] + 0.1, intercept=kept["intercept"])
    with pytest.raises(AssertionError, match="scores differ"):
        images.build(folder, tmp_path / "image")


@pytest.mark.parametrize("name", ["charge", "svm-of-composition"])
def test_the_folder_is_whole_holds_no_pickle_and_is_the_same_again(tmp_path, name):
    run = train(tmp_path, *MODELS[name][:2])
    folder = package(run, tmp_path / "folder", "--author", "A", "--contact", "a@lab.org", "--license", "MIT")
    again = package(run, tmp_path / "again", "--author", "A", "--contact", "a@lab.org", "--license", "MIT")
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files == {p.relative_to(again).as_posix(): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert {"Dockerfile", "predict.py", "submission.yaml", "requirements.txt", "README.md", "model.json"} <= set(
        files
    )
    copied = next(line for line in files["Dockerfile"].decode().splitlines() if line.startswith("COPY check.py"))
    for path in copied.split()[1:-1]:
        assert path in files
    for path, content in files.items():
        assert not path.endswith((".pkl", ".pickle", ".joblib", ".pt", ".bin"))
        assert content[:1] != b"\x80"
    manifest, _ = read_manifest(folder / "submission.yaml")
    assert manifest.training_data == "proprietary"
    assert manifest.score_is_probability == (name == "charge")
    assert manifest.threshold == load_model(run / "model").decision.threshold


def test_nothing_is_overwritten(tmp_path, capsys):
    run = train(tmp_path, *MODELS["charge"])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    assert polyreact("package", str(run), str(folder), "--name", "lab-model") == 3
    assert "E306" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_bad_name_is_refused_before_anything_is_written(tmp_path, capsys):
    run = train(tmp_path, *MODELS["charge"])
    assert polyreact("package", str(run), str(tmp_path / "folder"), "--name", "Model") == 3
    assert "E301" in capsys.readouterr().err
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("overrides", [("embedder=kmer",), ("embedder=charge", "classifier.scale=true")])
def test_what_is_fitted_in_the_image_is_scikit_learns(tmp_path, overrides):
    run = train(tmp_path, *overrides)
    image = images.build(package(run, tmp_path / "folder", "--mode", "fit-predict"), tmp_path / "image")
    table = make_table(rows=80, seed=1)
    rows = [
        {"sequence_id": f"t{number}", "sequence": sequence, "light_sequence": "", "label": label}
        for number, (sequence, label) in enumerate(table)
    ]
    found = np.array(images.predict(image, ROWS, rows))
    recipe = read_run(run).recipe
    places = Places(tmp_path, tmp_path)

    def embed(given):
        antibodies = [Antibody(SequenceId(row["sequence_id"]), row["sequence"]) for row in given]
        return build_features(antibodies, recipe.parts, recipe.embedder, places).values.astype(float)

    learned, asked = embed(rows), embed(ROWS)
    if recipe.classifier.scale:
        mean, deviation = learned.mean(axis=0), learned.std(axis=0)
        learned, asked = (learned - mean) / deviation, (asked - mean) / deviation
    reference = LogisticRegression(C=1.0, tol=1e-12, max_iter=100_000)
    reference.fit(learned, [int(label) for _, label in table])
    np.testing.assert_allclose(found[:, 1], reference.predict_proba(asked)[:, 1], atol=1e-5, rtol=0)
    assert found[:, 0].tolist() == (found[:, 1] >= 0.5).astype(float).tolist()


@pytest.mark.parametrize("classifier", ["xgboost", "svm", "mlp"])
def test_every_kind_of_classifier_is_fitted_in_the_image(tmp_path, classifier):
    run = train(tmp_path, "embedder=kmer", f"classifier={classifier}")
    folder = package(run, tmp_path / "folder", "--mode", "fit-predict")
    assert not list(folder.glob("classifier.*"))
    image = images.build(folder, tmp_path / "image")
    rows = [
        {"sequence_id": f"t{number}", "sequence": sequence, "light_sequence": "", "label": label}
        for number, (sequence, label) in enumerate(make_table())
    ]
    found = np.array(images.predict(image, rows, rows))
    assert (found[:, 0] == [float(row["label"]) for row in rows]).mean() > 0.9


def test_a_calibrated_run_is_not_packaged_for_fitting(tmp_path, capsys):
    run = train(tmp_path, *MODELS["charge"])
    assert polyreact("package", str(run), str(tmp_path / "folder"), "--name", "a-b", "--mode", "fit-predict") == 2
    assert "tuned or calibrated" in capsys.readouterr().err


def test_what_an_antibody_does_not_have_is_zeros_and_said(tmp_path):
    """VHHs have no light chain, and 29 of Harvey's cannot be numbered: one such row must not end a whole run."""
    run = train(tmp_path, "embedder=descriptors", "classifier=logreg")
    image = images.build(package(run, tmp_path / "folder"), tmp_path / "image")
    rows = [ROWS[0] | {"sequence": "GGGGSGGGGSGGGGS"}, *ROWS[1:]]
    found = images.predict(image, rows)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[1:], predict_as_trained(run, tmp_path)[1:], atol=1e-5)


# --- reading checkpoints without torch ------------------------------------------------------------------


@pytest.fixture
def checkpoint(monkeypatch):
    import polyreact.baselines

    folder = Path(polyreact.baselines.__file__).parent / "container" / "build"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "checkpoint", raising=False)
    import checkpoint

    yield checkpoint
    del sys.modules["checkpoint"]


@pytest.mark.parametrize("is_new", [True, False])
def test_tensors_are_those_that_torch_saved(checkpoint, is_new):
    whole = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    tensors = OrderedDict(a=whole, turned=whole.T, part=whole[1:3, 2:], one=torch.tensor(3), long=torch.arange(3))
    for stored in (tensors, {"model": tensors, "args": __import__("argparse").Namespace(x=1)}):
        content = io.BytesIO()
        torch.save(stored, content, _use_new_zipfile_serialization=is_new)
        found = checkpoint.read_torch(content.getvalue())
        assert list(found) == list(tensors)
        for name, tensor in tensors.items():
            np.testing.assert_array_equal(found[name], tensor.numpy())


class Evil:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_checkpoint_that_would_run_something_is_refused(checkpoint, is_new, capsys):
    content = io.BytesIO()
    torch.save({"model": Evil()}, content, _use_new_zipfile_serialization=is_new)
    with pytest.raises(ValueError, match=r"print, which is not allowed"):
        checkpoint.read_torch(content.getvalue())
    assert "run" not in capsys.readouterr().out


def test_a_tensor_beyond_its_storage_is_refused(checkpoint):
    storage = checkpoint.Storage("FloatStorage", "0")
    storage.values = np.zeros(4, np.float32)
    with pytest.raises(ValueError, match="beyond"):
        checkpoint.Lazy(storage, 2, (3,), (1,)).read()


def test_requirements_hold_what_each_package_needs():
    names = [line.partition("==")[0] for line in render_requirements(["skops"]).splitlines() if "==" in line]
    assert {"skops", "scikit-learn", "scipy", "numpy", "joblib", "threadpoolctl"} <= set(names)
    assert names == sorted(names)
    assert "#" not in render_requirements(["skops"])
