"""`polyreact dataset overlap`."""

import pytest

from polyreact.datasets.overlap import IDENTITY
from polyreact.settings import Settings
from unit.toy_sets import VH, antibodies, change, toy_dataset


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """Three sets of two sources, prepared and catalogued for the time of a test."""
    settings = Settings(cache=tmp_path / "cache", mirror=None, engine=None)
    sets = (
        toy_dataset(settings, "toy", antibodies("toy", VH, change(VH, 1, 100), "GGGGGGGGGG"), [0, 1, 0]),
        toy_dataset(settings, "toy-b", antibodies("toy-b", VH), [0]),
        toy_dataset(settings, "other", antibodies("other", change(VH, 1)), [0], source="other"),
    )
    named = {dataset.id: dataset for dataset in sets}
    monkeypatch.setattr("polyreact.cli.dataset_overlap.load_dataset", named.__getitem__)
    monkeypatch.setattr("polyreact.cli.dataset_overlap.load_revisions", lambda: sets)
    return named


def test_overlap_is_printed_with_what_identity_means_and_kept(polyreact, toys, tmp_path):
    ended = polyreact("dataset", "overlap", "toy", "other")
    assert ended.status == 0
    heading, vh, cdr3 = (line.split() for line in ended.out.splitlines()[:3])
    assert heading[:6] == ["test", "reference", "region", "rows", "of", "exact"]
    assert vh[:6] == ["toy-r1", "other-r1", "VH", "3", "1", "0"]
    assert vh[8:] == ["0.992", "2", "2", "2"]
    assert cdr3 == ["toy-r1", "other-r1", "H-CDR3", "2", "1", "1", "0.923", "0.962", "1.000", "1", "2", "2"]
    assert IDENTITY in " ".join(ended.out.split())
    assert "measuring the overlap of toy@1 with other@1" in ended.err
    assert (tmp_path / "results" / "overlap" / "toy-r1--other-r1.json").is_file()
    again = polyreact("dataset", "overlap", "toy", "other")
    assert (again.out, again.err) == (ended.out, "")
    assert "measuring" in polyreact("dataset", "overlap", "toy", "other", "--force").err


def test_sets_of_one_source_are_said_to_be_the_same_antibodies(polyreact, toys):
    ended = polyreact("dataset", "overlap", "toy", "toy-b", "--json")
    assert ended.status == 0
    assert ended.data == {"overlaps": [], "same_antibodies": [["toy@1", "toy-b@1"]], "errors": []}
    told = polyreact("dataset", "overlap", "toy", "toy-b")
    assert "they hold the same antibodies" in told.err
    assert told.out == ""  # no heading without a row


def test_without_a_reference_every_set_of_another_source_is_compared(polyreact, toys):
    data = polyreact("dataset", "overlap", "other", "--json").data
    assert [found["reference"]["id"] for found in data["overlaps"]] == ["toy", "toy-b"]
    assert data["overlaps"][0]["h_cdr3"]["reference_rows_without"] == 1


def test_all_pairs_of_different_sources_are_compared(polyreact, toys):
    data = polyreact("dataset", "overlap", "--all", "--json").data
    assert [(found["test"]["id"], found["reference"]["id"]) for found in data["overlaps"]] == [
        ("toy", "other"),
        ("toy-b", "other"),
        ("other", "toy"),
        ("other", "toy-b"),
    ]
    assert data["same_antibodies"] == []


def test_set_that_cannot_be_had_ends_with_5_after_the_others(polyreact, tmp_path, monkeypatch):
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("POLYREACT_MIRROR", str(tmp_path / "mirror"))
    ended = polyreact("dataset", "overlap", "demo", "jain", "--json")
    assert ended.status == 5
    assert [error["code"] for error in ended.data["errors"]] == ["E501"]
    assert "E501" in ended.err


@pytest.mark.parametrize("arguments", [(), ("--all", "jain")])
def test_test_set_or_all_must_be_named_and_not_both(polyreact, arguments):
    ended = polyreact("dataset", "overlap", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("E103")


def test_set_that_is_unknown_is_refused_before_anything_is_measured(polyreact, tmp_path):
    assert polyreact("dataset", "overlap", "atlantis").status == 2
    assert not (tmp_path / "results").exists()
