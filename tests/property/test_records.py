"""Records survive their JSON."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from polyreact.results.records import (
    UPGRADES,
    AuditedSetRecord,
    AuditRecord,
    FoldRunRecord,
    FoldScoreRecord,
    MetricRecord,
    NearestRecord,
    OutcomeRecord,
    Record,
    SliceRunRecord,
    WithoutNeighboursRecord,
)
from polyreact.results.store import render_record
from unit.leaderboard.sample_boards import record, run, score, submission

finite = st.floats(allow_nan=False, allow_infinity=False)
#: What UTF-8 can carry: everything but half characters.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
digest = st.text("0123456789abcdef", min_size=64, max_size=64)
moment = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
uses = st.lists(st.sampled_from(["labels", "sequences", "model-selection"]), min_size=1).map(tuple)


def changed(value, **fields):
    """`value` with fields replaced by drawn ones, validated again."""
    kind: type[BaseModel] = type(value)
    return st.fixed_dictionaries(fields).map(lambda drawn: kind.model_validate(dict(value) | drawn))


submissions = changed(
    submission("lab-model"),
    name=text,
    authors=st.lists(text).map(tuple),
    description=text,
    training_data=st.sampled_from(["unknown", "proprietary"]) | st.dictionaries(text, uses, max_size=3),
    threshold=st.none() | finite,
    parameters=st.none() | st.integers(0, 10**15),
    manifest_sha256=digest,
)
folds_run = st.builds(
    FoldRunRecord,
    name=text,
    train_rows=st.integers(0, 10**6),
    test_rows=st.integers(0, 10**6),
    shuffle_seed=text,
    started_at=moment,
    wall_s=finite,
    cpu_s=st.none() | finite,
    peak_memory_bytes=st.none() | st.integers(0, 1 << 50),
    exit_code=st.none() | st.integers(-255, 255),
)
slices_run = st.builds(
    SliceRunRecord,
    number=st.integers(1, 10**6),
    of=st.integers(1, 10**6),
    rows=st.integers(0, 10**6),
    shuffle_seed=text,
    started_at=moment,
    wall_s=finite,
    cpu_s=st.none() | finite,
    peak_memory_bytes=st.none() | st.integers(0, 1 << 50),
    exit_code=st.none() | st.integers(-255, 255),
    host=st.just(run().host),
)
runs = changed(
    run(),
    folds=st.lists(folds_run, max_size=3).map(tuple),
    slices=st.lists(slices_run, max_size=3).map(tuple),
    started_at=moment,
    wall_s=finite,
    cpu_s=st.none() | finite,
    peak_memory_bytes=st.none() | st.integers(0, 1 << 50),
    exit_code=st.none() | st.integers(-255, 255),
    outcome=st.builds(OutcomeRecord, message=text, code=st.none() | text),
    shuffle_seed=text,
)
metrics = st.dictionaries(
    text, st.builds(MetricRecord, value=st.none() | finite, reason=st.none() | text), max_size=4
)
regions = st.sampled_from(["VH", "H-CDR3"])
audited = st.builds(
    AuditedSetRecord,
    overlap_sha256=digest,
    nearest=st.lists(
        st.builds(NearestRecord, region=regions, median=st.none() | finite, maximum=st.none() | finite), max_size=2
    ).map(tuple),
    without_neighbours=st.lists(
        st.builds(WithoutNeighboursRecord, region=regions, cut=finite, metrics=metrics), max_size=2
    ).map(tuple),
)
folds_scored = st.builds(FoldScoreRecord, positives=st.integers(0), negatives=st.integers(0), metrics=metrics)
audits = st.builds(
    AuditRecord,
    declared=st.sampled_from(["unknown", "proprietary"]) | st.lists(text).map(tuple),
    sets=st.lists(audited, max_size=2).map(tuple),
    not_audited=st.lists(text).map(tuple),
)
scores = changed(
    score(),
    metrics=metrics,
    audit=st.none() | audits,
    folds=st.dictionaries(text, folds_scored, max_size=3),
    fold_means=metrics,
)
records = changed(record("lab-model"), submission=submissions, run=runs, score=st.none() | scores)


@given(records)
@settings(max_examples=150, deadline=None)
def test_record_is_the_same_after_its_json(value):
    content = render_record(value)
    read = Record.model_validate_json(content)
    assert read == value
    assert render_record(read) == content


@given(records)
@settings(max_examples=50, deadline=None)
def test_record_of_schema_version_1_is_read(value):
    """Version 1 knew no audits, no folds, no private tracks and no slices."""
    content = value.model_dump(mode="json")
    del content["earlier_scored_runs"], content["run"]["folds"]
    content["run"].pop("slices", None)  # which is written where there are any
    if content["score"] is not None:
        del content["score"]["audit"], content["score"]["folds"], content["score"]["fold_means"]
    read = Record.model_validate(UPGRADES[2](UPGRADES[1](content)) | {"schema_version": 3})
    assert read == without_what_came_later(value)


def without_what_came_later(value):
    score = value.score
    if score is not None:
        score = score.model_copy(update={"audit": None, "folds": {}, "fold_means": {}})
    run = value.run.model_copy(update={"folds": (), "slices": ()})
    return value.model_copy(update={"score": score, "run": run, "earlier_scored_runs": None})
