"""Labels for the operator's own export."""

import csv
import io

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.layout import labels_path
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import NotPrepared
from polyreact.evaluation.disclosure import read_known

DEMO = load_dataset("demo")


def test_known_is_the_label_of_every_antibody_by_id(settings):
    ensure_prepared(DEMO, settings)
    rows = csv.DictReader(io.StringIO(labels_path(DEMO, settings).read_text()))
    assert read_known(DEMO, settings) == {row["sequence_id"]: {"label": row["label"]} for row in rows}


def test_known_of_a_set_that_is_not_prepared_is_refused(settings):
    with pytest.raises(NotPrepared):
        read_known(DEMO, settings)
