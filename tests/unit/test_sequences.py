"""Antibody records."""

import pytest

from polyreact.sequences import STANDARD_AMINO_ACIDS, find_nonstandard


def test_alphabet_is_the_twenty_standard_amino_acids():
    assert len(STANDARD_AMINO_ACIDS) == 20
    assert not STANDARD_AMINO_ACIDS & set("BJOUXZ")


@pytest.mark.parametrize(
    ("sequence", "found"), [("QVQL", ""), ("", ""), ("QXVX*Z", "X*Z"), ("qv", "qv"), ("Q V\n", " \n")]
)
def test_nonstandard_characters_are_named_once_in_order(sequence, found):
    assert find_nonstandard(sequence) == found
