from types import SimpleNamespace

import pytest

from polyreact import numbering
from polyreact.errors import CannotNumber
from polyreact.numbering import (
    Chain,
    Domain,
    Unnumbered,
    build_fragments,
    number_domain,
    number_domains,
    number_residues,
)

HEAVY = (
    "QVQLVQSGAEVKRPGSSVTVSCKAS", "GGSFSTYA", "LSWVRQAPGRGLEWMGG", "VIPLLTIT",
    "NYAPRFQGRITITADRSTSTAYLELNSLRPEDTAVYYC", "AREGTTGKPIGAFAH", "WGQGTLVTVSS",
)  # fmt: skip
KAPPA = (
    "DIQMTQSPSSLSASVGDRVTITCRAS", "QDVNTA", "VAWYQQKPGKAPKLLIY", "SAS",
    "FLYSGVPSRFSGSRSGTDFTLTISSLQPEDFATYYC", "QQHYTTPPT", "FGQGTKVEIK",
)  # fmt: skip
LEADER, CONSTANT = "MGWSCIILFLVATATGVHS", "ASTKGPSVFPLAPSSKSTSGGTAALGCL"
VH, VL = "".join(HEAVY), "".join(KAPPA)


@pytest.mark.parametrize(("regions", "chain"), [(HEAVY, Chain.HEAVY), (KAPPA, Chain.KAPPA)], ids=["heavy", "kappa"])
def test_domain_regions_are_those_of_imgt(regions, chain):
    domain = number_domain("".join(regions))
    assert domain.regions == regions
    assert (domain.chain, domain.start, domain.sequence) == (chain, 0, "".join(regions))
    assert domain.cdrs == regions[1::2]
    assert domain.frameworks == regions[::2]


def test_domain_leader_and_constant_region_are_in_no_region():
    domain = number_domain(LEADER + VH + CONSTANT)
    assert domain.regions == HEAVY
    assert domain.start == len(LEADER)


@pytest.mark.parametrize("length", [1, 13, 14, 20, 30, 40])
def test_domain_insertions_are_kept(length):
    cdr3 = ("AREGYSTDPW" * 6)[:length]
    domain = number_domain("".join((*HEAVY[:5], cdr3, HEAVY[6])))
    assert (domain.cdr3, domain.fr4) == (cdr3, HEAVY[6])


def test_domain_that_the_library_numbered_in_part_is_refused(monkeypatch):
    """The library has not been seen to do so; a domain with a hole would pass for a whole one."""

    class Forgetful:
        def __init__(self, chains):
            assert chains == tuple(Chain)

        def number(self, sequence):
            return SimpleNamespace(
                numbering={"1": "Q", "3": "Q"}, query_start=0, query_end=2, chain="H", error=None
            )

    monkeypatch.setattr(numbering, "_annotator", Forgetful)
    with pytest.raises(CannotNumber, match="some residues of the domain only"):
        number_domain(VH)


@pytest.mark.parametrize("length", range(16, 61, 4))
def test_domain_with_more_insertions_than_letters_is_numbered_or_refused(length):
    """Symptom: ValueError, "'61[' is no IMGT position". Cause: after Z the library goes on through ASCII.

    It mattered as a crash on a sequence that anybody may give.
    """
    sequence = "".join((*HEAVY[:3], HEAVY[3][:4], "A" * length, HEAVY[3][4:], *HEAVY[4:]))
    (domain,) = number_domains([sequence])
    assert isinstance(domain, Unnumbered) or sequence[domain.start :].startswith(domain.sequence)


def test_domains_of_one_kind_are_found_as_among_all_kinds():
    sequences = [VH, LEADER + VH + CONSTANT, VH[:90], "X" * 20 + VH[20:]]
    assert number_domains(sequences, (Chain.HEAVY,)) == number_domains(sequences)


def test_domains_of_another_kind_than_is_looked_for_are_not_numbered():
    assert isinstance(number_domains([VL], (Chain.HEAVY,))[0], Unnumbered)


@pytest.mark.parametrize("unknown", range(26))
def test_domain_unknown_residues_at_the_beginning_stay_and_shift_nothing(unknown):
    """Some 18 of them make immunum give up, and from 21 on it numbers nothing without saying so."""
    domain = number_domain("X" * unknown + VH[unknown:])
    assert domain.fr1 == ("X" * unknown + VH[unknown:])[:25]
    assert domain.regions[1:] == HEAVY[1:]
    assert domain.start == 0


def test_domain_unknown_residues_beyond_framework_1_are_left_out():
    domain = number_domain("X" * 40 + VH)
    assert (domain.sequence, domain.start) == (VH, 40)
    assert number_domain("X" * 40 + VH[5:]).fr1 == "XXXXX" + HEAVY[0][5:]
    assert number_domain("X" * 3 + LEADER + VH).start == 3 + len(LEADER)


def test_domain_unknown_residue_within_is_a_residue():
    domain = number_domain(VH.replace("GGSFSTYA", "GGXFSTYX"))
    assert domain.cdr1 == "GGXFSTYX"


def test_domain_without_its_beginning_has_empty_regions():
    domain = number_domain("".join(HEAVY[3:]))
    assert domain.fr1 == domain.cdr1 == ""
    assert domain.cdr3 == HEAVY[5]


BAD = {
    "empty": ("", "length 0"),
    "short": (VH[:20], "length 20"),
    "unknown-only": ("X" * 120, "length 0"),
    "no-antibody": ("MGDVEKGKKIFIMKCSQCHTVEKGGKHKTGPNLHGLFGRKTGQAPGYSYTAANKNKGIIW", "confidence"),
    "stop": (VH + "*", "residue 123 is '*'"),
    "gap": (VH[:10] + "-" + VH[10:], "residue 11 is '-'"),
    "lower-case": (VH.lower(), "residue 1 is 'q'"),
    "blank": (VH + " ", "residue 123 is ' '"),
    "selenocysteine": ("U" + VH, "residue 1 is 'U'"),
    "no-letter": ("é" + VH, "residue 1 is 'é'"),
    "too-long": (VH + "GS" * 10_000, "exceeds maximum"),
}


@pytest.mark.parametrize(("sequence", "said"), BAD.values(), ids=BAD.keys())
def test_domain_that_cannot_be_numbered_is_a_coded_error(sequence, said):
    with pytest.raises(CannotNumber) as caught:
        number_domain(sequence)
    assert caught.value.render().startswith("E508  ")
    assert said in caught.value.render()


def test_batch_keeps_the_order_and_says_why_of_each():
    heavy, bad, light, again = number_domains(iter([VH, "EVQ-", VL, VH]))
    assert isinstance(heavy, Domain)
    assert again is heavy
    assert isinstance(light, Domain)
    assert not light.chain.is_heavy
    assert bad == Unnumbered("residue 4 is '-', which is no amino acid")
    assert number_domains([]) == ()


def test_fragments_are_the_parts_by_their_names():
    heavy, light = number_domain(VH), number_domain(VL)
    fragments = build_fragments(heavy, light)
    assert fragments == {
        "VH": VH,
        "H-CDR1": HEAVY[1],
        "H-CDR2": HEAVY[3],
        "H-CDR3": HEAVY[5],
        "H-CDRs": HEAVY[1] + HEAVY[3] + HEAVY[5],
        "H-FWRs": HEAVY[0] + HEAVY[2] + HEAVY[4] + HEAVY[6],
        "VL": VL,
        "L-CDR1": KAPPA[1],
        "L-CDR2": KAPPA[3],
        "L-CDR3": KAPPA[5],
        "L-CDRs": KAPPA[1] + KAPPA[3] + KAPPA[5],
        "L-FWRs": KAPPA[0] + KAPPA[2] + KAPPA[4] + KAPPA[6],
        "VH+VL": VH + VL,
        "All-CDRs": "".join(HEAVY[1::2] + KAPPA[1::2]),
        "All-FWRs": "".join(HEAVY[::2] + KAPPA[::2]),
    }


def test_fragments_of_a_nanobody_are_those_of_its_one_domain():
    assert set(build_fragments(number_domain(VH))) == {"VH", "H-CDR1", "H-CDR2", "H-CDR3", "H-CDRs", "H-FWRs"}


def test_residues_are_those_of_the_domain_with_their_places_in_what_was_given():
    sequence = LEADER + VH + CONSTANT
    residues = number_residues(sequence)
    assert "".join(residue.letter for residue in residues) == VH
    assert [residue.index for residue in residues] == list(range(len(LEADER), len(LEADER) + len(VH)))
    assert all(sequence[residue.index] == residue.letter for residue in residues)
    assert "".join(residue.letter for residue in residues if residue.is_framework) == "".join(HEAVY[::2])


@pytest.mark.parametrize(
    ("sequence", "conserved"),
    [(VH, ["C23", "W41", "L89", "C104", "W118"]), (VL, ["C23", "W41", "L89", "C104", "F118"])],
)
def test_residues_at_conserved_positions_are_those_that_imgt_names(sequence, conserved):
    residues = number_residues(sequence)
    assert [f"{residue.letter}{residue.number}" for residue in residues if residue.is_conserved] == conserved


def test_residues_behind_unknown_ones_have_the_places_that_they_have_without():
    """What is set aside before the alignment counts in the index, and is no residue with a position of its own."""
    known, unknown = number_residues(VH), number_residues("X" * 3 + VH)
    assert [(r.index - 3, r.letter, r.number) for r in unknown] == [(r.index, r.letter, r.number) for r in known]


def test_residues_inserted_into_a_cdr3_share_a_number():
    numbers = [residue.number for residue in number_residues("".join((*HEAVY[:5], "AREGYSTDPW" * 2, HEAVY[6])))]
    assert numbers == sorted(numbers)
    assert numbers.count(111) + numbers.count(112) == 9


@pytest.mark.parametrize("sequence", ["GGGGSGGGGS", "", "QVQLB"])
def test_residues_of_what_is_no_domain_are_refused_with_a_reason(sequence):
    assert isinstance(number_residues(sequence), Unnumbered)


def test_residues_of_another_kind_than_is_looked_for_are_refused():
    assert isinstance(number_residues(VL, (Chain.HEAVY,)), Unnumbered)
