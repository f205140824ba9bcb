"""Whatever is numbered: the regions joined are the domain, residue by residue, as it stands in what was given."""

from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.datasets.demo.generate import build_demo
from polyreact.datasets.tables import parse_csv
from polyreact.numbering import Domain, Unnumbered, build_fragments, number_domains

LETTERS = "ACDEFGHIKLMNPQRSTVWYX"
DEMO = parse_csv(build_demo().inputs)
HEAVY = [row["sequence"] for row in DEMO]
LIGHT = [row["light_sequence"] for row in DEMO if row["light_sequence"]]
residues = st.text(LETTERS, max_size=40)


def number(sequence):
    (numbered,) = number_domains([sequence])
    if isinstance(numbered, Domain):
        joined = "".join(numbered.regions)
        assert joined
        assert sequence[numbered.start : numbered.start + len(joined)] == joined
        assert number_domains([sequence]) == (numbered,)
    else:
        assert isinstance(numbered, Unnumbered)
        assert numbered.reason.isprintable()
    return numbered


@given(st.text(max_size=200))
def test_text_of_any_kind_is_numbered_or_refused(text):
    number(text)


@given(st.text(LETTERS, min_size=30, max_size=300))
def test_residues_of_any_kind_are_numbered_or_refused(sequence):
    number(sequence)


@given(st.sampled_from(HEAVY + LIGHT), st.data())
@settings(max_examples=400, deadline=None)
def test_domain_with_anything_done_to_it_loses_no_residue(sequence, data):
    """Residues put in, taken out and exchanged, unknown ones among them, and other protein on both sides."""
    for _ in range(data.draw(st.integers(0, 3))):
        left = data.draw(st.integers(0, len(sequence)))
        right = data.draw(st.integers(left, min(len(sequence), left + 10)))
        sequence = sequence[:left] + data.draw(residues) + sequence[right:]
    number(data.draw(residues) + sequence + data.draw(residues))


@given(st.sampled_from(HEAVY), st.text("ACDEFGHIKLMNPQRSTVWY", min_size=4, max_size=40))
@settings(deadline=None)
def test_domain_with_any_cdr3_up_to_40_residues_is_found_whole(sequence, cdr3):
    known = number(sequence)
    longer = number("".join((*known.regions[:5], cdr3, known.fr4)))
    assert longer.sequence == "".join((*known.regions[:5], cdr3, known.fr4))


@given(st.sampled_from(HEAVY), st.sampled_from(LIGHT))
@settings(deadline=None)
def test_fragments_hold_every_residue_once(heavy, light):
    domains = number(heavy), number(light)
    fragments = build_fragments(*domains)
    for letter, domain in zip("HL", domains, strict=True):
        assert fragments[f"V{letter}"] == domain.sequence
        assert sorted(fragments[f"{letter}-CDRs"] + fragments[f"{letter}-FWRs"]) == sorted(domain.sequence)
        assert "".join(fragments[f"{letter}-CDR{n}"] for n in (1, 2, 3)) == fragments[f"{letter}-CDRs"]
    assert fragments["VH+VL"] == fragments["VH"] + fragments["VL"]
    assert sorted(fragments["All-CDRs"] + fragments["All-FWRs"]) == sorted(fragments["VH+VL"])
