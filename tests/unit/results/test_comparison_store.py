"""Comparisons beside the records: read as they were written, or refused."""

import json
from dataclasses import replace
from itertools import permutations

import pytest

from polyreact.errors import BadRecord, RecordTooNew
from polyreact.results.comparison_documents import render_comparisons
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.store import ResultsStore
from unit.leaderboard.sample_boards import compare, with_auroc
from unit.results.version_1 import as_version_1

#: AUROCs as sets of 29 and 57 have them, so that differences have all the digits of a double.
MANY = {f"lab-{name}": (1_500 + 257 * place) / (2 * 29 * 57) for place, name in enumerate("abcdefg")}


@pytest.fixture
def kept(tmp_path):
    store = ComparisonStore.of(ResultsStore(tmp_path))
    (record,) = compare([with_auroc("lab-a", 0.8), with_auroc("lab-b", 0.7)])
    path = store.write(record)
    return store, record, path


def test_comparisons_are_read_as_they_were_written(kept):
    store, record, path = kept
    assert store.find("jain") == record
    assert store.read_all() == (record,)
    assert store.find("shehata") is None
    assert path.read_bytes().endswith(b"}\n")


def many():
    (record,) = compare([with_auroc(name, value) for name, value in MANY.items()])
    return record


def test_pair_is_one_line_and_a_submission_more_adds_its_lines_alone(tmp_path):
    """So that git keeps a difference as long as the new pairs, wherever the new name stands in the alphabet."""
    store = ComparisonStore(tmp_path)
    after = store.write(many()).read_text().splitlines()
    without = store.write(many().restrict([name for name in MANY if name != "lab-c"])).read_text().splitlines()
    assert sum(line[0] in "-0123456789" for line in after) == 21
    lines = iter(after)
    assert all(line in lines for line in without)  # in this order, with nothing between changed
    assert len(after) - len(without) == 1 + 6


def test_pair_takes_sixty_bytes_or_less():
    """Half a million of them stand in one file of a repository, which GitHub refuses above 100 MB."""
    lines = [line for line in render_comparisons(many()).split(b"\n") if line[:1] in b"-0123456789" and line]
    assert sum(map(len, lines)) / len(lines) < 60


def test_any_two_are_found_and_told_from_the_first():
    record = many()
    for (first, auroc), (second, other) in permutations(MANY.items(), 2):
        pair = record.find_pair(first, second)
        assert (pair.first, pair.second) == (first, second)
        assert pair.auroc.difference == auroc - other
        assert record.find_pair(second, first) == pair.turned()
    for nobody in (("lab-a", "lab-z"), ("lab-a", "lab-a")):
        with pytest.raises(KeyError):
            record.find_pair(*nobody)


def test_columns_of_some_stand_in_the_order_that_is_asked_for():
    names = ["lab-f", "lab-b", "lab-g", "lab-a"]
    record = many()
    expected = [pair.auroc.p_value for pair in record.read_pairs(names)]
    assert record.select(names)["auroc_p_value"].tolist() == expected
    assert record.restrict(sorted(names)).find_pair("lab-g", "lab-b") == record.find_pair("lab-g", "lab-b")


def test_pairs_that_are_not_those_of_the_entries_make_no_record():
    with pytest.raises(ValueError, match="7 entries make 21 pairs"):
        replace(many(), pairs=many().pairs[1:])


def test_comparisons_of_the_first_schema_keep_their_figures(tmp_path):
    """Every digit of them, but for the last bit of a difference in AUROC."""
    record = many()
    path = tmp_path / "jain.json"
    path.write_text(json.dumps(as_version_1(record)))
    upgraded = ComparisonStore(tmp_path).find("jain")
    assert upgraded.is_relative
    assert not record.is_relative
    for pair in record.read_pairs(list(MANY)):
        kept = upgraded.find_pair(pair.first, pair.second)
        assert kept.auroc.difference == pytest.approx(pair.auroc.difference, abs=1e-15)
        assert kept.auroc.model_copy(update={"difference": pair.auroc.difference}) == pair.auroc
        assert kept.accuracy == pair.accuracy
        assert pair.agreement is not None
        assert kept.agreement is None


@pytest.mark.parametrize("spoil", ["a pair less", "a pair twice", "no figure", "other test"])
def test_first_schema_that_is_not_whole_is_refused(tmp_path, spoil):
    document = as_version_1(many())
    match spoil:
        case "a pair less":
            del document["pairs"][3]
        case "a pair twice":
            document["pairs"][3] = document["pairs"][2]
        case "no figure":
            del document["pairs"][3]["auroc"]["low"]
        case "other test":
            document["pairs"][3]["auroc"]["test"] = "tea leaves"
    (tmp_path / "jain.json").write_text(json.dumps(document))
    with pytest.raises(BadRecord):
        ComparisonStore(tmp_path).find("jain")


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (("pairs", 0), 1_000_001, "auroc_low of pair 1 is 1e+06; expected a whole number from -1000000 to 1000000"),
        (("pairs", 0), 0.5, "auroc_low of pair 1 is 0.5; expected a whole number"),
        (("pairs", 2), 1.5, "auroc_p_value of pair 1 is 1.5; expected a number from 0 to 1"),
        (("pairs", 2), None, "auroc_p_value of pair 1 is nan; expected a number from 0 to 1"),
        (("pairs", 3), 6, "auroc_test of pair 1 is 6; expected a whole number from 0 to 5"),
        (("pairs", 4), -1, "auroc_standard_error of pair 1 is -1"),
        (("pairs", 4), float("nan"), "NaN is no number of a pair"),
        (("pairs", 4), 10**400, "out of range"),
        (("pairs", 9), 0.5, "only_first of pair 1 is 0.5; expected a whole number"),
        (("pairs", 9), -1, "only_first of pair 1 is -1"),
        (("pairs", 9), None, "only_first of pair 1 is -1; expected a number that goes with the right answers"),
        (("pairs", 9), 10_000, "only_first of pair 1 is 10000; expected a number that goes with"),
        (("entries", 1, "right"), 10_000, "only_first of pair 1 is"),
        (("is_relative",), True, "expected null"),
        (("pairs", 0), True, "a list of numbers"),
        (("pairs", 0), "1", "a list of numbers"),
        (("pairs",), {"a": 1}, "a list of numbers"),
        (("pairs",), [1, 2, 0.5], "3 are not those of whole pairs"),
        (("pairs",), [], "2 entries make 1 pairs, not 0"),
        (("entries",), [], "0 entries make 0 pairs, not 1"),
        (("entries", 1, "submission"), "lab-a", "alphabetical order"),
        (("tests", 0), "tea leaves", "tests are to be"),
        (("columns", 0), "p", "columns are to be"),
        (("rows",), 0, "greater than 0"),
    ],
)
def test_defect_of_comparisons_is_named(kept, where, value, words):
    store, _, path = kept
    document = json.loads(path.read_bytes())
    part = document
    for key in where[:-1]:
        part = part[key]
    part[where[-1]] = value
    path.write_text(json.dumps(document))
    with pytest.raises(BadRecord) as refused:
        store.find("jain")
    assert words in refused.value.render()


def test_folder_of_comparisons_holds_no_record_of_a_submission(kept, tmp_path):
    assert ResultsStore(tmp_path).read_all() == ()


@pytest.mark.parametrize(
    ("content", "error"),
    [("{", BadRecord), ('{"schema_version": 1}', BadRecord), ('{"schema_version": 9}', RecordTooNew)],
)
def test_what_is_no_comparison_is_refused(kept, content, error):
    store, _, path = kept
    path.write_text(content)
    with pytest.raises(error):
        store.find("jain")


def test_comparisons_of_another_track_are_refused(kept):
    store, _, path = kept
    path.rename(path.with_name("shehata.json"))
    with pytest.raises(BadRecord, match="holds the comparisons of jain"):
        store.find("shehata")


def test_key_that_is_not_known_is_refused(kept):
    store, _, path = kept
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"note": "x"}))
    with pytest.raises(BadRecord, match="does not meet the schema"):
        store.find("jain")


def test_comparisons_of_private_tracks_stand_apart(kept, tmp_path):
    _, record, _ = kept
    private = replace(record, track="private-ours")
    with pytest.raises(ValueError, match="do not belong"):
        ComparisonStore(tmp_path / "x").write(private)
    with pytest.raises(ValueError, match="do not belong"):
        ComparisonStore(tmp_path / "x", is_private=True).write(record)
    ComparisonStore(tmp_path / "x", is_private=True).write(private)
    assert ComparisonStore(tmp_path / "x").read_all() == ()
