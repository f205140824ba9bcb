"""The kept history of scoring is a set: no order, repetition or interruption changes it, and nothing is lost."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.results.documents import render_document
from polyreact.results.records import MetricRecord
from polyreact.results.scoring_history import (
    FigureRecord,
    RescoringRecord,
    ScoringHistoryRecord,
    add_rescoring,
    describe_rescoring,
)
from polyreact.results.scoring_store import ScoringHistory
from unit.leaderboard.sample_boards import record, score

VERSION = 4
finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.sampled_from(["lab-model", "lab-other", "x-y"])
metrics = st.one_of(
    st.builds(MetricRecord, value=finite),
    st.builds(MetricRecord, value=st.none(), reason=st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
)
figures = st.builds(
    FigureRecord, part=st.sampled_from(["overall", "fold 1"]), metric=st.just("mcc"), old=metrics, new=metrics
)
sections = st.lists(
    st.builds(
        RescoringRecord,
        submission=names,
        track=st.sampled_from(["jain", "demo"]),
        previous_version=st.integers(1, VERSION - 1),
        predictions_sha256=st.sampled_from(["cd" * 32, "ef" * 32]),
        unchanged=st.integers(0, 3),
        new_metrics=st.just(("youden",)),
        changed=st.lists(figures, max_size=2).map(tuple),
    ),
    max_size=6,
)


def put_together(found):
    history = ScoringHistoryRecord(scoring_version=VERSION)
    for section in found:
        history = add_rescoring(history, section)
    return history


@given(sections, st.data())
def test_any_order_and_any_repetition_give_the_same_bytes(found, data):
    again = data.draw(
        st.permutations(found + data.draw(st.lists(st.sampled_from(found)) if found else st.just([])))
    )
    history = put_together(found)
    assert render_document(put_together(again)) == render_document(history)
    told = {section.model_dump_json() for section in history.rescored}
    assert told == {section.model_dump_json() for section in found}
    assert len(told) == len(history.rescored)


@given(sections.filter(bool))
@settings(max_examples=30)
def test_what_was_kept_is_read_back_whole(found):
    with TemporaryDirectory() as folder:
        store = ScoringHistory(Path(folder) / "scoring")
        for section in found:
            path = store.add(VERSION, section)
        assert path.read_bytes() == render_document(put_together(found))
        assert store.read_all() == (put_together(found),)


@given(
    st.dictionaries(st.sampled_from(sorted(score().metrics)), metrics),
    st.sets(st.sampled_from(sorted(score().metrics))),
)
def test_every_figure_is_the_same_or_another_or_new(others, absent):
    """Nothing that both scores have falls between; what the old one lacked is new and nothing else is."""
    now = score()
    before = {key: others.get(key, metric) for key, metric in now.metrics.items() if key not in absent}
    older = now.model_copy(update={"metrics": before})
    newer = now.model_copy(update={"scoring_version": VERSION})
    found = describe_rescoring(record("lab-model", scored=older), record("lab-model", scored=newer))
    assert found.unchanged + len(found.changed) + len(found.new_metrics) == len(now.metrics)
    assert set(found.new_metrics) == absent
    for figure in found.changed:
        assert repr(figure.old.value) != repr(figure.new.value)
        assert (figure.old, figure.new) == (before[figure.metric], now.metrics[figure.metric])
