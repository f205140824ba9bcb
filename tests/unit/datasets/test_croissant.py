"""Croissant metadata: mlcroissant accepts it and reads the antibodies through it, and no label is in it."""

import csv
import json
import re

import mlcroissant
import pytest

from polyreact.datasets.catalog import Dataset, load_dataset, load_revisions, load_source
from polyreact.datasets.croissant import find_obstacles, render_croissant
from polyreact.datasets.hidden import read_labels
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import NotPrepared

# rdflib, which mlcroissant reads JSON-LD with, warns of its own classes
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

DESCRIBED = [dataset for dataset in load_revisions() if not find_obstacles(dataset, load_source(dataset.source))]
#: What is recommended and cannot be said of a set that was never published.
ALLOWED = {"demo-r1": {"datePublished"}}


def describe(dataset: Dataset):
    return json.loads(render_croissant(dataset, load_source(dataset.source)))


def validate(dataset: Dataset, folder):
    path = folder / f"{dataset.key}.json"
    path.write_bytes(render_croissant(dataset, load_source(dataset.source)))
    return mlcroissant.Dataset(jsonld=str(path))


@pytest.mark.parametrize("dataset", DESCRIBED, ids=lambda dataset: dataset.key)
def test_mlcroissant_accepts_it_with_nothing_to_say(dataset, tmp_path):
    issues = validate(dataset, tmp_path).metadata.ctx.issues
    assert issues.errors == set()
    told = {name for warning in issues.warnings for name in re.findall(r"schema\.org/(\w+)", warning)}
    assert told == ALLOWED.get(dataset.key, set())


def test_mlcroissant_reads_the_antibodies_of_the_demo_through_it(settings, tmp_path):
    dataset = load_dataset("demo")
    inputs = ensure_prepared(dataset, settings)
    (tmp_path / "demo-r1.csv").write_bytes(inputs.read_bytes())
    records = list(validate(dataset, tmp_path).records(record_set="antibodies"))
    with inputs.open(newline="") as file:
        expected = list(csv.DictReader(file))
    assert [record["antibodies/sequence_id"].decode() for record in records] == [r["sequence_id"] for r in expected]
    assert [record["antibodies/sequence"].decode() for record in records] == [r["sequence"] for r in expected]


def test_mlcroissant_refuses_another_table_under_its_name(settings, tmp_path):
    (tmp_path / "demo-r1.csv").write_bytes(ensure_prepared(load_dataset("demo"), settings).read_bytes() + b"x,A,\n")
    with pytest.raises(Exception, match=r"Download\(demo-r1.csv\)"):
        list(validate(load_dataset("demo"), tmp_path).records(record_set="antibodies"))


def test_it_names_no_label_and_no_column_of_labels(settings):
    dataset = load_dataset("demo")
    ensure_prepared(dataset, settings)
    text = render_croissant(dataset, load_source("demo")).decode()
    assert not [name for name in read_labels(dataset, settings) if name in text]
    fields = [field["name"] for records in describe(dataset)["recordSet"] for field in records["field"]]
    assert fields == ["sequence_id", "sequence", "light_sequence"]


@pytest.mark.parametrize("dataset", DESCRIBED, ids=lambda dataset: dataset.key)
def test_it_has_the_digests_of_the_catalogue_and_of_no_table_of_labels(dataset):
    digests = {file["name"]: file["sha256"] for file in describe(dataset)["distribution"]}
    raw = {file.name: file.sha256 for file in load_source(dataset.source).files if file.name in dataset.files}
    assert digests == raw | {f"{dataset.key}.csv": dataset.inputs_sha256}
    text = render_croissant(dataset, load_source(dataset.source)).decode()
    hidden = {dataset.labels_sha256, dataset.annotations_sha256, dataset.training_sha256} - {""}
    assert not [digest for digest in hidden if digest in text]


def test_it_says_the_licence_or_that_there_is_none():
    assert describe(load_dataset("boughter"))["license"] == [
        "https://spdx.org/licenses/MIT.html",
        "https://spdx.org/licenses/CC-BY-4.0.html",
    ]
    (said,) = describe(load_dataset("jain"))["license"]
    assert "no Creative Commons licence is stated" in said
    assert "never redistribute" in describe(load_dataset("jain"))["description"]


def test_version_is_the_revision():
    assert [describe(load_dataset(name))["version"] for name in ("boughter@1", "boughter@2")] == ["1.0.0", "2.0.0"]


def test_set_with_a_file_of_unknown_sha256_has_none_and_says_why():
    dataset = load_dataset("harvey")
    with pytest.raises(NotPrepared) as error:
        render_croissant(dataset, load_source("harvey"))
    assert "sha256" in error.value.render()
    assert "dataset card harvey@1" in error.value.render()
