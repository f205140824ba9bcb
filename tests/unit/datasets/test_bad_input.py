"""Raw files that are not as published: each is a coded error with its place, or follows a documented rule.

One case for each thing that goes wrong with such files in practice; the tests of each reader have the finer ones.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from polyreact.datasets.catalog import Source, SourceFile
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.prepare.boughter import count_yes_as_seven, label_clones, read_clones
from polyreact.datasets.prepare.jain import ELISA_FILE, SEQUENCES_FILE, prepare_jain
from polyreact.datasets.prepare.shehata import CLONES_FILE, prepare_shehata
from polyreact.errors import DigestMismatch, FetchFailed, UnexpectedContent
from polyreact.files import sha256_bytes
from unit.datasets.clones import COUNTS, VH, VL, dna, fasta, write_files
from unit.datasets.excel import CLONES_HEADING, ELISA_HEADING, write_jain, write_shehata, write_xlsx
from unit.datasets.web import serve, truncated, whole

SIX = [0.1] * 6


@dataclass(frozen=True)
class Refused:
    """How a file is spoiled, and what the error has to name: the file, the row or place, and the column."""

    spoil: Callable[[Path], object]
    file: str
    where: str
    said: str


def jain(**changes):
    """A set of Jain's with a table changed: `elisa` or `sequences`, by name of the antibody."""
    tables = {"elisa": {"good": SIX, "bad": SIX}} | changes
    return lambda folder: prepare_jain(write_jain(folder, **tables))


def jain_sequence(vh):
    return jain(sequences={"bad": (vh, "DIQMTQ")})


def jain_sheet(name, sheet, *rows):
    """A set of Jain's with one of the workbooks written anew."""

    def spoil(folder):
        files = write_jain(folder, {"good": SIX, "bad": SIX})
        write_xlsx(files[name], sheet, rows)
        return prepare_jain(files)

    return spoil


def shehata(*rows):
    return lambda folder: prepare_shehata(write_shehata(folder, *rows))


REFUSED = {
    "another-sheet-name": Refused(
        jain_sheet(ELISA_FILE, "Tabelle1", ELISA_HEADING),
        ELISA_FILE,
        "sheet",
        "expected `Individual-ELISA`, found Tabelle1",
    ),
    "column-missing": Refused(
        jain_sheet(SEQUENCES_FILE, "Sequence-information", ["Name", "VH"], ["good", "EVQ"]),
        SEQUENCES_FILE,
        "row 1",
        "expected one column `VL`, found 0",
    ),
    "column-twice": Refused(
        jain_sheet(SEQUENCES_FILE, "Sequence-information", ["Name", "VH", "VH", "VL"]),
        SEQUENCES_FILE,
        "row 1",
        "expected one column `VH`, found 2",
    ),
    "column-in-another-case": Refused(
        jain_sheet(SEQUENCES_FILE, "Sequence-information", ["Name", "vh", "VL"]),
        SEQUENCES_FILE,
        "row 1",
        "expected one column `VH`, found 0",
    ),
    "footnote-among-the-data": Refused(
        shehata(["A-1", "naive", 0, "EVQ", "DIQ"], ["a remark"], ["A-2", "naive", 0, "QVQ", "DIQ"]),
        CLONES_FILE,
        "row 3",
        "expected a data row, found text in the first cell only",
    ),
    "nd-where-every-value-is-known": Refused(
        jain(elisa={"good": SIX, "bad": [0.1, "ND", 0.1, 0.1, 0.1, 0.1]}),
        ELISA_FILE,
        "row 3",
        "column `ELISA KLH`: expected a number, found 'ND'",
    ),
    "number-as-text": Refused(
        jain(elisa={"good": SIX, "bad": ["0.1", *SIX[1:]]}),
        ELISA_FILE,
        "row 3",
        "column `ELISA Cardiolipin`: expected a number, found '0.1'",
    ),
    "sequence-with-stop": Refused(jain_sequence("EVQ*L"), SEQUENCES_FILE, "row 3", "column `VH`: .* without '\\*'"),
    "sequence-with-gap": Refused(jain_sequence("EV-QL"), SEQUENCES_FILE, "row 3", "column `VH`: .* without '-'"),
    "sequence-with-spaces": Refused(jain_sequence("EVQ L"), SEQUENCES_FILE, "row 3", "column `VH`: .* without ' '"),
    "sequence-with-newline": Refused(
        jain_sequence("EVQL\n"), SEQUENCES_FILE, "row 3", r"column `VH`: .* without '\\n'"
    ),
    "sequence-in-lower-case": Refused(
        jain_sequence("evql"), SEQUENCES_FILE, "row 3", "column `VH`: .* in upper case without 'e', 'v', 'q', 'l'"
    ),
    "sequence-far-along-a-long-cell": Refused(
        jain_sequence("EVQL" * 30 + "B"), SEQUENCES_FILE, "row 3", "column `VH`: .* without 'B'"
    ),
    "sequence-absent": Refused(jain_sequence(None), SEQUENCES_FILE, "row 3", "column `VH`: .* found nothing"),
    "gaps-alone": Refused(
        shehata(["A-1", "naive", 0, "---", "DIQ"]), CLONES_FILE, "row 2", "column `VH Protein`: expected a sequence"
    ),
    "id-twice": Refused(
        shehata(
            ["A-1", "naive", 0, "EVQ", "DIQ"], ["A-2", "naive", 0, "EVK", "DIQ"], ["A-1", "n", 0, "EVR", "DIQ"]
        ),
        CLONES_FILE,
        "row 4",
        "column `Clone name`: `A-1` already stands in row 2",
    ),
    "id-twice-in-another-case": Refused(
        shehata(["Adi-1", "naive", 0, "EVQ", "DIQ"], ["ADI-1", "naive", 0, "EVK", "DIQ"]),
        CLONES_FILE,
        "row 3",
        "column `Clone name`: `ADI-1` already stands in row 2",
    ),
    "id-with-spaces": Refused(
        shehata([" A-1", "naive", 0, "EVQ", "DIQ"]),
        CLONES_FILE,
        "row 2",
        "column `Clone name`: expected text without spaces around it",
    ),
    "id-in-one-file-only": Refused(
        jain_sheet(ELISA_FILE, "Individual-ELISA", ELISA_HEADING, ["good", *SIX]), ELISA_FILE, "bad", "every file"
    ),
    "dna-with-gap": Refused(
        lambda folder: read_chains(folder, dna(VH).replace("CAG", "C-G", 1)), "H.txt", "line 4", "'-' is no base"
    ),
    "dna-that-is-protein": Refused(lambda folder: read_chains(folder, VH), "H.txt", "line 4", "'Q' is no base"),
}


def read_chains(folder, heavy):
    """A good antibody and one with the heavy chain given."""
    return read_clones(write_files(folder, fasta(dna(VH), heavy), fasta(*[dna(VL)] * 2), [0, 5]), [COUNTS])


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_raw_file_is_refused_with_file_row_and_column(tmp_path, case):
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        case.spoil(tmp_path)
    assert case.file in caught.value.summary
    (finding,) = caught.value.findings
    assert finding.where == case.where
    assert re.search(case.said, finding.message), finding.message


def test_repeated_id_is_told_together_with_every_other_defect(tmp_path):
    """Symptom: of a workbook with two defects only one was told. Cause: repeated ids were looked for in sound
    sheets only. It mattered because a person mended the one and met the other on the next try."""
    rows = [["A-1", "n", 0, "EVQ", "DIQ"], ["A-1", "n", "nd", "EVK", "DIQ"], [None, "n", 0, "EVK", "DIQ"]]
    with pytest.raises(UnexpectedContent) as caught:
        shehata(*rows)(tmp_path)
    assert [finding.where for finding in caught.value.findings] == ["row 3", "row 4", "row 3"]


# --- rules: what is kept, dropped or changed, and counted --------------------------------------------------


def test_footnotes_below_the_data_are_dropped_and_counted(tmp_path):
    preparation = shehata(["A-1", "naive", 0, "EVQ", "DIQ"], ["Beige means"], [None] * 5, ["ND, not determined"])(
        tmp_path
    )
    assert (len(preparation.rows), preparation.dropped) == (1, {"footnote, not an antibody": 2})


def test_nd_in_place_of_the_score_is_dropped_and_counted(tmp_path):
    preparation = shehata(["A-1", "n", 0, "EVQ", "DIQ"], ["A-2", "n", "ND", "EVK", "DIQ"])(tmp_path)
    assert ([row.name for row in preparation.rows], preparation.dropped) == (
        ["A-1"],
        {"PSR not determined (ND)": 1},
    )


def test_alignment_gap_is_removed_and_counted(tmp_path):
    preparation = shehata(["A-1", "n", 0, "EV-Q", "DIQ"])(tmp_path)
    assert [row.sequence for row in preparation.rows] == ["EVQ"]
    assert preparation.changed == {"alignment gaps removed from the VH": 1}


def test_n_in_dna_is_an_unknown_residue_that_is_kept_in_a_framework(tmp_path):
    clone = read_chains(tmp_path, "NNN" + dna(VH)[3:]).clones[1]
    assert clone.heavy.sequence.lstrip("X") == VH[1:]


def test_n_in_dna_of_a_cdr_drops_the_antibody_and_is_counted(tmp_path):
    clones = read_chains(tmp_path, dna(VH.replace("GGSF", "GGXF")))
    assert (len(clones.clones), clones.dropped) == (1, {"an unknown residue in a CDR": 1})


def test_dna_in_lower_case_is_the_same_dna(tmp_path):
    assert [clone.heavy.sequence for clone in read_chains(tmp_path, dna(VH).lower()).clones] == [VH, VH]


def test_one_sequence_with_both_labels_is_kept_twice_in_one_clone_and_fold(tmp_path):
    other = dna(VH.replace("AREGTTGKPIGAFAHW", "ARWYYWWYYWWYYWWW").replace("GGSFSTYA", "RRNIKDTK"))
    files = write_files(tmp_path, fasta(dna(VH), other, dna(VH), other), fasta(*[dna(VL)] * 4), flags=[0, 0, 6, 6])
    clones = read_clones(files, [replace(COUNTS, antibodies=4)])
    preparation = label_clones(clones, count_yes_as_seven)
    rows = [(row.name, row.label, dict(row.annotations)) for row in preparation.rows]
    assert [(name, label) for name, label, _ in rows] == [
        ("flu_000001", 0),
        ("flu_000002", 0),
        ("flu_000003", 1),
        ("flu_000004", 1),
    ]
    groups = [(annotations["clone"], annotations["fold"]) for *_, annotations in rows]
    assert groups[0] == groups[2]
    assert groups[1] == groups[3]
    assert groups[0] != groups[1]
    assert preparation.dropped == {}


# --- files that did not come as they were published --------------------------------------------------------

PAGE = b"<!DOCTYPE html><html><body>Just a moment...</body></html>"


def fetch(content, url, settings):
    """Fetch `book.xlsx`, which the catalogue knows as `content`."""
    file = SourceFile("book.xlsx", url, "ours", "0" * 40, sha256_bytes(content), len(content))
    return fetch_file(Source("made-up", "t", "c", "d", "s", "a", (file,), ()), file, settings)


@pytest.fixture
def book(tmp_path):
    return write_xlsx(tmp_path / "book.xlsx", "Sheet", [["Name"], ["a"]]).read_bytes()


def test_truncated_download_is_not_kept_under_its_name(settings, book, monkeypatch):
    monkeypatch.setattr("polyreact.datasets.download._FIRST_WAIT_S", 0)
    with serve(truncated(book, 1000)) as site, pytest.raises(FetchFailed, match=r"book\.xlsx of made-up") as caught:
        fetch(book, site.url, settings)
    assert sha256_bytes(book) in caught.value.render()
    assert not (settings.sources / "made-up" / "book.xlsx").exists()


def test_download_that_was_cut_at_its_origin_is_another_file(settings, book):
    with serve(whole(book[:1000])) as site, pytest.raises(DigestMismatch, match=r"book\.xlsx of made-up") as caught:
        fetch(book, site.url, settings)
    assert f"expected {len(book)} bytes, found 1000" in caught.value.render()


def test_web_page_in_place_of_a_workbook_is_called_one(settings, book):
    with serve(whole(PAGE)) as site, pytest.raises(DigestMismatch) as caught:
        fetch(book, site.url, settings)
    assert "looks like a web page" in caught.value.render()
    assert not (settings.sources / "made-up" / "book.xlsx").exists()


@pytest.mark.parametrize("content", [PAGE, b"", b"PK\x03\x04cut"], ids=["web-page", "empty", "cut"])
def test_preparation_given_another_thing_than_a_workbook_says_what_it_begins_with(tmp_path, content):
    files = write_shehata(tmp_path, CLONES_HEADING)
    files[CLONES_FILE].write_bytes(content)
    with pytest.raises(UnexpectedContent, match=f"{CLONES_FILE} cannot be read as an Excel workbook") as caught:
        prepare_shehata(files)
    assert repr(content[:24]) in caught.value.render()
