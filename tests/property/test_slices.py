"""Slices are a partition, and what is made of them again is the whole, however many there are."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.errors import Defects
from polyreact.evaluation.remote.tasks import TaskRecord, name_task
from polyreact.evaluation.slices import (
    Slice,
    count_rows,
    count_slices,
    cut_rows,
    list_slices,
    merge_predictions,
)
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction
from unit.evaluation.conftest import candidate

digests = st.text("0123456789abcdef", min_size=64, max_size=64)


@st.composite
def rows_and_slices(draw):
    rows = draw(st.integers(1, 400))
    return rows, draw(st.integers(1, rows))


def table_of(rows):
    return tuple(Prediction(SequenceId(f"a-{n:04d}"), n % 2, n / 7) for n in range(rows))


@given(rows_and_slices())
def test_slices_one_after_the_other_are_the_whole_and_differ_by_one_row_at_most(drawn):
    rows, of = drawn
    cut = [cut_rows(range(rows), part) for part in list_slices(of)]
    assert [row for part in cut for row in part] == list(range(rows))
    sizes = [len(part) for part in cut]
    assert 1 <= min(sizes) <= max(sizes) <= min(sizes) + 1
    assert sizes == [count_rows(rows, part) for part in list_slices(of)]


@given(rows_and_slices(), st.randoms(use_true_random=False))
def test_merging_what_was_cut_gives_the_whole_in_whatever_order(drawn, order: random.Random):
    rows, of = drawn
    table = table_of(rows)
    cut = [list(cut_rows(table, part)) for part in list_slices(of)]
    order.shuffle(cut)
    for part in cut:
        order.shuffle(part)
    ids = [row.sequence_id for row in table]
    order.shuffle(ids)
    assert merge_predictions(cut, ids) == table


@given(rows_and_slices(), st.data())
def test_table_that_lacks_a_slice_or_has_one_twice_is_refused(drawn, data):
    rows, of = drawn
    table = table_of(rows)
    cut = [cut_rows(table, part) for part in list_slices(of)]
    spoilt = data.draw(st.integers(0, of - 1))
    ids = [row.sequence_id for row in table]
    for wrong, word in (
        (cut[:spoilt] + cut[spoilt + 1 :], "without a row"),
        ([*cut, cut[spoilt]], "given more than once"),
    ):
        found = merge_predictions(wrong, ids)
        assert isinstance(found, Defects)
        (finding,) = found.findings
        assert finding.message.startswith("1 id is" if len(cut[spoilt]) == 1 else f"{len(cut[spoilt])} ids are")
        assert f" {word}: {cut[spoilt][0].sequence_id}" in finding.message


@given(st.lists(st.tuples(digests, st.integers(1, 50), st.integers(1, 50)), unique=True, max_size=30))
def test_digest_of_each_slice_of_each_job_is_another(drawn):
    manifest = candidate().manifest
    records = [
        TaskRecord(
            job=job,
            manifest=manifest,
            manifest_sha256="0" * 64,
            image=manifest.image,
            track="demo",
            inputs_sha256="1" * 64,
            rows=1,
            slice_number=number,
            slices=of,
        )
        for job, number, of in drawn
        if number <= of
    ]
    digests_of = [name_task(record).digest for record in records]
    assert len(set(digests_of)) == len(records)
    assert not {record.job for record in records} & set(digests_of)
    assert digests_of == [name_task(record).digest for record in records]


@given(
    st.integers(1, 10**6),
    st.none() | st.floats(0, 1e9, allow_nan=False),
    st.integers(1, 1000),
    st.floats(1e-3, 1e6),
)
def test_count_of_slices_can_always_be_cut_and_never_makes_one_too_short(rows, seconds_per_row, most, at_least_s):
    of = count_slices(rows, seconds_per_row, most=most, at_least_s=at_least_s)
    assert 1 <= of <= min(rows, most)
    if of > 1 and seconds_per_row is not None:
        assert rows / of * seconds_per_row >= at_least_s * (1 - 1e-9) or of == rows


@pytest.mark.parametrize(("number", "of"), [(0, 3), (4, 3), (1, 0), (-1, 3)])
def test_slice_that_there_is_not_is_refused(number, of):
    with pytest.raises(ValueError, match="there is no slice"):
        Slice(number, of)


def test_rows_that_are_fewer_than_the_slices_are_refused():
    with pytest.raises(ValueError, match="2 rows cannot be cut in 3 slices"):
        cut_rows("ab", Slice(1, 3))
