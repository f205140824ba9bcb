"""Comparisons are kept as long as they are those of the records, by the rules of now."""

from dataclasses import replace

import pytest

from fakes.engine import FakeEngine
from polyreact.evaluation.comparisons import ensure_comparisons, find_comparable, is_of
from polyreact.evaluation.evaluate import evaluate
from polyreact.results.comparison_store import ComparisonStore
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate

DEMO = load_track("demo")


@pytest.fixture
def kept(evaluation, store):
    """The comparisons of two submissions on the demo track."""
    evaluate(evaluation, [candidate()], [DEMO])
    by_length = FakeEngine(lambda data, output: answers(data, output, lambda sequence: float(len(sequence))))
    evaluate(replace(evaluation, engine=by_length), [candidate(name="lab-other")], [DEMO])
    return ComparisonStore.of(store).find("demo")


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "jain"},
        {"revision": 2},
        {"scoring_version": 1},
        {"labels_sha256": "00" * 32},
        {"group_column": "clone"},
        {"entries": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_comparisons_of_anything_else_are_made_again(kept, store, settings, change):
    records = find_comparable(store.read_all(), DEMO)
    assert is_of(kept, records, DEMO)
    other = kept.model_copy(update=change)
    assert not is_of(other, records, DEMO)
    ComparisonStore.of(store).write(other)
    assert ensure_comparisons(DEMO, store, settings) == kept
    assert ComparisonStore.of(store).find("demo") == kept


def test_comparisons_of_the_records_as_they_stand_are_not_made_again(kept, store, settings):
    said = []
    assert ensure_comparisons(DEMO, store, settings, said.append) == kept
    assert said == []
