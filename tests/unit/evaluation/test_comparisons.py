"""Comparisons are kept as long as they are those of the records, by the rules of now."""

import json
from dataclasses import replace

import numpy as np
import pytest

from fakes.engine import FakeEngine
from polyreact.evaluation import compare
from polyreact.evaluation.comparisons import ensure_comparisons, find_comparable, is_of
from polyreact.evaluation.evaluate import evaluate
from polyreact.results.comparison_records import PAIR_COLUMNS
from polyreact.results.comparison_store import ComparisonStore
from polyreact.statistics.comparison import compare_accuracy
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate
from unit.results.version_1 import as_version_1

DEMO = load_track("demo")


@pytest.fixture
def kept(evaluation, store):
    """The comparisons of two submissions on the demo track."""
    evaluate(evaluation, [candidate()], [DEMO])
    evaluate(replace(evaluation, engine=by_length()), [candidate(name="lab-other")], [DEMO])
    return ComparisonStore.of(store).find("demo")


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "jain"},
        {"revision": 2},
        {"scoring_version": 1},
        {"labels_sha256": "00" * 32},
        {"group_column": "clone"},
        {"entries": (), "pairs": np.empty(0, PAIR_COLUMNS)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_comparisons_of_anything_else_are_made_again(kept, store, settings, change):
    records = find_comparable(store.read_all(), DEMO)
    assert is_of(kept, records, DEMO)
    other = replace(kept, **change)
    assert not is_of(other, records, DEMO)
    ComparisonStore.of(store).write(other)
    assert ensure_comparisons(DEMO, store, settings) == kept
    assert ComparisonStore.of(store).find("demo") == kept


def test_comparisons_of_the_records_as_they_stand_are_not_made_again(kept, store, settings):
    said = []
    assert ensure_comparisons(DEMO, store, settings, said.append) == kept
    assert said == []


def by_length(sign=1):
    return FakeEngine(lambda data, output: answers(data, output, lambda sequence: sign * float(len(sequence))))


def test_only_new_pairs_are_made_and_the_file_is_as_if_all_were(evaluation, store, settings, kept, monkeypatch):
    """A third submission, then another image of the second: of pairs that did not change none is made again."""
    compared = []
    monkeypatch.setattr(compare, "compare_accuracy", lambda *pair: compared.append(pair) or compare_accuracy(*pair))
    path = ComparisonStore.of(store).find_path("demo")
    for name, expected in (("lab-third", 2), ("lab-other", 2)):
        compared.clear()
        evaluate(replace(evaluation, engine=by_length(-1), force=True), [candidate(name=name)], [DEMO])
        assert len(compared) == expected
        incremental = path.read_bytes()
        ensure_comparisons(DEMO, store, settings, force=True)
        assert len(compared) == expected + 3
        assert path.read_bytes() == incremental


def test_submission_that_went_away_takes_its_pairs_with_it_and_nothing_is_read(store, settings, kept):
    (store.folder / "lab-other" / "demo.json").unlink()
    for table in store.folder.glob("*/demo.*.csv"):
        table.unlink()
    left = ensure_comparisons(DEMO, store, settings)
    assert [entry.submission for entry in left.entries] == ["lab-model"]
    assert left == kept.restrict(["lab-model"])


def test_comparisons_of_the_first_schema_are_made_again_by_whoever_compares_next(store, settings, kept):
    path = ComparisonStore.of(store).find_path("demo")
    made = path.read_bytes()
    path.write_text(json.dumps(as_version_1(kept)))
    assert ComparisonStore.of(store).find("demo").is_relative
    assert ensure_comparisons(DEMO, store, settings) == kept
    assert path.read_bytes() == made
