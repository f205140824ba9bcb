import pytest

from polyreact.datasets.prepare.reading import find_reading
from unit.datasets.clones import LEADER, VH, dna

CHAIN = LEADER + VH


def test_reading_of_a_bare_domain_is_its_first_frame():
    assert find_reading(dna(VH)) == VH
    assert find_reading(dna(VH) + "AC") == VH


@pytest.mark.parametrize("primer", ["TAA", "TAAC", "TAACC", "ACTTAG", "TAA" * 30 + "C"])
def test_reading_behind_a_primer_begins_at_the_leader(primer):
    assert find_reading(primer + dna(CHAIN)) == CHAIN


def test_reading_takes_the_atg_with_a_framework_1_and_not_one_with_fewer_unknown_residues():
    """The second ATG stands within the VH, behind the unknown residues of the leader."""
    chain = LEADER[:5] + "X" * 4 + LEADER[9:] + VH[:35] + "M" + VH[36:] + "A" * 60
    assert find_reading("TAA" + dna(chain)) == chain
    bare = chain.replace("QVQ", "QGQ").replace("EVK", "EGK")
    assert find_reading("TAA" + dna(bare)) == bare[bare.index("M", 1) :]


def test_reading_takes_the_first_of_equals():
    chain = "M" + LEADER[1:] + VH
    assert find_reading("TAA" + dna("M" + chain)) == "M" + chain


@pytest.mark.parametrize(("before", "is_found"), [(299, True), (300, False)])
def test_reading_atg_counts_within_the_first_300_bases(before, is_found):
    bases = "TAA" * (before // 3) + "C" * (before % 3) + dna(CHAIN[:50] + CHAIN[50:].replace("M", "L"))
    assert (find_reading(bases) is not None) == is_found


def test_reading_ends_at_its_first_stop():
    assert find_reading(dna(VH + "A" * 40 + "*" + "A" * 20)) == VH + "A" * 40


def test_reading_with_ten_unknown_residues_is_taken_and_with_eleven_not():
    assert find_reading("TAA" + dna(LEADER + VH[:40] + "X" * 10 + VH[50:])) is not None
    assert find_reading("TAA" + dna(LEADER + VH[:40] + "X" * 11 + VH[51:])) is None


def test_reading_of_the_first_frame_stands_where_no_atg_serves():
    """Between 80 and 85 % standard residues: not good enough to go first, and good enough to be kept."""
    unknown = "X" * 23 + VH[23:].replace("M", "L")
    assert find_reading(dna(unknown)) == unknown
    assert find_reading(dna("X" * 26 + VH[26:].replace("M", "L"))) is None


BAD = {
    "empty": "",
    "two-bases": "AC",
    "unknown": "N" * 400,
    "94-residues": dna(VH[:94]),
    "501-residues": dna(VH + "A" * (501 - len(VH))),
    "stop-within": dna(VH[:60] + "*" + VH[60:]),
}


@pytest.mark.parametrize("bases", BAD.values(), ids=BAD.keys())
def test_reading_that_is_none(bases):
    assert find_reading(bases) is None


def test_reading_bounds_of_the_length_are_kept():
    assert find_reading(dna(VH[:95])) == VH[:95]
    assert find_reading(dna(VH + "A" * (500 - len(VH)))) is not None
