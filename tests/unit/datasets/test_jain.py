from collections import Counter

import pytest
from openpyxl import load_workbook

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC
from polyreact.datasets.prepare.jain import (
    ASSAYS_FILE,
    ELISA_FILE,
    SEQUENCES_FILE,
    prepare_jain,
    prepare_jain_116,
    prepare_jain_parity,
)
from polyreact.errors import UnexpectedContent
from unit.datasets.excel import make_up_sequence, write_jain

RELABELLED = ("bavituximab", "bimagrumab", "eldelumab", "ganitumab", "infliximab")


def flags(count: int, value: float = 2.0) -> list[float]:
    return [value] * count + [1.0] * (6 - count)


def test_jain_no_flag_is_specific_more_than_three_polyreactive_and_mild_are_counted(tmp_path):
    files = write_jain(tmp_path, {f"mab-{count}": flags(count) for count in range(7)})
    preparation = prepare_jain(files)
    assert {row.name: row.label for row in preparation.rows} == {
        "mab-0": SPECIFIC,
        "mab-4": POLYREACTIVE,
        "mab-5": POLYREACTIVE,
        "mab-6": POLYREACTIVE,
    }
    assert preparation.dropped == Counter({"1 to 3 flags (mild)": 3})
    assert preparation.changed == Counter()


def test_jain_value_at_the_threshold_is_no_flag(tmp_path):
    files = write_jain(tmp_path, {"at": flags(6, 1.5), "above": flags(6, 1.5001)})
    assert {row.name: row.label for row in prepare_jain(files).rows} == {"at": SPECIFIC, "above": POLYREACTIVE}


def test_jain_116_uses_the_higher_threshold(tmp_path):
    files = write_jain(tmp_path, {"between": flags(6, 1.7), "above": flags(6, 1.95)})
    assert [row.label for row in prepare_jain(files).rows] == [POLYREACTIVE, POLYREACTIVE]
    assert [row.label for row in prepare_jain_116(files).rows] == [SPECIFIC, POLYREACTIVE]


def test_jain_sequences_come_from_the_row_of_the_same_name(tmp_path):
    files = write_jain(tmp_path, {"a": flags(0)}, sequences={"a": ("QVQ", "EIV")})
    (row,) = prepare_jain(files).rows
    assert (row.sequence, row.light_sequence) == ("QVQ", "EIV")


def test_jain_antibody_in_one_file_only_is_refused(tmp_path):
    files = write_jain(tmp_path, {"a": flags(0)}, sequences={"b": ("QVQ", "EIV")})
    with pytest.raises(UnexpectedContent) as caught:
        prepare_jain(files)
    assert "b " in caught.value.render()


def test_jain_what_was_measured_stands_beside_the_label(tmp_path):
    files = write_jain(tmp_path, {"a": [1.5, 1.75, 1.91, 1.95, 2, 2.89]}, {"a": [0.125, -1.5]})
    (row,) = prepare_jain(files).rows
    assert row.annotations == (
        ("flags", "5"),
        ("elisa_cardiolipin", "1.5"),
        ("elisa_klh", "1.75"),
        ("elisa_lps", "1.91"),
        ("elisa_ssdna", "1.95"),
        ("elisa_dsdna", "2.0"),
        ("elisa_insulin", "2.89"),
        ("elisa", "2.0"),
        ("psr", "0.125"),
        ("ac_sins", "-1.5"),
    )
    (row,) = prepare_jain_116(files).rows
    assert row.annotations[0] == ("flags", "4")


def test_jain_parity_flags_are_those_of_the_measurement_not_of_the_changed_label(tmp_path):
    rows = {row.name: row for row in prepare_jain_parity(parity_files(tmp_path)).rows}
    assert (rows["bavituximab"].label, rows["bavituximab"].annotations[0]) == (POLYREACTIVE, ("flags", "0"))


def test_jain_footnotes_of_every_file_are_counted(tmp_path):
    files = write_jain(tmp_path, {"a": flags(0)})
    for path in files.values():
        workbook = load_workbook(path)
        workbook.active.append(["a footnote"])
        workbook.save(path)
    assert prepare_jain(files).dropped == Counter({"footnote, not an antibody": 3})


@pytest.mark.parametrize("file", [ELISA_FILE, SEQUENCES_FILE, ASSAYS_FILE])
def test_jain_other_sheet_name_lists_what_is_there(tmp_path, file):
    files = write_jain(tmp_path, {"a": flags(0)})
    workbook = load_workbook(files[file])
    workbook.active.title = "Tabelle1"
    workbook.save(files[file])
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_jain(files)
    assert file in caught.value.render()
    assert "found Tabelle1" in caught.value.render()


@pytest.mark.parametrize(
    ("file", "column"),
    [
        (ELISA_FILE, "ELISA KLH"),
        (SEQUENCES_FILE, "VL"),
        (ASSAYS_FILE, "Poly-Specificity Reagent (PSR) SMP Score (0-1)"),
    ],
)
def test_jain_missing_column_and_undetermined_value_are_named(tmp_path, file, column):
    files = write_jain(tmp_path, {"a": flags(0)})
    workbook = load_workbook(files[file])
    heading = [cell.value for cell in workbook.active[1]]
    cell = workbook.active.cell(row=2, column=heading.index(column) + 1)
    cell.value = "N.D."
    workbook.save(files[file])
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_jain(files)
    assert "row 2" in caught.value.render()
    assert f"column `{column}`: expected" in caught.value.render()
    workbook.active.delete_cols(cell.column)
    workbook.save(files[file])
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_jain(files)
    assert f"expected one column `{column}`, found 0" in caught.value.render()


@pytest.mark.parametrize("file", [ELISA_FILE, SEQUENCES_FILE, ASSAYS_FILE])
def test_jain_antibody_that_one_file_does_not_name_is_refused(tmp_path, file):
    files = write_jain(tmp_path, {"a": flags(0), "b": flags(6)})
    workbook = load_workbook(files[file])
    workbook.active.delete_rows(3)
    workbook.save(files[file])
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_jain(files)
    assert "b " in caught.value.render()


def parity_files(tmp_path, *, without: str = ""):
    """32 specifics with falling PSR, the last three tied on PSR; five to relabel; one polyreactive."""
    names = [f"mab-{number:02d}" for number in range(32)]
    elisa = {name: flags(0) for name in (*names, *RELABELLED) if name != without}
    assays: dict[str, list[object]] = {name: [1 - number / 100, 5] for number, name in enumerate(names)}
    assays["mab-29"], assays["mab-30"], assays["mab-31"] = [0, 1], [0, 3], [0, 2]
    assays |= {name: [0.9, 1] for name in RELABELLED if name != without} | {"poly": [1, 1]}
    return write_jain(tmp_path, elisa | {"poly": flags(6)}, assays)


def test_jain_parity_relabels_five_and_removes_thirty_specifics_ac_sins_breaking_ties(tmp_path):
    preparation = prepare_jain_parity(parity_files(tmp_path))
    labels = {row.name: row.label for row in preparation.rows}
    assert labels == {"mab-29": SPECIFIC, "mab-31": SPECIFIC, "poly": POLYREACTIVE} | dict.fromkeys(RELABELLED, 1)
    assert preparation.dropped == Counter({"among the 30 specifics with the highest PSR": 30})
    assert preparation.changed == Counter({"called polyreactive by name": 5})


def test_jain_parity_keeps_the_sequences_of_the_relabelled(tmp_path):
    rows = {row.name: row for row in prepare_jain_parity(parity_files(tmp_path)).rows}
    assert rows["bavituximab"].sequence == make_up_sequence(32)


def test_jain_parity_without_one_of_the_five_is_refused(tmp_path):
    with pytest.raises(UnexpectedContent) as caught:
        prepare_jain_parity(parity_files(tmp_path, without="infliximab"))
    assert "infliximab" in caught.value.render()
