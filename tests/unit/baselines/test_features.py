"""Features without a language model: what each number is, and which part of an antibody it is of."""

import numpy as np
import pytest

from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.embedders.descriptors import NAMES, Descriptors, find_isoelectric_point, measure_charge
from polyreact.baselines.embedders.kmer import KmerShares
from polyreact.baselines.embedders.one_hot import OneHot
from polyreact.baselines.features import Places, build_features
from polyreact.baselines.parts import Part, cut_parts
from polyreact.errors import CannotEmbed
from polyreact.numbering import number_domain, number_residues
from polyreact.sequences import Antibody, SequenceId
from unit.baselines.conftest import HEAVY, LIGHT, SHORT

ANTIBODIES = [Antibody(SequenceId("a"), HEAVY, LIGHT), Antibody(SequenceId("b"), SHORT, LIGHT)]
NANOBODY = Antibody(SequenceId("c"), HEAVY)


def test_charge_and_isoelectric_point_of_what_is_known():
    assert measure_charge("K" * 10) == pytest.approx(10 / (1 + 10 ** (7.4 - 10.8)))
    assert measure_charge("G" * 10) == 0
    assert measure_charge("KD") == pytest.approx(0, abs=1e-2)
    assert find_isoelectric_point("KD") == pytest.approx((10.8 + 3.9) / 2, abs=1e-3)
    assert find_isoelectric_point("DDD") < 1e-2
    assert find_isoelectric_point("KKK") > 13.99


def test_descriptors_are_named_and_finite_and_know_their_region():
    values = dict(zip(NAMES, Descriptors().embed([HEAVY])[0], strict=True))
    domain = number_domain(HEAVY)
    assert all(map(np.isfinite, values.values()))
    assert values["length"] == len(domain.sequence)
    assert values["cdr3_length"] == len(domain.cdr3)
    assert values["share_A"] == pytest.approx(domain.sequence.count("A") / len(domain.sequence))
    changed = HEAVY.replace(domain.cdr3, domain.cdr3.replace("D", "K", 1))
    other = dict(zip(NAMES, Descriptors().embed([changed])[0], strict=True))
    assert other["cdr3_charge"] == pytest.approx(values["cdr3_charge"] + 2, abs=0.01)
    assert other["cdr1_charge"] == values["cdr1_charge"]


def test_kmer_shares_sum_to_one_and_leave_out_the_unknown():
    vectors = KmerShares(2).embed([HEAVY, "ACX", "XAX"])
    assert vectors[0].sum() == pytest.approx(1)
    assert vectors.shape == (3, 400)
    assert vectors[1].max() == 1
    assert vectors[1].argmax() == 1  # AC
    assert vectors[2].sum() == 0


def test_one_hot_has_one_for_each_residue_that_is_no_insertion():
    vectors = OneHot().embed([HEAVY, "X" + HEAVY[1:]]).reshape(2, 128, 20)
    residues = number_residues(HEAVY)
    assert vectors[0].sum() == len({residue.number for residue in residues})
    assert vectors[0].max(axis=1).sum() == vectors[0].sum()
    assert vectors[0].sum() - vectors[1].sum() == 1
    cysteine = sorted("ACDEFGHIKLMNPQRSTVWY").index("C")
    assert vectors[0, 22, cysteine] == vectors[0, 103, cysteine] == 1


def test_parts_are_whole_chains_or_their_regions():
    heavy, light = number_domain(HEAVY), number_domain(LIGHT)
    cut = cut_parts(ANTIBODIES[:1], [Part.VH, Part.VL, Part.H_CDR3, Part.H_CDRS, Part.L_CDR1, Part.L_FWRS])
    assert [one.sequences[0] for one in cut] == [
        HEAVY, LIGHT, heavy.cdr3, "".join(heavy.cdrs), light.cdr1, "".join(light.frameworks),
    ]  # fmt: skip


def test_a_missing_light_chain_and_a_chain_without_regions_are_told_by_row():
    with pytest.raises(CannotEmbed, match="1 of 3 antibodies have no light chain") as caught:
        cut_parts([*ANTIBODIES, NANOBODY], [Part.VL])
    assert caught.value.findings[0].where == "row 3"
    broken = Antibody(SequenceId("d"), "ACDEFGHIKLMN")
    with pytest.raises(CannotEmbed, match="cannot be numbered") as caught:
        cut_parts([broken, NANOBODY], [Part.H_CDRS])
    assert caught.value.findings[0].where == "row 1"
    for embedder in (Descriptors(), OneHot()):
        with pytest.raises(CannotEmbed):
            embedder.embed([HEAVY, broken.sequence])


def test_features_of_two_parts_stand_side_by_side(tmp_path):
    places = Places(tmp_path / "weights", tmp_path / "embeddings")
    both = build_features(ANTIBODIES, [Part.VH, Part.VL], EmbedderChoice("kmer"), places)
    heavy = build_features(ANTIBODIES, [Part.VH], EmbedderChoice("kmer"), places)
    assert both.values.shape == (2, 40)
    np.testing.assert_array_equal(both.values[:, :20], heavy.values)
    assert [revision.partition(":")[0] for revision in both.revisions] == ["VH", "VL"]
