"""What cannot be embedded is refused with its row, and nothing is guessed."""

import numpy as np
import pytest

from polyreact.baselines.embedders.catalog import EMBEDDERS, EmbedderChoice
from polyreact.baselines.embedders.sequences import validate_sequences
from polyreact.baselines.features import Places, build_features
from polyreact.baselines.parts import Part
from polyreact.errors import CannotEmbed
from polyreact.sequences import Antibody, SequenceId
from unit.baselines.conftest import HEAVY, LIGHT

BAD = pytest.mark.parametrize(
    ("sequence", "told"),
    [
        ("ACDB", "'B' at 4"),
        ("ZACD", "'Z' at 1"),
        ("ACDJ", "'J' at 4"),
        ("ACD*", "'*' at 4"),
        ("AC-D", "'-' at 3"),
        ("AC.D", "'.' at 3"),
        ("acd", "'a' at 1"),
        ("AC D", "' ' at 3"),
        ("ACD\n", r"'\n' at 4"),
        ("", "is empty"),
        ("X" * 3, "holds X only"),
        ("A" * 5000, "has 5000 residues; this embedder takes at most"),
        ("Полиреактивность", "'П' at 1"),
        ("the heavy chain", "'t' at 1"),
        (">seq1", "'>' at 1"),
    ],
)
#: Those that need no weights; AntiBERTy, Sapiens and the hub share the class of the random encoder.
LIGHTWEIGHT = ("charge", "descriptors", "isoelectric-point", "kmer", "one-hot", "random-encoder")


@pytest.fixture(scope="module")
def embed(tmp_path_factory):
    """A function: the features of VH sequences by an embedder."""
    pytest.importorskip("torch")
    places = Places(tmp_path_factory.mktemp("weights"), tmp_path_factory.mktemp("embeddings"))

    def build(name, sequences, part=Part.VH):
        antibodies = [Antibody(SequenceId(f"a{row}"), sequence, LIGHT) for row, sequence in enumerate(sequences)]
        return build_features(antibodies, [part], EmbedderChoice(name, runtime="torch"), places).values

    return build


@BAD
def test_a_bad_sequence_is_told_by_its_row(sequence, told):
    with pytest.raises(CannotEmbed) as caught:
        validate_sequences([HEAVY, sequence, HEAVY], 510, "VH")
    (finding,) = caught.value.findings
    assert finding.where == "row 2"
    assert told in finding.message
    assert caught.value.code == "E520"


@pytest.mark.parametrize("name", LIGHTWEIGHT)
@BAD
def test_every_embedder_refuses_it(embed, name, sequence, told):
    with pytest.raises(CannotEmbed) as caught:
        embed(name, [HEAVY, sequence, HEAVY])
    (finding,) = caught.value.findings
    assert finding.where == "row 2"
    assert finding.message.startswith("VH ")
    assert told in finding.message


@pytest.mark.parametrize("name", LIGHTWEIGHT)
def test_every_embedder_takes_an_unknown_residue_for_what_it_is(embed, name):
    assert set(LIGHTWEIGHT) < set(EMBEDDERS)
    vectors = embed(name, [HEAVY, HEAVY[:-1] + "X", "X" + HEAVY[1:]])
    assert np.isfinite(vectors).all()
    assert not np.array_equal(vectors[0], vectors[2])


def test_every_bad_sequence_is_told():
    with pytest.raises(CannotEmbed, match="3 of 4") as caught:
        validate_sequences(["", "ACDEF", "b", "J"], 510)
    assert [finding.where for finding in caught.value.findings] == ["row 1", "row 3", "row 4"]


def test_good_ones_and_unknown_residues_pass():
    validate_sequences([HEAVY, "X" + HEAVY[1:], "A" * 510], 510)
