"""The zoo's folders are what `polyreact package` writes, and say of themselves what is so."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from polyreact.baselines.packaging.programs import render_programs
from polyreact.baselines.packaging.reread import read_contents
from polyreact.datasets.catalog import dataset_ids
from polyreact.submission.contract import Mode
from polyreact.submission.manifest import read_manifest

ZOO = Path(__file__).parents[3] / "zoo"
PACKAGED = sorted(path.parent for path in ZOO.glob("*/model.json") if (path.parent / "classify.py").is_file())
PRETRAINED = {"antiberty", "random-encoder", "sapiens"}
names = pytest.mark.parametrize("folder", PACKAGED, ids=lambda folder: folder.name)


def test_the_whole_zoo_is_there():
    assert {folder.name for folder in PACKAGED} == {
        "antiberta2-mlp", "antiberty-logreg", "antiberty-logreg-fit", "antiberty-mlp", "antiberty-xgboost",
        "descriptors-logreg", "descriptors-logreg-fit", "descriptors-xgboost", "esm1v-logreg", "esm2-logreg",
        "esm2-xgboost", "kmer-logreg", "kmer-logreg-fit", "net-charge", "net-charge-fit", "random-encoder",
        "sapiens-logreg", "sapiens-logreg-fit", "sapiens-svm",
    }  # fmt: skip


@names
def test_programs_are_those_that_are_packaged_today(folder):
    """python scripts/make_zoo.py --programs writes them again."""
    contents = read_contents(folder)
    rendered = render_programs(contents)
    assert {path: (folder / path).read_bytes() for path in rendered} == rendered
    there = {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and "__pycache__" not in str(p)
    }
    assert there == {*rendered, *contents.files, "README.md", "submission.yaml"}


@names
def test_manifests_are_valid_and_declare_the_labels(folder):
    manifest, _ = read_manifest(folder / "submission.yaml", datasets=dataset_ids())
    contents = read_contents(folder)
    assert manifest.name == f"polyreact-{folder.name}"
    assert manifest.threshold == contents.threshold
    fitted = manifest.mode is Mode.FIT_PREDICT
    assert manifest.training_data == ({} if fitted else {"boughter": ("labels",)})


@names
def test_an_image_is_compared_with_the_trained_model_wherever_the_weights_can_be_had(folder):
    contents = read_contents(folder)
    assert ("golden.json" in contents.files) == (contents.embedder.name != "hub")
    assert ("No official run exists yet" in (folder / "README.md").read_text()) == (contents.embedder.name == "hub")


@names
def test_nothing_learned_is_kept_as_a_pickle_and_no_weights_of_others_are_inside(folder):
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in str(path):
            assert path.suffix not in {".pkl", ".pickle", ".joblib", ".pt", ".bin", ".onnx", ".safetensors"}
            assert path.read_bytes()[:1] != b"\x80"
