"""Near-identical variants: what may be exchanged for what, where, and who has none."""

from itertools import combinations

import pytest

from polyreact.datasets.demo.generate import build_demo
from polyreact.datasets.tables import parse_csv
from polyreact.datasets.variants import (
    NOT_NUMBERED,
    NOTHING_NEW,
    build_variants,
    find_partners,
)
from polyreact.numbering import number_residues
from polyreact.sequences import STANDARD_AMINO_ACIDS, Antibody, SequenceId
from polyreact.similarity import score_substitution
from unit.toy_sets import H_CDR3, VH, antibodies

DEMO = tuple(
    Antibody(SequenceId(row["sequence_id"]), row["sequence"], row["light_sequence"])
    for row in parse_csv(build_demo().inputs)
)


def known_of(rows):
    return {row.sequence for row in rows}


ALIKE = ("AS", "DE", "FW", "FY", "IL", "IM", "IV", "KR", "LM", "LV", "MV", "NS", "ST", "WY")


def test_exchanges_are_conservative_and_keep_the_charge():
    pairs = {frozenset((one, other)) for one in STANDARD_AMINO_ACIDS for other in find_partners(one)}
    assert pairs == {frozenset(pair) for pair in ALIKE}
    assert all(score_substitution(*pair) > 0 for pair in pairs)


def test_exchanges_go_both_ways_and_never_from_a_letter_to_itself():
    for one in STANDARD_AMINO_ACIDS:
        assert one not in find_partners(one)
        assert all(one in find_partners(other) for other in find_partners(one))


@pytest.mark.parametrize("letter", ["C", "G", "P", "H", "X", "B"])
def test_letter_that_nothing_is_like_has_no_partner(letter):
    assert find_partners(letter) == ""


def test_variants_of_a_set_are_the_same_again_and_of_each_antibody_alone():
    made = build_variants(DEMO, known_of(DEMO))
    assert made == build_variants(DEMO, known_of(DEMO))
    assert build_variants(DEMO[7:9], known_of(DEMO)).rows == made.rows[7:9]
    assert len(made.rows) == len(DEMO)
    assert made.left_out == {}


def test_variants_are_those_that_every_machine_makes():
    """The first of the demo set, as made where this was written: another stream of draws would give others."""
    first = build_variants(DEMO, known_of(DEMO)).rows[:3]
    named = [[f"{e.before}{e.position}{e.after}" for e in variant.exchanges] for variant in first]
    assert named == [
        ["S128T"],
        ["K14R", "E17D"],
        ["V2M"],
    ]


def test_variants_drawn_by_another_seed_are_others():
    made, other = build_variants(DEMO, ()), build_variants(DEMO, (), seed="another")
    assert sum(a != b for a, b in zip(made.rows, other.rows, strict=True)) > 250


def test_variants_have_one_or_two_exchanges_about_as_often():
    counts = [len(variant.exchanges) for variant in build_variants(DEMO, ()).rows]
    assert set(counts) == {1, 2}
    assert 120 < counts.count(1) < 180


def test_variant_keeps_id_light_chain_and_everything_around_its_exchanges():
    for original, variant in zip(DEMO, build_variants(DEMO, ()).rows, strict=True):
        assert variant.antibody.sequence_id == original.sequence_id
        assert variant.antibody.light_sequence == original.light_sequence
        restored = list(variant.antibody.sequence)
        for exchange in variant.exchanges:
            assert restored[exchange.index] == exchange.after
            restored[exchange.index] = exchange.before
        assert "".join(restored) == original.sequence


def test_variant_never_stands_in_the_set():
    (row,) = antibodies("toy", VH)
    drawn = [build_variants([row], known).rows[0].antibody.sequence for known in ((), {VH})]
    assert drawn[0] == drawn[1]
    other = build_variants([row], {VH, drawn[0]}).rows[0].antibody.sequence
    assert other not in {VH, drawn[0]}


def test_antibody_that_cannot_be_numbered_is_left_out_and_counted():
    rows = antibodies("toy", VH, "GGGGSGGGGS", VH.replace(H_CDR3, "AKDYFDY"))
    made = build_variants(rows, ())
    assert [variant.antibody.sequence_id for variant in made.rows] == ["toy-1", "toy-3"]
    assert made.left_out == {NOT_NUMBERED: 1}
    assert set(made.by_id) == {"toy-1", "toy-3"}


def all_variants(sequence):
    """Everything that one or two exchanges make of a VH."""
    sites = [r for r in number_residues(sequence) if r.is_framework and not r.is_conserved]
    ones = [(residue.index, letter) for residue in sites for letter in find_partners(residue.letter)]
    for exchanges in [*combinations(ones, 1), *combinations(ones, 2)]:
        letters = list(sequence)
        for index, letter in exchanges:
            letters[index] = letter
        yield "".join(letters)


def test_antibody_whose_every_variant_stands_in_the_set_is_left_out():
    made = build_variants(antibodies("toy", VH), [VH, *all_variants(VH)])
    assert made.rows == ()
    assert made.left_out == {NOTHING_NEW: 1}


def test_nobody_gives_no_variants():
    assert build_variants((), ()).rows == ()
