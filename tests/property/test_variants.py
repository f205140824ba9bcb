"""Whatever antibody is varied: one or two conservative exchanges, in the framework, and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.datasets.demo.generate import build_demo
from polyreact.datasets.tables import parse_csv
from polyreact.datasets.variants import build_variants, find_partners
from polyreact.numbering import CONSERVED_POSITIONS, Chain, Domain, Unnumbered, number_domains, number_residues
from polyreact.sequences import Antibody, SequenceId
from polyreact.similarity import score_substitution

HEAVY = [row["sequence"] for row in parse_csv(build_demo().inputs)]
FRAMEWORKS = {*range(1, 27), *range(39, 56), *range(66, 105), *range(118, 129)}
residues = st.text("ACDEFGHIKLMNPQRSTVWYX", max_size=30)


@st.composite
def heavy_chains(draw):
    """A VH with residues put in, taken out and exchanged, and other protein on both sides."""
    sequence = draw(st.sampled_from(HEAVY))
    for _ in range(draw(st.integers(0, 3))):
        left = draw(st.integers(0, len(sequence)))
        right = draw(st.integers(left, min(len(sequence), left + 10)))
        sequence = sequence[:left] + draw(residues) + sequence[right:]
    return draw(residues) + sequence + draw(residues)


def vary(sequence, seed="any"):
    (row,) = build_variants([Antibody(SequenceId("a"), sequence, "DIQ")], {sequence}, seed).rows or (None,)
    return row


@given(heavy_chains(), st.text(max_size=5))
@settings(max_examples=300, deadline=None)
def test_variant_differs_by_one_or_two_conservative_framework_residues(sequence, seed):
    variant = vary(sequence, seed)
    if variant is None:
        return
    made = variant.antibody.sequence
    changed = [place for place, (old, new) in enumerate(zip(sequence, made, strict=True)) if old != new]
    assert changed == [exchange.index for exchange in variant.exchanges]
    assert len(changed) in {1, 2}
    by_index = {residue.index: residue for residue in number_residues(sequence, (Chain.HEAVY,))}
    for exchange in variant.exchanges:
        assert exchange.position == by_index[exchange.index].number
        assert exchange.position in FRAMEWORKS - CONSERVED_POSITIONS
        assert (sequence[exchange.index], made[exchange.index]) == (exchange.before, exchange.after)
        assert score_substitution(exchange.before, exchange.after) > 0
        assert exchange.after in find_partners(exchange.before)


@given(heavy_chains())
@settings(max_examples=200, deadline=None)
def test_cdrs_of_the_original_stand_untouched_in_the_variant(sequence):
    variant, (domain,) = vary(sequence), number_domains([sequence], (Chain.HEAVY,))
    if variant is None or isinstance(domain, Unnumbered):
        assert variant is None
        return
    assert isinstance(domain, Domain)
    begin = domain.start
    for place, region in enumerate(domain.regions):
        if place % 2:
            assert variant.antibody.sequence[begin : begin + len(region)] == region
        begin += len(region)


@given(heavy_chains(), st.text(max_size=5))
@settings(max_examples=100, deadline=None)
def test_variant_is_the_same_again(sequence, seed):
    assert vary(sequence, seed) == vary(sequence, seed)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_text_of_any_kind_has_a_variant_or_none(text):
    variant = vary(text)
    assert variant is None or len(variant.antibody.sequence) == len(text)
