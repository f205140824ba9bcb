import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.hidden import read_labels
from polyreact.datasets.layout import labels_path
from polyreact.datasets.prepare.interface import Preparation, Stage
from polyreact.datasets.prepared import ensure_prepared, render_provenance
from polyreact.datasets.public import inputs_path, read_inputs
from polyreact.datasets.tables import Tables
from polyreact.errors import BadSetting, CannotWrite, InvalidCatalog, NotPrepared, PreparedMismatch
from polyreact.files import Sha256
from polyreact.settings import Settings

DEMO = load_dataset("demo")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache", mirror=None, engine=None)


def every_file(settings: Settings) -> dict[str, bytes]:
    paths = [path for path in settings.cache.rglob("*") if path.is_file()]
    return {str(path.relative_to(settings.cache)): path.read_bytes() for path in paths}


def test_prepared_demo_needs_neither_network_nor_mirror(settings):
    said: list[str] = []
    path = ensure_prepared(DEMO, settings, said.append)
    assert said == ["preparing demo, revision 1"]
    assert path == inputs_path(DEMO, settings)
    antibodies, labels = read_inputs(DEMO, settings), read_labels(DEMO, settings)
    assert [antibody.sequence_id for antibody in antibodies] == list(labels)
    assert antibodies[0].sequence_id == "demo-0001"
    assert sum(labels.values()) == DEMO.positives


def test_prepared_inputs_and_labels_stand_in_two_trees_and_labels_are_private(settings):
    ensure_prepared(DEMO, settings)
    labels = labels_path(DEMO, settings)
    assert set(every_file(settings)) == {
        "inputs/demo-r1/inputs.csv",
        "inputs/demo-r1/provenance.json",
        "hidden/demo-r1/annotations.csv",
        "hidden/demo-r1/labels.csv",
        "training/demo-r1/training.csv",
    }
    assert stat.S_IMODE((settings.training / "demo-r1" / "training.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE(labels.stat().st_mode) == 0o600
    assert stat.S_IMODE(labels.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.hidden.stat().st_mode) == 0o700


def test_prepared_folder_that_was_open_is_closed(settings):
    settings.hidden.mkdir(parents=True, mode=0o755)
    ensure_prepared(DEMO, settings)
    assert stat.S_IMODE(settings.hidden.stat().st_mode) == 0o700


def test_prepared_twice_gives_the_same_bytes(settings, tmp_path):
    other = replace(settings, cache=tmp_path / "other")
    ensure_prepared(DEMO, settings)
    ensure_prepared(DEMO, other)
    assert every_file(settings) == every_file(other)


def test_prepared_already_there_is_left_alone(settings):
    path = ensure_prepared(DEMO, settings)
    before = path.stat().st_mtime_ns
    said: list[str] = []
    ensure_prepared(DEMO, settings, said.append)
    assert path.stat().st_mtime_ns == before
    assert said == []


@pytest.mark.parametrize("damaged", ["inputs/demo-r1/inputs.csv", "hidden/demo-r1/labels.csv"])
def test_prepared_damaged_file_is_not_read_and_is_made_again(settings, damaged):
    ensure_prepared(DEMO, settings)
    (settings.cache / damaged).write_bytes(b"sequence_id,label\n")
    read = read_labels if "labels" in damaged else read_inputs
    with pytest.raises(PreparedMismatch, match="not revision 1") as caught:
        read(DEMO, settings)
    assert "polyreact dataset fetch demo" in caught.value.render()
    ensure_prepared(DEMO, settings)
    assert read(DEMO, settings)


@pytest.mark.parametrize("read", [read_inputs, read_labels])
def test_prepared_not_there_says_what_to_do(settings, read):
    with pytest.raises(NotPrepared) as caught:
        read(DEMO, settings)
    assert "polyreact dataset fetch demo" in caught.value.render()


@pytest.mark.parametrize("use", [ensure_prepared, read_inputs, read_labels])
def test_prepared_set_without_preparation_is_refused(settings, use):
    with pytest.raises(NotPrepared, match="does not prepare it yet"):
        use(load_dataset("harvey"), settings)
    assert every_file(settings) == {}


def test_prepared_other_than_the_catalogue_shows_both_and_writes_nothing(settings):
    wrong = replace(DEMO, inputs_sha256=Sha256("0" * 64), positives=1)
    with pytest.raises(PreparedMismatch) as caught:
        ensure_prepared(wrong, settings)
    text = caught.value.render()
    assert f"expected {'0' * 64}, found {DEMO.inputs_sha256}" in text
    assert f"expected 1, found {DEMO.positives}" in text
    assert every_file(settings) == {}


def test_prepared_unknown_preparation_is_a_wrong_catalogue(settings):
    with pytest.raises(InvalidCatalog, match="jane"):
        ensure_prepared(replace(DEMO, preparation="jane"), settings)


def test_prepared_cache_that_is_a_file_is_cannot_write(settings):
    settings.cache.write_bytes(b"")
    with pytest.raises(CannotWrite):
        ensure_prepared(DEMO, settings)


def test_provenance_has_counts_and_no_name_and_no_label(settings):
    path = ensure_prepared(DEMO, settings).with_name("provenance.json")
    text = path.read_text()
    assert "synthetic-0" not in text
    assert "demo-0" not in text
    assert json.loads(text) == {
        "dataset": "demo",
        "revision": 1,
        "label_rule": DEMO.label_rule,
        "source": "demo",
        "source_files": [],
        "rows": 300,
        "positives": 135,
        "negatives": 165,
        "dropped": {},
        "changed": {},
        "inputs_sha256": DEMO.inputs_sha256,
        "labels_sha256": DEMO.labels_sha256,
        "annotations_sha256": DEMO.annotations_sha256,
        "training_sha256": DEMO.training_sha256,
    }


@pytest.fixture
def as_stranger():
    """Be somebody who may not read what the owner alone may read; root becomes another user for the test."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield
    if is_root:
        os.seteuid(0)


def test_prepared_cache_of_another_user_is_a_bad_setting(settings, request):
    """Symptom: E700 PermissionError. Cause: only writing to the cache was expected to fail.

    It mattered on shared machines, where POLYREACT_CACHE may name a colleague's folder.
    """
    ensure_prepared(DEMO, settings)
    settings.cache.chmod(0)
    request.getfixturevalue("as_stranger")
    with pytest.raises(BadSetting, match="Permission denied") as caught:
        ensure_prepared(DEMO, settings)
    assert "POLYREACT_CACHE" in caught.value.cure


def test_provenance_names_the_digest_that_each_raw_file_was_verified_by():
    value = json.loads(render_provenance(load_dataset("harvey"), Preparation(()), Tables(b"", b"")))
    files = {file["name"]: file for file in value["source_files"]}
    assert files["train.csv"]["git_blob_sha1"] == "d53e502b6f25fa1de1fc0a5851178fadc2a11b51"
    assert "sha256" not in files["train.csv"]
    assert files["test.csv"]["sha256"].startswith("79b3d945")


def test_provenance_tells_the_stages_of_a_preparation_that_has_some():
    stages = (Stage("published", {"flu": 3, "mouse": 2}), Stage("labelled", {"flu": 1}))
    value = json.loads(render_provenance(DEMO, Preparation((), stages=stages), Tables(b"", b"")))
    assert value["stages"] == [
        {"name": "published", "rows": 5, "by_subset": {"flu": 3, "mouse": 2}},
        {"name": "labelled", "rows": 1, "by_subset": {"flu": 1}},
    ]
