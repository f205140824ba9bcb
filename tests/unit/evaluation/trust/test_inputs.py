"""What each run of the trust checks is given: the same rows, with one thing changed."""

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.evaluation.folds import read_folds
from polyreact.evaluation.trust.inputs import MOST_ROWS, build_question, build_runs, draw_rows
from polyreact.files import sha256_bytes
from polyreact.results.trust_records import Check
from polyreact.sequences import Antibody, SequenceId
from unit.toy_sets import VH, antibodies

DEMO = load_dataset("demo")
SEED = "5eed"


@pytest.fixture
def rows(settings):
    ensure_prepared(DEMO, settings)
    return read_inputs(DEMO, settings)


@pytest.fixture
def question(rows):
    return build_question(rows)


@pytest.fixture
def fold(settings, rows):
    return read_folds(DEMO, "fold", rows, settings)[0]


def many(count):
    return tuple(Antibody(SequenceId(f"m-{number:05d}"), VH) for number in range(count))


def by_original(inputs):
    return {inputs.original[a.sequence_id]: a for a in inputs.antibodies}


def test_question_names_the_rows_as_the_catalogue_does(question):
    assert question.inputs_sha256 == DEMO.inputs_sha256
    assert question.rows_in_track == len(question.rows) == 300


def test_question_is_the_same_again_and_its_variants_have_a_digest_of_their_own(rows, question):
    again = build_question(rows)
    assert (again.inputs_sha256, again.variants_sha256) == (question.inputs_sha256, question.variants_sha256)
    assert question.variants_sha256 != question.inputs_sha256
    assert question.variants_sha256 != sha256_bytes(b"")


def test_rows_of_a_large_track_are_drawn_the_same_way_and_stay_in_order():
    everything = many(3 * MOST_ROWS)
    drawn = draw_rows(everything)
    assert len(drawn) == MOST_ROWS
    assert list(drawn) == sorted(drawn, key=lambda row: row.sequence_id)
    assert draw_rows(everything) == drawn
    assert 250 < sum(row.sequence_id < "m-01000" for row in drawn) < 420  # of all parts alike
    assert 580 < sum(row.sequence_id < "m-02000" for row in drawn) < 750


def test_rows_of_a_track_at_the_limit_are_all_taken():
    assert draw_rows(many(MOST_ROWS)) == many(MOST_ROWS)


def test_question_of_a_large_track_counts_what_there_was_to_draw_from():
    question = build_question(many(MOST_ROWS + 1))
    assert (len(question.rows), question.rows_in_track) == (MOST_ROWS, MOST_ROWS + 1)


def test_first_run_and_its_repetition_are_one_and_the_same(question):
    runs = build_runs(question, SEED)
    assert runs.checks[Check.REPEAT] == (runs.base,)
    assert list(runs.checks) == list(Check)


def test_first_run_is_shuffled_and_renamed_as_that_of_a_score(question):
    base, other = build_runs(question, SEED).base, build_runs(question, "another").base
    assert base.ids == tuple(f"s{number:04d}" for number in range(1, 301))
    assert [a.sequence for a in base.antibodies] != [a.sequence for a in other.antibodies]
    assert sorted(base.original.values()) == [row.sequence_id for row in question.rows]


def test_other_order_changes_nothing_else(question):
    runs = build_runs(question, SEED)
    (order,) = runs.checks[Check.ORDER]
    assert order.antibodies != runs.base.antibodies
    assert sorted(order.antibodies, key=lambda a: a.sequence_id) == list(runs.base.antibodies)
    assert sum(a == b for a, b in zip(order.antibodies, runs.base.antibodies, strict=True)) < 10


@pytest.mark.parametrize("seed", range(8))
def test_other_order_of_two_rows_is_never_the_same(seed):
    runs = build_runs(build_question(antibodies("toy", VH, VH[:-1])), str(seed))
    assert runs.checks[Check.ORDER][0].antibodies == runs.base.antibodies[::-1]


def test_halves_are_the_first_run_cut_in_the_middle(question):
    runs = build_runs(question, SEED)
    first, second = runs.checks[Check.HALVES]
    assert first.antibodies + second.antibodies == runs.base.antibodies
    assert len(first.antibodies) == len(second.antibodies) == 150


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (3, [2, 1])])
def test_halves_of_few_rows_are_never_empty(count, sizes):
    runs = build_runs(build_question(many(count)), SEED)
    assert [len(half.antibodies) for half in runs.checks[Check.HALVES]] == sizes


def test_other_ids_are_none_of_the_first_and_not_in_the_order_of_the_rows(question):
    runs = build_runs(question, SEED)
    (renamed,) = runs.checks[Check.IDS]
    assert set(renamed.ids).isdisjoint(runs.base.ids)
    assert {len(name) for name in renamed.ids} == {5}
    assert sorted(renamed.ids) == [f"s{number:04d}" for number in range(301, 601)] != list(renamed.ids)
    assert [a.sequence for a in renamed.antibodies] == [a.sequence for a in runs.base.antibodies]
    assert [renamed.original[name] for name in renamed.ids] == [runs.base.original[name] for name in runs.base.ids]


def test_variants_stand_where_their_originals_stood(question):
    runs = build_runs(question, SEED)
    (varied,) = runs.checks[Check.VARIANTS]
    assert varied.ids == runs.base.ids
    assert {name: a.sequence for name, a in by_original(varied).items()} == {
        name: a.sequence for name, a in question.variants.by_id.items()
    }
    assert [a.light_sequence for a in varied.antibodies] == [a.light_sequence for a in runs.base.antibodies]


def test_antibody_without_a_variant_stays_in_the_run_as_it_is():
    question = build_question(antibodies("toy", VH, "GGGGSGGGGS"))
    (varied,) = build_runs(question, SEED).checks[Check.VARIANTS]
    assert by_original(varied)["toy-2"].sequence == "GGGGSGGGGS"
    assert by_original(varied)["toy-1"].sequence != VH
    assert question.variants.left_out == {"cannot be numbered": 1}


def test_variant_of_a_row_that_was_drawn_is_no_row_that_was_not():
    """A table of the whole track would know it, though this run did not ask for it."""
    rows = tuple(Antibody(row.sequence_id, row.sequence) for row in many(MOST_ROWS))
    alone = build_question(rows).variants.rows[0].antibody.sequence
    more = build_question((*rows, Antibody(SequenceId("z-1"), alone)))
    assert alone not in {variant.antibody.sequence for variant in more.variants.rows}


def test_what_is_learnt_from_is_the_same_in_every_run_of_a_fold(fold):
    runs = build_runs(build_question(fold.test, fold.train, fold.name), SEED)
    every = [runs.base, *(inputs for check in runs.checks.values() for inputs in check)]
    assert len(every) == 7
    assert {inputs.training for inputs in every} == {runs.base.training}
    assert len(runs.base.training) == len(fold.train)


def test_ids_of_what_is_learnt_from_and_of_what_is_asked_are_never_the_same(fold):
    runs = build_runs(build_question(fold.test, fold.train, fold.name), SEED)
    learnt = {row.antibody.sequence_id for row in runs.base.training}
    for check in runs.checks.values():
        assert all(learnt.isdisjoint(inputs.ids) for inputs in check)


def test_variants_of_a_fold_are_none_of_what_is_learnt_from(fold):
    question = build_question(fold.test, fold.train, fold.name)
    made = {variant.antibody.sequence for variant in question.variants.rows}
    assert made.isdisjoint(row.antibody.sequence for row in fold.train)
    assert question.fold == "1"
