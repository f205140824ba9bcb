"""Nearest neighbours of antibodies made by hand, with identities counted by hand."""

import pytest

from polyreact.datasets.overlap import (
    CUTS,
    Compared,
    Nearest,
    OverlapRow,
    Region,
    Summary,
    find_without_neighbour,
    measure_overlap,
    summarize,
)
from polyreact.numbering import number_domain
from polyreact.similarity import measure_identity
from unit.toy_sets import H_CDR3, VH, antibodies, change

#: Three of the framework (0, 5, 60) and two of the H-CDR3 (100, 105), by the index in VH.
FRAMEWORK, CDR3 = (0, 5, 60), (100, 105)


def rows_of(*identities):
    return tuple(
        OverlapRow(f"s-{number}", None if value is None else Nearest("r-1", value), None)
        for number, value in enumerate(identities, start=1)
    )


def summary_of(*identities):
    return summarize(rows_of(*identities), Region.VH, Compared(len(identities), 0, 1, 0))


def test_the_sequence_of_these_tests_is_what_it_says():
    assert len(VH) == 120
    assert number_domain(VH).cdr3 == H_CDR3
    assert len(H_CDR3) == 13


def test_vh_and_h_cdr3_are_compared_apart_and_may_have_different_nearest():
    tests = antibodies("t", VH)
    references = antibodies("r", change(VH, *CDR3), change(VH, *FRAMEWORK))
    (row,) = measure_overlap(tests, references).rows
    assert row.sequence_id == "t-1"
    assert row.vh == Nearest("r-1", round(118 / 120, 6))  # two changes in place of three
    assert row.h_cdr3 == Nearest("r-2", 1.0)


def test_h_cdr3_of_a_single_chain_fv_is_that_of_its_heavy_domain():
    """Symptom: the CDR3 of the light domain was compared wherever that one was the better match."""
    light = (
        "DIQMTQSPSSLSASVGDRVTITCRASQSISSYLNWYQQKPGKAPKLLIYAASSLQSGVPS"
        "RFSGSGSGTDFTLTISSLQPEDFATYYCQQSYSTPLTFGGGTKVEIK"
    )
    heavy = change(VH, *range(60, 72))
    scfv = heavy + "GGGGSGGGGSGGGGS" + light
    assert not number_domain(scfv).chain.is_heavy
    (row,) = measure_overlap(antibodies("t", scfv), antibodies("r", VH)).rows
    assert row.h_cdr3 == Nearest("r-1", 1.0)


def test_identities_are_those_counted_by_hand():
    tests = antibodies("t", change(VH, *CDR3), change(VH, *FRAMEWORK), VH)
    overlap = measure_overlap(tests, antibodies("r", VH))
    assert [row.vh.identity for row in overlap.rows] == [round(118 / 120, 6), round(117 / 120, 6), 1.0]
    assert [row.h_cdr3.identity for row in overlap.rows] == [round(11 / 13, 6), 1.0, 1.0]
    assert (overlap.vh.exact, overlap.h_cdr3.exact) == (1, 2)
    assert (overlap.vh.minimum, overlap.vh.median, overlap.vh.maximum) == (0.975, 0.983333, 1.0)
    assert overlap.h_cdr3.neighbours == (2, 2, 3)
    assert overlap.h_cdr3.median == 1.0


def test_nearest_of_equals_is_the_first_of_the_reference():
    (row,) = measure_overlap(antibodies("t", VH), antibodies("r", change(VH, 3), VH, VH)).rows
    assert row.vh == Nearest("r-2", 1.0)
    assert row.h_cdr3 == Nearest("r-1", 1.0)


def test_antibody_without_an_h_cdr3_is_counted_and_its_vh_compared():
    cut = VH[:96]  # no CDR3 is left
    tests, references = antibodies("t", cut, "GGGGGGGGGG", VH), antibodies("r", "GGGGGGGGGG", VH, cut)
    overlap = measure_overlap(tests, references)
    assert [row.vh for row in overlap.rows] == [Nearest("r-3", 1.0), Nearest("r-1", 1.0), Nearest("r-2", 1.0)]
    assert [row.h_cdr3 for row in overlap.rows] == [None, None, Nearest("r-2", 1.0)]
    assert overlap.h_cdr3.compared == Compared(1, 2, 1, 2)
    assert overlap.vh.compared == Compared(3, 0, 3, 0)
    assert find_without_neighbour(overlap.rows, Region.H_CDR3, 0.8) == frozenset()


def test_reference_without_any_h_cdr3_leaves_nothing_to_compare():
    overlap = measure_overlap(antibodies("t", VH), antibodies("r", "GGGGGGGGGG"))
    assert overlap.rows[0].h_cdr3 is None
    assert overlap.h_cdr3 == Summary(Compared(1, 0, 0, 1), 0, None, None, None, (0,) * len(CUTS))


def test_identity_on_a_cut_counts_as_a_neighbour():
    tests = antibodies("t", change(VH, *range(0, 36, 6)))
    overlap = measure_overlap(tests, antibodies("r", VH))
    assert overlap.rows[0].vh.identity == 114 / 120 == 0.95
    assert overlap.vh.neighbours == (1, 1, 1)
    assert find_without_neighbour(overlap.rows, Region.VH, 0.95) == frozenset()


def test_summary_is_that_of_the_identities():
    assert summary_of(0.5, 0.8, 0.9, 0.7) == Summary(Compared(4, 0, 1, 0), 0, 0.5, 0.75, 0.9, (0, 1, 2))
    assert summary_of(1.0, 0.949999, 0.95).neighbours == (2, 3, 3)
    assert summary_of(1.0, 0.999999).exact == 1


def test_antibodies_without_neighbour_are_those_below_the_cut():
    rows = rows_of(0.95, 0.949999, 0.8, None)
    assert find_without_neighbour(rows, Region.VH, 0.95) == {"s-2", "s-3"}
    assert find_without_neighbour(rows, Region.VH, 0.8) == frozenset()


def test_many_rows_are_told_as_they_are_done_and_those_given_twice_are_the_same():
    tests = antibodies("t", *[change(VH, place % 90) for place in range(600)])
    told = []
    overlap = measure_overlap(tests, antibodies("r", VH), lambda *done: told.append(done))
    assert told == [("VH", 512, 600), ("VH", 600, 600), ("H-CDR3", 512, 600), ("H-CDR3", 600, 600)]
    assert [row.sequence_id for row in overlap.rows] == [antibody.sequence_id for antibody in tests]
    assert {row.vh for row in overlap.rows} == {Nearest("r-1", round(119 / 120, 6))}


@pytest.mark.parametrize("region", Region)
def test_row_gives_the_nearest_of_a_region(region):
    row = OverlapRow("s-1", Nearest("a", 0.5), Nearest("b", 0.25))
    assert row.nearest(region).identity == measure_identity(
        *{"VH": ("AC", "AD"), "H-CDR3": ("ACDE", "AWWW")}[region]
    )
