"""Labels for the operator's own export."""

import csv
import io
from dataclasses import replace

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.layout import annotations_path, labels_path
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import NotPrepared
from polyreact.evaluation.disclosure import read_known

DEMO = load_dataset("demo")


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_known_is_the_label_of_every_antibody_and_then_its_annotations(settings):
    ensure_prepared(DEMO, settings)
    known = read_known(DEMO, settings)
    assert {name: facts["label"] for name, facts in known.items()} == {
        row["sequence_id"]: row["label"] for row in read(labels_path(DEMO, settings))
    }
    columns = [annotation.name for annotation in DEMO.annotations]
    assert {tuple(facts) for facts in known.values()} == {("label", *columns)}
    for row in read(annotations_path(DEMO, settings)):
        assert {column: known[row["sequence_id"]][column] for column in columns} == {c: row[c] for c in columns}


def test_known_of_a_set_without_annotations_is_the_label_alone(settings):
    bare = replace(DEMO, annotations=())
    ensure_prepared(DEMO, settings)
    assert {tuple(facts) for facts in read_known(bare, settings).values()} == {("label",)}


def test_known_of_a_set_that_is_not_prepared_is_refused(settings):
    with pytest.raises(NotPrepared):
        read_known(DEMO, settings)
