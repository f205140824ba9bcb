"""The rows of a run: shuffled, renamed, and restored without loss."""

import os
import stat

import pytest

from polyreact.evaluation.workspace import (
    LabelledAntibody,
    draw_seed,
    make_opaque,
    make_opaque_fold,
    render_inputs,
    render_training,
    write_data_folder,
)
from polyreact.sequences import Antibody, SequenceId
from polyreact.submission.predictions import Prediction

SEED = "00112233445566778899aabbccddeeff"


def antibodies(count):
    return tuple(Antibody(SequenceId(f"jain-{n:04d}"), "Q" * n, "D" * n) for n in range(1, count + 1))


def test_same_seed_gives_the_same_rows_and_another_seed_other_rows():
    assert make_opaque(antibodies(50), SEED) == make_opaque(antibodies(50), SEED)
    assert make_opaque(antibodies(50), SEED).antibodies != make_opaque(antibodies(50), SEED[::-1]).antibodies


def test_order_of_a_seed_never_changes_between_versions():
    inputs = make_opaque(antibodies(8), SEED)
    assert [inputs.original[i] for i in inputs.ids] == [f"jain-000{n}" for n in (1, 5, 7, 2, 3, 4, 6, 8)]


@pytest.mark.parametrize(("count", "first", "last"), [(1, "s0001", "s0001"), (12_000, "s00001", "s12000")])
def test_ids_are_numbers_in_the_new_order(count, first, last):
    inputs = make_opaque(antibodies(count), SEED)
    assert (inputs.ids[0], inputs.ids[-1]) == (first, last)
    assert list(inputs.ids) == sorted(inputs.ids)
    assert len({len(name) for name in inputs.ids}) == 1


def test_every_antibody_is_there_once_with_its_own_chains():
    originals = antibodies(60)
    inputs = make_opaque(originals, SEED)
    assert sorted(inputs.original.values()) == [a.sequence_id for a in originals]
    by_id = {a.sequence_id: a for a in originals}
    for shown in inputs.antibodies:
        original = by_id[inputs.original[shown.sequence_id]]
        assert (shown.sequence, shown.light_sequence) == (original.sequence, original.light_sequence)


def test_nothing_of_the_original_ids_is_shown():
    content = render_inputs(make_opaque(antibodies(60), SEED).antibodies)
    assert b"jain" not in content
    assert content.startswith(b"sequence_id,sequence,light_sequence\ns0001,")
    assert content.endswith(b"\n")
    assert content.count(b"\n") == 61


def test_predictions_are_restored_to_the_original_ids_in_their_order():
    inputs = make_opaque(antibodies(60), SEED)
    answered = [Prediction(a.sequence_id, len(a.sequence) % 2, float(len(a.sequence))) for a in inputs.antibodies]
    expected = tuple(Prediction(a.sequence_id, n % 2, float(n)) for n, a in enumerate(antibodies(60), start=1))
    assert inputs.restore(answered) == expected


def test_seeds_are_128_bits_and_never_twice_the_same():
    seeds = {draw_seed() for _ in range(100)}
    assert len(seeds) == 100
    assert all(len(bytes.fromhex(seed)) == 16 for seed in seeds)


def test_data_folder_can_be_read_by_anybody_and_holds_one_file(tmp_path):
    before = os.umask(0o077)
    try:
        write_data_folder(tmp_path / "data", antibodies(3))
    finally:
        os.umask(before)
    (path,) = (tmp_path / "data").iterdir()
    assert path.name == "sequences.csv"
    assert path.read_bytes() == render_inputs(antibodies(3))
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


def labelled(rows):
    return tuple(LabelledAntibody(row, int(row.sequence_id[-1]) % 2) for row in rows)


def test_fold_restores_what_was_asked_for_and_nothing_of_what_was_shown():
    rows = antibodies(60)
    inputs = make_opaque_fold(rows[:20], labelled(rows[20:]), SEED)
    assert sorted(inputs.original.values()) == [row.sequence_id for row in rows[:20]]
    assert set(inputs.original) == set(inputs.ids)
    assert set(inputs.ids).isdisjoint(row.antibody.sequence_id for row in inputs.training)


def test_fold_shows_every_antibody_with_its_own_label():
    rows = antibodies(60)
    inputs = make_opaque_fold(rows[:20], labelled(rows[20:]), SEED)
    shown = {len(row.antibody.sequence): row.label for row in inputs.training}  # each has a length of its own
    assert shown == {number: number % 10 % 2 for number in range(21, 61)}


def test_training_table_has_the_columns_of_the_contract():
    rows = (
        LabelledAntibody(Antibody(SequenceId("s0007"), "QVQ", ""), 1),
        LabelledAntibody(Antibody(SequenceId("s0009"), "EVQ", "DIQ"), 0),
    )
    assert render_training(rows) == (b"sequence_id,sequence,light_sequence,label\ns0007,QVQ,,1\ns0009,EVQ,DIQ,0\n")


def test_data_folder_of_a_fold_holds_the_training_table_as_well(tmp_path):
    training = labelled(antibodies(3))
    write_data_folder(tmp_path / "data", antibodies(2), training)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["sequences.csv", "train.csv"]
    path = tmp_path / "data" / "train.csv"
    assert path.read_bytes() == render_training(training)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
