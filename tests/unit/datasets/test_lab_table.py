"""A lab's CSV: good ones as they are, bad ones with every defect by line and column."""

import pytest

from lab import as_csv, demo_pairs, lab_rows
from polyreact.datasets.lab_table import Cut, LabColumns, parse_lab_table
from polyreact.errors import InvalidTable

COLUMNS = LabColumns(sequence="sequence", truth="label", name="clone")
HEAVY, LIGHT = demo_pairs(1)[0]


def parse(rows, columns=COLUMNS):
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    return parse_lab_table(content, columns, "lab.csv")


def defects(rows, columns=COLUMNS):
    with pytest.raises(InvalidTable) as caught:
        parse(rows, columns)
    assert "lab.csv" in caught.value.summary
    assert "Nothing was written." in caught.value.render()
    return [(finding.where, finding.message) for finding in caught.value.findings]


def changed(line, **cells):
    """Good rows, with cells of the row on this line of the file replaced."""
    rows = lab_rows()
    rows[line - 2] |= cells
    return rows


def test_good_table_is_read_as_it_is():
    table = parse(lab_rows())
    given = lab_rows()
    assert [(r.name, r.sequence, r.light_sequence, str(r.label)) for r in table.rows] == [
        (r["clone"], r["sequence"], r["light_sequence"], r["label"]) for r in given
    ]
    assert table.unused_columns == ("psr",)
    assert {row.annotations for row in table.rows} == {()}
    assert table.doubts == ()


def test_mark_crlf_and_blank_lines_at_the_end_change_nothing():
    windows = b"\xef\xbb\xbf" + as_csv(lab_rows()).replace(b"\n", b"\r\n") + b"\r\n\r\n"
    assert parse(windows) == parse(lab_rows())


def test_antibody_without_a_name_is_called_by_its_line():
    table = parse(lab_rows(), LabColumns(sequence="sequence", truth="label"))
    assert [row.name for row in table.rows[:2]] == ["line 2", "line 3"]


def test_nanobodies_have_no_light_chain():
    assert parse(changed(4, light_sequence="")).rows[2].light_sequence == ""


@pytest.mark.parametrize(("higher", "labels"), [(True, [0, 0, 1]), (False, [1, 0, 0])], ids=["higher", "lower"])
def test_value_on_the_threshold_is_specific(higher, labels):
    rows = lab_rows()
    for row, value in zip(rows, ["0.2", "0.50", "5e-1"], strict=False):
        row["psr"] = value
    rows[2]["psr"] = "0.51"
    table = parse(rows, LabColumns("sequence", Cut("psr", 0.5, higher_is_polyreactive=higher)))
    assert [row.label for row in table.rows[:3]] == labels
    assert table.rows[1].annotations == (("assay", "0.50"),)


CELLS = {
    "empty-sequence": ({"sequence": ""}, "column `sequence` is empty"),
    "blank-sequence": ({"sequence": "  "}, "column `sequence` is empty"),
    "lower-case": ({"sequence": HEAVY.lower()}, "at 1"),
    "stop": ({"sequence": HEAVY + "*"}, f"'*' at {len(HEAVY) + 1}"),
    "gap": ({"sequence": HEAVY[:10] + "-" + HEAVY[10:]}, "'-' at 11"),
    "space": ({"sequence": HEAVY + " "}, f"' ' at {len(HEAVY) + 1}"),
    "unknown-residue": ({"sequence": "X" + HEAVY[1:]}, "'X' at 1"),
    "too-short": ({"sequence": HEAVY[:40]}, "has 40 residues; expected a variable domain of 80 to 200"),
    "whole-chain": ({"sequence": HEAVY * 4}, "expected a variable domain of 80 to 200"),
    "bad-light-chain": ({"light_sequence": LIGHT + "B"}, f"column `light_sequence` holds 'B' at {len(LIGHT) + 1}"),
    "light-as-heavy": ({"sequence": LIGHT}, "column `sequence` is a light chain; expected a VH or VHH"),
    "heavy-as-light": ({"light_sequence": HEAVY}, "column `light_sequence` is a heavy chain; expected a VL"),
    "label-word": ({"label": "yes"}, "column `label` is 'yes'; expected 0 (specific) or 1 (polyreactive)"),
    "label-float": ({"label": "1.0"}, "column `label` is '1.0'"),
    "label-empty": ({"label": ""}, "column `label` is ''"),
    "blank-name": ({"clone": " "}, "column `clone` is ' '"),
    "name-of-two-lines": ({"clone": "a\nb"}, "expected a printable name on one line"),
}


@pytest.mark.parametrize(("cells", "said"), CELLS.values(), ids=CELLS.keys())
def test_bad_cell_is_told_with_line_and_column(cells, said):
    ((where, message),) = defects(changed(20, **cells))
    assert where == "line 20"
    assert said in message


@pytest.mark.parametrize("value", ["", "ND", "nan", "inf", "1e999", "1,5", "1_000", " 1", "0x10", "\u0661"])
def test_assay_value_that_is_no_finite_number_is_told(value):
    ((where, message),) = defects(changed(20, psr=value), LabColumns("sequence", Cut("psr", 0.5)))
    assert where == "line 20"
    assert message.startswith("column `psr` is ")
    assert "finite number" in message


def test_same_antibody_twice_is_told_with_both_lines():
    first = lab_rows()[0]
    same = {key: first[key] for key in ("sequence", "light_sequence", "label")}
    assert defects(changed(20, **same)) == [
        ("line 20", "column `sequence` is the antibody of line 2 again; expected each once")
    ]
    conflicting = same | {"label": "0"}
    ((where, message),) = defects(changed(20, **conflicting))
    assert where == "line 20"
    assert "line 2 with another `label` ('1' there, '0' here)" in message


def test_same_heavy_chain_with_another_light_chain_is_another_antibody():
    first = lab_rows()[0]
    assert len(parse(changed(20, sequence=first["sequence"])).rows) == 60


def test_same_name_twice_is_told():
    ((where, message),) = defects(changed(20, clone=lab_rows()[0]["clone"]))
    assert (where, message) == ("line 20", "column `clone` 'NIGHTJAR-000' was already given on line 2")


def test_one_class_only_is_told():
    rows = [row | {"label": "1"} for row in lab_rows()]
    ((where, message),) = defects(rows)
    assert where == "all lines"
    assert "0 of 60 antibodies are specific; expected at least 5 of each" in message


def test_one_class_only_is_told_together_with_other_defects():
    rows = [row | {"label": "1"} for row in lab_rows()]
    rows[18] |= {"sequence": ""}
    assert sorted(where for where, _ in defects(rows)) == ["all lines", "line 20"]


def test_few_of_a_class_is_told():
    rows = [row | {"label": str(int(number < 4))} for number, row in enumerate(lab_rows())]
    ((_, message),) = defects(rows)
    assert "4 of 60 antibodies are polyreactive" in message


def test_missing_column_names_those_found_and_the_nearest():
    ((where, message),) = defects(as_csv(lab_rows()).replace(b"sequence,light", b"Sequense,light", 1))
    assert where == "line 1"
    assert "there is no column `sequence`; found `clone`, `Sequense`, `light_sequence`" in message
    assert message.endswith("did you mean `Sequense`?")


def test_column_that_stands_twice_is_told():
    ((where, message),) = defects(as_csv(lab_rows()).replace(b"psr", b"label", 1))
    assert (where, message) == ("line 1", "the column `label` stands 2 times; expected each once")


def test_column_given_for_two_things_is_told():
    ((_, message),) = defects(lab_rows(), LabColumns(sequence="sequence", truth="label", light="sequence"))
    assert "was given for 2 things" in message


def test_ragged_and_blank_rows_are_told():
    lines = as_csv(lab_rows()).splitlines(keepends=True)
    lines[4] = lines[4].replace(b"\n", b",more\n")
    lines[9] = b"\n"
    assert defects(b"".join(lines)) == [
        ("line 5", "has 6 cells; expected 5, as in the heading"),
        ("line 10", "is blank; expected an antibody, or the end of the file"),
    ]


def test_line_is_the_one_that_the_row_begins_on_after_a_cell_of_two_lines():
    rows = changed(10, psr="two\nlines")
    rows[20]["label"] = "?"
    assert [where for where, _ in defects(rows)] == ["line 23"]  # row 21 of the table, one heading, one more line


FILES = {
    "empty": (b"", "line 1", "the file is empty"),
    "heading-only": (b"sequence,label\n", "line 2", "there is no row"),
    "workbook": (b"PK\x03\x04....", "", "Excel workbook"),
    "old-workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "", "old Excel workbook"),
    "web-page": (b"\n<!DOCTYPE html><html>", "", "web page"),
    "utf-16": ("sequence,label\n".encode("utf-16"), "", "UTF-16"),
    "latin-1": ("sequence,label\nÄ,1\n".encode("latin-1"), "line 2", "byte 0xc4 is not UTF-8"),
    "nul": (b"sequence,label\nA\0,1\n", "line 2", "NUL"),
    "open-quote": (b'sequence,label\n"AC,1\n', "line 2", "cannot be read as CSV"),
    "endless-cell": (b"sequence,label\n" + b"A" * 200_000 + b",1\n", "line 2", "cannot be read as CSV"),
}


@pytest.mark.parametrize(("content", "where", "said"), FILES.values(), ids=FILES.keys())
def test_file_that_is_no_table_is_told(content, where, said):
    ((found_where, message),) = defects(content)
    assert found_where == where
    assert said in message


def test_semicolons_are_told():
    messages = [message for _, message in defects(as_csv(lab_rows()).replace(b",", b";"))]
    assert any("separated by `;`" in message for message in messages)


def test_every_defect_is_told_at_once_in_the_order_of_lines():
    rows = lab_rows()
    rows[30]["label"], rows[2]["sequence"], rows[5]["clone"] = "2", "", ""
    assert [where for where, _ in defects(rows)] == ["line 4", "line 7", "line 32"]


@pytest.mark.parametrize("sequence", ["G" * 100, "ACDEFGHIKL" * 10])
def test_chain_that_cannot_be_numbered_is_taken_and_told(sequence):
    table = parse(changed(20, sequence=sequence))
    ((where, message),) = [(doubt.where, doubt.message) for doubt in table.doubts]
    assert (where, message) == ("line 20", "column `sequence` cannot be numbered as an antibody variable domain")
