"""What holds for any rows of an overlap."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from polyreact.datasets.overlap import (
    CUTS,
    Compared,
    Nearest,
    OverlapRow,
    Region,
    find_without_neighbour,
    summarize,
)
from polyreact.results.overlap_store import parse_identities, render_identities

identities = st.integers(0, 10**6).map(lambda millionths: millionths / 10**6)
nearest = st.none() | st.builds(Nearest, st.from_regex(r"[a-z]{1,5}-[0-9]{4}", fullmatch=True), identities)
rows = st.lists(st.tuples(nearest, nearest), max_size=40).map(
    lambda pairs: tuple(OverlapRow(f"t-{number:04d}", vh, cdr3) for number, (vh, cdr3) in enumerate(pairs))
)
regions = st.sampled_from(Region)


@given(rows, regions, st.lists(identities, min_size=2, max_size=6))
def test_lower_cut_never_leaves_more_antibodies(overlap, region, cuts):
    left = [find_without_neighbour(overlap, region, cut) for cut in sorted(cuts, reverse=True)]
    assert all(later <= earlier for earlier, later in pairwise(left))


@given(rows, regions)
def test_antibody_has_a_neighbour_or_none_or_no_such_region(overlap, region):
    without_region = sum(row.nearest(region) is None for row in overlap)
    summary = summarize(overlap, region, Compared(len(overlap) - without_region, without_region, 1, 0))
    for cut, neighbours in zip(CUTS, summary.neighbours, strict=True):
        free = find_without_neighbour(overlap, region, cut)
        assert len(free) + neighbours + without_region == len(overlap)
    assert summary.exact <= summary.neighbours[0]


@given(rows)
def test_table_is_the_same_after_its_bytes(overlap):
    content = render_identities(overlap)
    assert parse_identities(content, Path("a-r1--b-r1.json")) == overlap
    assert content.count(b"\n") == len(overlap) + 1
