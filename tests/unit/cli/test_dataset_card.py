"""`polyreact dataset card`."""

import json
import shutil
from pathlib import Path

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.layout import provenance_path
from polyreact.settings import Settings

RESULTS = Path(__file__).parents[3] / "results"


def test_page_of_a_set_that_is_not_prepared_says_so(polyreact):
    ended = polyreact("dataset", "card", "shehata")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("# Antibodies of human B cells")
    assert "without counts: `shehata@1`" in ended.out
    assert "Not measured." in ended.out


def test_page_of_a_prepared_set_has_its_account(polyreact):
    polyreact("dataset", "fetch", "demo")
    assert "Nothing is left out and nothing changed." in polyreact("dataset", "card", "demo").out


def test_page_has_the_overlaps_of_the_records(polyreact, tmp_path):
    kept = tmp_path / "results" / "overlap"
    kept.mkdir(parents=True)
    for path in (RESULTS / "overlap").glob("shehata-r1--boughter-*"):
        shutil.copy(path, kept)
    overlaps = [line for line in polyreact("dataset", "card", "shehata").out.splitlines() if "| VH |" in line]
    # figures of the leakage audit: no exact match, the highest .943, nobody at .95
    assert [line.split(" | ")[1:2] + line.split(" | ")[4:5] for line in overlaps] == [
        ["`boughter@1`", "0"],
        ["`boughter@2`", "0"],
    ]
    assert all("| 0.943 | 0 |" in line for line in overlaps)
    assert polyreact("dataset", "card", "shehata", "--results", tmp_path / "none").out.count("Not measured.") == 1


def test_croissant_is_json_for_the_revision_asked_for(polyreact):
    first = polyreact("dataset", "card", "boughter@1", "--format", "croissant")
    assert first.status == 0
    assert json.loads(first.out)["name"] == "boughter-r1"
    assert (
        json.loads(polyreact("dataset", "card", "boughter", "--format", "croissant").out)["name"] == "boughter-r2"
    )


def test_bibtex_is_the_entry_alone(polyreact):
    assert polyreact("dataset", "card", "jain", "--format", "bibtex").out.startswith("@article{jain2017,")


def test_croissant_of_a_set_that_cannot_have_one_ends_with_5(polyreact):
    ended = polyreact("dataset", "card", "harvey", "--format", "croissant")
    assert (ended.status, ended.out) == (5, "")
    assert "E505" in ended.err


def test_set_that_is_unknown_is_a_usage_error(polyreact):
    assert polyreact("dataset", "card", "atlantis").status == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 3, "dropped": {"a": "b"}, "changed": {}}'])
def test_damaged_provenance_is_told_with_a_cure(polyreact, tmp_path, content):
    polyreact("dataset", "fetch", "demo")
    path = provenance_path(load_dataset("demo"), Settings(cache=tmp_path / "cache", mirror=None, engine=None))
    path.write_text(content)
    ended = polyreact("dataset", "card", "demo")
    assert ended.status == 5
    assert "E504" in ended.err
    assert str(path) in ended.err
