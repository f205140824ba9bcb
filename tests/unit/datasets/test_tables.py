import hashlib
from itertools import islice, permutations, product

import pytest

from polyreact.datasets.prepare.interface import PreparedRow
from polyreact.datasets.tables import build_tables, parse_csv

ROWS = [
    PreparedRow(f"EVQ{letter}", "" if letter in "AC" else "DIQ", i % 2, f"n,{i}")
    for i, letter in enumerate("ACDEF")
]


def test_tables_are_csv_with_lf_and_minimal_quoting():
    tables = build_tables("set", ROWS)
    assert tables.inputs.startswith(b"sequence_id,sequence,light_sequence\nset-0001,EVQ")
    assert tables.labels.startswith(b"sequence_id,label,name\nset-0001,")
    assert b"\r" not in tables.inputs + tables.labels
    assert tables.inputs.endswith(b"\n")
    assert b'"' not in tables.inputs


def test_tables_ids_match_and_names_stand_with_the_labels_only():
    tables = build_tables("set", ROWS)
    by_sequence = {row.sequence: row for row in ROWS}
    for given, hidden in zip(parse_csv(tables.inputs), parse_csv(tables.labels), strict=True):
        row = by_sequence[given["sequence"]]
        assert given["sequence_id"] == hidden["sequence_id"]
        assert (hidden["label"], hidden["name"]) == (str(row.label), row.name)
    assert b"n," not in tables.inputs


def test_tables_order_is_the_hash_of_the_sequences():
    hashes = [
        hashlib.sha256(f"{row['sequence']}|{row['light_sequence']}".encode()).hexdigest()
        for row in parse_csv(build_tables("set", ROWS).inputs)
    ]
    assert hashes == sorted(hashes)


def test_tables_are_the_same_whatever_the_order_given():
    rows = [*ROWS, PreparedRow("EVQA", "", 1, "twin")]
    given = {build_tables("set", order) for order in permutations(rows)}
    assert len(given) == 1


def test_tables_inputs_are_the_same_whatever_the_labels():
    flipped = [PreparedRow(row.sequence, row.light_sequence, 1 - row.label, row.name) for row in ROWS]
    assert build_tables("set", flipped).inputs == build_tables("set", ROWS).inputs


def test_tables_ids_of_a_large_set_sort_as_their_numbers_do():
    letters = "ACDEFGHIKLMNPQRSTVWY"
    rows = [PreparedRow("".join(residues), "", 0, "") for residues in islice(product(letters, repeat=4), 10_000)]
    ids = [row["sequence_id"] for row in parse_csv(build_tables("set", rows).inputs)]
    assert (ids[0], ids[-1]) == ("set-00001", "set-10000")
    assert ids == sorted(ids)


def test_tables_annotations_stand_in_a_table_of_their_own():
    rows = [PreparedRow("EVQ", "", 0, "one", (("flags", "0"), ("family", "HIV, early")))]
    tables = build_tables("set", rows)
    assert tables.annotations == b'sequence_id,flags,family\nset-0001,0,"HIV, early"\n'
    assert tables.labels == b"sequence_id,label,name\nset-0001,0,one\n"
    assert tables.training == b""
    assert tables.inputs == b"sequence_id,sequence,light_sequence\nset-0001,EVQ,\n"


@pytest.mark.parametrize("columns", [(), (("family", "x"),), (("family", "x"), ("flags", "1")), (("Flags", "1"),)])
def test_tables_rows_with_different_annotations_are_refused(columns):
    rows = [PreparedRow("EVQ", "", 0, "one", (("flags", "0"),)), PreparedRow("EVK", "", 0, "two", columns)]
    with pytest.raises(ValueError, match="different annotations"):
        build_tables("set", rows)


@pytest.mark.parametrize("columns", [(("label", "1"),), (("sequence", "1"),), (("flags", "1"), ("flags", "2"))])
def test_tables_two_columns_of_one_name_are_refused(columns):
    with pytest.raises(ValueError, match="has the name of another"):
        build_tables("set", [PreparedRow("EVQ", "", 0, "one", columns)])


def test_tables_without_rows_are_headings():
    assert build_tables("set", []).labels == b"sequence_id,label,name\n"


def test_tables_for_training_hold_the_label_and_the_named_annotations_only():
    rows = [PreparedRow("EVQ", "", 1, "secret name", (("flags", "5"), ("family", "HIV")))]
    tables = build_tables("set", rows, ["family"])
    assert tables.training == b"sequence_id,label,family\nset-0001,1,HIV\n"


def test_tables_for_training_need_their_columns():
    with pytest.raises(ValueError, match="annotated with fold"):
        build_tables("set", [PreparedRow("EVQ", "", 1, "one")], ["fold"])
