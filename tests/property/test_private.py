"""A lab's rows, split into what may be seen and what may not, come back whole."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.datasets.lab_table import Cut
from polyreact.datasets.prepare.interface import PreparedRow
from polyreact.datasets.prepare.private import prepare_private
from polyreact.datasets.private import build_private_set

chain = st.text("ACDEFGHIKLMNPQRSTVWY", min_size=1, max_size=12)
name = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)


@st.composite
def lab_rows(draw):
    """Rows with different antibodies, with or without a light chain; either all have an assay value or none."""
    pairs = draw(st.lists(st.tuples(chain, st.just("") | chain), min_size=1, max_size=12, unique=True))
    has_assay = draw(st.booleans())
    return [
        PreparedRow(
            heavy,
            light,
            draw(st.integers(0, 1)),
            draw(name),
            (("assay", str(draw(st.floats(allow_nan=False, allow_infinity=False)))),) if has_assay else (),
        )
        for heavy, light in pairs
    ]


@given(lab_rows())
@settings(max_examples=100, deadline=None)
def test_rows_that_were_split_come_back_whole(rows):
    truth = Cut("value", 0.5) if rows[0].annotations else "label"
    made = build_private_set("private-x", 1, rows, truth, "memory://store")
    again = build_private_set("private-x", 1, list(reversed(rows)), truth, "memory://store")
    assert made == again, "the order of the lab's rows tells nothing"
    with tempfile.TemporaryDirectory() as folder:
        paths = {file.name: Path(folder) / file.name for file in made.files}
        for file in made.files:
            paths[file.name].write_bytes(file.content)
        prepared = prepare_private(paths)
    order = sorted(rows, key=lambda row: (row.sequence, row.light_sequence))
    assert sorted(prepared.rows, key=lambda row: (row.sequence, row.light_sequence)) == order


@given(lab_rows())
@settings(max_examples=50, deadline=None)
def test_inputs_are_the_same_whatever_the_labels_and_names(rows):
    """What may be seen is a function of the sequences alone."""
    flipped = [PreparedRow(row.sequence, row.light_sequence, 1 - row.label, "other") for row in rows]
    made = build_private_set("private-x", 1, rows, "label", "memory://store")
    assert made.inputs == build_private_set("private-x", 1, flipped, "label", "memory://store").inputs
