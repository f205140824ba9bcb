from collections import Counter
from importlib.resources import files

import pytest
from Bio.SeqUtils.IsoelectricPoint import IsoelectricPoint
from sklearn.metrics import roc_auc_score

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.demo.generate import build_demo, write_demo
from polyreact.datasets.prepare.demo import prepare_demo
from polyreact.datasets.tables import parse_csv
from polyreact.files import sha256_bytes
from polyreact.sequences import find_nonstandard
from polyreact.similarity import measure_identity

DEMO = files("polyreact.datasets.demo")


def test_demo_generated_again_gives_the_committed_bytes(tmp_path):
    write_demo(tmp_path)
    assert (tmp_path / "inputs.csv").read_bytes() == DEMO.joinpath("inputs.csv").read_bytes()
    assert (tmp_path / "labels.csv").read_bytes() == DEMO.joinpath("labels.csv").read_bytes()


def test_demo_digests_are_the_catalogues():
    tables, dataset = build_demo(), load_dataset("demo")
    assert (sha256_bytes(tables.inputs), sha256_bytes(tables.labels)) == (
        dataset.inputs_sha256,
        dataset.labels_sha256,
    )


def test_demo_rows_are_unique_synthetic_antibodies_some_without_light_chain():
    inputs, labels = parse_csv(build_demo().inputs), parse_csv(build_demo().labels)
    assert len(inputs) == len({row["sequence"] for row in inputs}) == 300
    assert not any(find_nonstandard(row["sequence"] + row["light_sequence"]) for row in inputs)
    assert all(110 <= len(row["sequence"]) <= 135 for row in inputs)
    assert sum(row["light_sequence"] == "" for row in inputs) == 20
    assert all(row["name"].startswith("synthetic-") for row in labels)
    assert sum(row["label"] == "1" for row in labels) == 135


def test_demo_isoelectric_point_does_well_and_is_not_perfect():
    tables = build_demo()
    truth = [int(row["label"]) for row in parse_csv(tables.labels)]
    points = [IsoelectricPoint(row["sequence"]).pi() for row in parse_csv(tables.inputs)]
    assert roc_auc_score(truth, points) == pytest.approx(0.795, abs=0.002)


def test_demo_row_number_tells_nothing_of_the_label():
    truth = [int(row["label"]) for row in parse_csv(build_demo().labels)]
    assert 0.4 < roc_auc_score(truth, range(len(truth))) < 0.6


def test_demo_has_three_folds_of_like_size_with_both_classes():
    rows = [(dict(row.annotations)["fold"], row.label) for row in prepare_demo({}).rows]
    counts = Counter(rows)
    assert set(counts) == {(fold, label) for fold in "123" for label in (0, 1)}
    assert all(40 <= count <= 65 for count in counts.values())


def test_demo_relatives_stand_in_one_fold():
    rows = prepare_demo({}).rows
    fold_of = {row.sequence: dict(row.annotations)["fold"] for row in rows}
    apart = [
        (one.name, other.name)
        for one in rows[:60]
        for other in rows
        if fold_of[one.sequence] != fold_of[other.sequence]
        and measure_identity(one.sequence, other.sequence) >= 0.85
    ]
    assert apart == []
