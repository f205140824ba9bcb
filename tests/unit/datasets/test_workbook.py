import zipfile
from pathlib import Path

import pytest

from polyreact.datasets.prepare.workbook import parse_number, parse_sequence, parse_text, read_sheet
from polyreact.errors import UnexpectedContent
from unit.datasets.excel import write_xlsx

COLUMNS = {"Name": parse_text, "VH": parse_sequence, "Value": parse_number}
HEADING = ["Name", "Other", "VH", "Value"]


def read(path: Path, *rows: list[object], heading: list[str] = HEADING):
    return read_sheet(write_xlsx(path / "book.xlsx", "Sheet", [heading, *rows]), "Sheet", COLUMNS)


def refuse(path: Path, *rows: list[object], heading: list[str] = HEADING) -> str:
    with pytest.raises(UnexpectedContent) as caught:
        read(path, *rows, heading=heading)
    text = caught.value.render()
    assert "book.xlsx" in text
    assert "`Sheet`" in text
    return text


def test_sheet_good_rows_are_read_with_excel_row_numbers(tmp_path):
    sheet = read(tmp_path, ["a", None, "EVQ", 1], ["b", "x", "QVQ", 2.5])
    assert [(row.number, row.text("Name"), row.text("VH"), row.value("Value")) for row in sheet.rows] == [
        (2, "a", "EVQ", 1.0),
        (3, "b", "QVQ", 2.5),
    ]


def test_sheet_empty_rows_are_no_rows_and_footnotes_below_are_counted(tmp_path):
    sheet = read(tmp_path, ["a", None, "EVQ", 1], [None] * 4, ["a footnote", None, None, None], [None] * 4)
    assert (len(sheet.rows), sheet.footnotes) == (1, 1)


def test_sheet_row_that_lost_its_cells_is_no_footnote(tmp_path):
    text = refuse(tmp_path, ["a", None, None, None], ["b", None, "EVQ", 1])
    assert "row 2" in text


def test_sheet_unknown_name_lists_what_is_there(tmp_path):
    path = write_xlsx(tmp_path / "book.xlsx", "Tabelle1", [HEADING])
    with pytest.raises(UnexpectedContent) as caught:
        read_sheet(path, "Sheet", COLUMNS)
    assert "expected `Sheet`, found Tabelle1" in caught.value.render()


def test_sheet_missing_columns_are_all_named(tmp_path):
    text = refuse(tmp_path, ["a"], heading=["Name"])
    assert "one column `VH`, found 0" in text
    assert "one column `Value`, found 0" in text


def test_sheet_column_given_twice_is_refused(tmp_path):
    assert "one column `VH`, found 2" in refuse(tmp_path, heading=["Name", "VH", "VH", "Value"])


def test_sheet_without_any_row_is_refused(tmp_path):
    with pytest.raises(UnexpectedContent, match="E503"):
        read_sheet(write_xlsx(tmp_path / "book.xlsx", "Sheet", []), "Sheet", COLUMNS)


@pytest.mark.parametrize("value", ["n/a", "1.5", None, True, "#DIV/0!"])
def test_sheet_number_that_is_none_is_named_with_row_and_column(tmp_path, value):
    text = refuse(tmp_path, ["a", None, "EVQ", value], ["b", None, "EVQ", 1])
    assert "row 2" in text
    assert "column `Value`: expected a number, found" in text


@pytest.mark.parametrize("value", ["EVX", "evq", "EV Q", "EV*", "EV-Q", None, 5])
def test_sheet_sequence_with_other_letters_is_refused(tmp_path, value):
    assert "column `VH`: expected a sequence" in refuse(tmp_path, ["a", None, value, 1], ["b", "", "EVQ", 1])


@pytest.mark.parametrize("value", [" a", "a ", 5])
def test_sheet_text_with_spaces_or_a_number_is_refused(tmp_path, value):
    assert "column `Name`" in refuse(tmp_path, [value, None, "EVQ", 1])


def test_sheet_every_defect_is_given_at_once(tmp_path):
    text = refuse(tmp_path, ["a", None, "EVX", "x"], ["b", None, "EVQ", None])
    assert text.count("expected") == 3


def test_sheet_key_given_twice_names_both_rows(tmp_path):
    text = refuse(tmp_path, ["a", None, "EVQ", 1], ["b", None, "EVQ", 1], ["a", None, "EVQ", 1])
    assert "row 4" in text
    assert "already stands in row 2" in text


def test_sheet_web_page_saved_as_xlsx_is_a_coded_error(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"<!DOCTYPE html><html>503</html>")
    with pytest.raises(UnexpectedContent, match="cannot be read as an Excel workbook") as caught:
        read_sheet(path, "Sheet", COLUMNS)
    assert "<!DOCTYPE html>" in caught.value.render()


@pytest.mark.parametrize("keep", [0, 10, 400, 3000])
def test_sheet_cut_short_is_a_coded_error(tmp_path, keep):
    path = write_xlsx(tmp_path / "book.xlsx", "Sheet", [HEADING])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnexpectedContent, match="E503"):
        read_sheet(path, "Sheet", COLUMNS)


def test_sheet_zip_of_something_else_is_a_coded_error(tmp_path):
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    with pytest.raises(UnexpectedContent, match="E503"):
        read_sheet(path, "Sheet", COLUMNS)


def edit(path: Path, before: bytes, after: bytes) -> Path:
    """The same workbook with its sheet's XML changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    (sheet,) = (name for name in parts if name.startswith("xl/worksheets/"))
    assert before in parts[sheet]
    parts[sheet] = parts[sheet].replace(before, after)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_sheet_that_tells_of_fewer_rows_than_it_has_is_read_to_its_end(tmp_path):
    """Symptom: rows behind the end that the sheet itself tells of (<dimension>) were left out in silence."""
    rows = [["a", None, "EVQ", 1], ["b", None, "QVQ", 2], ["c", None, "QVK", 3]]
    path = write_xlsx(tmp_path / "book.xlsx", "Sheet", [HEADING, *rows])
    edit(path, b'<dimension ref="A1:D4"', b'<dimension ref="A1:C2"')
    assert [row.text("Name") for row in read_sheet(path, "Sheet", COLUMNS).rows] == ["a", "b", "c"]


def test_sheet_formulas_are_refused_with_their_text(tmp_path):
    """Symptom: a formula without a kept value was read as nothing, a row of them as no row or a footnote."""
    text = refuse(tmp_path, ["a", None, "EVQ", 1], ["=A1", "=B1", "=C2", "=D2"], ["b", None, "=C2", "=D2"])
    assert "row 3" in text
    assert "column `Name`: expected text without spaces around it, found '=A1'" in text
    assert "column `VH`: expected a sequence of standard amino acids in upper case" in text
    assert "row 4" in text
    assert "column `Value`: expected a number, found '=D2'" in text
