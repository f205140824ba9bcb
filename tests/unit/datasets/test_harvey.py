import csv
from pathlib import Path
from types import SimpleNamespace

import pytest

from polyreact import numbering
from polyreact.datasets.prepare.harvey import prepare_harvey
from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC
from polyreact.errors import UnexpectedContent
from polyreact.numbering import Chain

HEADING = ["seq", "CDR1_nogaps", "CDR2_nogaps", "CDR3_nogaps", "label"]
CDRS = ("GSTFAYYA", "AIDDSGST", "NAQPDGTYDY")


def nanobody(cdr1: str, cdr2: str, cdr3: str) -> str:
    """A domain on the scaffold of the library. CDR2 begins a residue before IMGT's, as in the source."""
    framework = ("QVQLVESGGGLVQAGGSLRLSCAAS", "MGWYRQAPGKERELV", "NYADSVKGRFTISRDNAKNTVYLQMNSLKPEDTAVYYC")
    return f"{framework[0]}{cdr1}{framework[1]}{cdr2}{framework[2]}{cdr3}WGQGTQVTVSS"


def row(cdr1=CDRS[0], cdr2=CDRS[1], cdr3=CDRS[2], label="0") -> list[str]:
    return [nanobody(cdr1, cdr2, cdr3), cdr1, cdr2, cdr3, label]


def write(folder: Path, *rows: list[str], split: str = "test", heading: list[str] = HEADING) -> dict[str, Path]:
    path = folder / f"{split}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, *rows])
    return {path.name: path}


def refuse(files: dict[str, Path]) -> str:
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_harvey(files)
    return caught.value.render()


def refuse_text(folder: Path, content: bytes) -> str:
    path = folder / "test.csv"
    path.write_bytes(content)
    return refuse({path.name: path})


def with_sequence(sequence: str) -> list[str]:
    return [sequence, "", "", "", "0"]


def test_harvey_rows_keep_sequence_label_and_their_place_in_the_split(tmp_path):
    files = write(tmp_path, row(), row(cdr3="AADLYGTYDY", label="1"))
    preparation = prepare_harvey(files)
    assert [(r.name, r.label, r.light_sequence) for r in preparation.rows] == [
        ("test_000001", SPECIFIC, ""),
        ("test_000002", POLYREACTIVE, ""),
    ]
    assert preparation.rows[0].sequence == nanobody(*CDRS)
    assert not preparation.dropped
    assert not preparation.changed


def test_harvey_all_three_files_are_one_set_and_the_split_is_kept(tmp_path):
    """The set `harvey`, whose train.csv is at hand nowhere here."""
    files = {}
    for split, cdr3 in (("validation", "AAG"), ("test", "AAS"), ("train", "AAT")):
        files |= write(tmp_path, row(cdr3=f"{cdr3}YGTYDY"), row(cdr3=f"{cdr3}RGTYDY"), split=split)
    rows = prepare_harvey(files).rows
    assert len(rows) == 6
    assert {(r.name, dict(r.annotations)["split"]) for r in rows} == {
        (f"{split}_00000{number}", split) for split in ("train", "validation", "test") for number in (1, 2)
    }


def test_harvey_group_is_the_combination_of_three_cdrs_across_files(tmp_path):
    same = row()
    same[0] = same[0].replace("QVQLVE", "QVQLQE")
    files = write(tmp_path, row(), row(cdr1="GSTFAYYV"), split="validation")
    files |= write(tmp_path, same, row(cdr2="AIDDSGSA"), row(cdr3="NAQPDGTYDF"))
    groups = {r.name: dict(r.annotations)["cdr_group"] for r in prepare_harvey(files).rows}
    assert groups["validation_000001"] == groups["test_000001"]
    assert len(set(groups.values())) == 4
    assert all(group.startswith("cdrs-") and len(group) == 17 for group in groups.values())


def test_harvey_group_does_not_join_residues_of_different_cdrs(tmp_path):
    """The same letters in a row, with another border between CDR1 and CDR2."""
    whole = row()[0]
    files = write(tmp_path, [whole, "GSTF", "YYAMG", "NAQ", "0"], ["A" + whole, "GSTFY", "YAMG", "NAQ", "0"])
    first, second = prepare_harvey(files).rows
    assert dict(first.annotations)["cdr_group"] != dict(second.annotations)["cdr_group"]


def test_harvey_row_that_cannot_be_numbered_stays_and_says_so(tmp_path):
    cut_off = nanobody(*CDRS)[:54]
    files = write(tmp_path, row(), with_sequence("M" * 60), [cut_off, "GSTFAYYA", "AID", "", "1"])
    assert [dict(r.annotations)["numbered"] for r in prepare_harvey(files).rows] == ["yes", "no", "empty CDR"]


def test_harvey_cdr_without_some_residues_of_the_sequence_is_the_sources_habit(tmp_path):
    """Its numbering lost insertions, so that a CDR is not always a piece of the sequence."""
    files = write(tmp_path, [nanobody(CDRS[0], "AISSGTGSRT", CDRS[2]), CDRS[0], "AISSGGSRT", CDRS[2], "0"])
    assert len(prepare_harvey(files).rows) == 1


@pytest.mark.parametrize(
    ("sequence", "found"),
    [
        ("QVQ*LVE", "found '*' as residue 4"),
        ("QVQ-LVE", "found '-' as residue 4"),
        ("qVQLVE", "found 'q' as residue 1"),
        ("QVQ LVE", "found ' ' as residue 4"),
        ("QVQLVEX", "found 'X' as residue 7"),
        ("", "found nothing"),
    ],
)
def test_harvey_sequence_with_other_letters_is_refused(tmp_path, sequence, found):
    text = refuse(write(tmp_path, row(), with_sequence(sequence)))
    assert "test.csv, line 3" in text
    assert f"column `seq`: expected standard amino acids in upper case, {found}" in text


@pytest.mark.parametrize("label", ["2", "", "1.0", "yes", " 1", "-1", "nan"])
def test_harvey_label_other_than_0_or_1_is_refused(tmp_path, label):
    text = refuse(write(tmp_path, row(label=label)))
    assert "test.csv, line 2" in text
    assert "column `label`: expected 0 or 1, found" in text


@pytest.mark.parametrize(
    ("cdrs", "column"),
    [
        (("WWWW", CDRS[1], CDRS[2]), "CDR1_nogaps"),
        ((CDRS[0], "AID-DSGST", CDRS[2]), "CDR2_nogaps"),
        ((CDRS[0], CDRS[1], CDRS[0]), "CDR3_nogaps"),
    ],
    ids=["elsewhere", "gap", "before-the-others"],
)
def test_harvey_cdr_that_is_not_in_the_sequence_is_refused(tmp_path, cdrs, column):
    text = refuse(write(tmp_path, [nanobody(*CDRS), *cdrs, "0"]))
    assert f"column `{column}`: expected residues of `seq` in their order, found" in text


@pytest.mark.parametrize(
    "heading",
    [HEADING[:-1], [*HEADING, "split"], [*HEADING[:-1], "Label"], HEADING[::-1], []],
    ids=["column-missing", "column-more", "other-name", "other-order", "none"],
)
def test_harvey_other_heading_names_both(tmp_path, heading):
    text = refuse(write(tmp_path, row(), heading=heading))
    assert "test.csv, line 1" in text
    assert f"expected the columns {','.join(HEADING)}, found" in text


@pytest.mark.parametrize("cells", [0, 1, 4, 6])
def test_harvey_row_with_another_number_of_columns_is_refused(tmp_path, cells):
    text = refuse(write(tmp_path, row(), [*row(), "more"][:cells]))
    assert "test.csv, line 3" in text
    assert f"expected 5 columns, found {cells}" in text


def test_harvey_sequence_given_twice_names_both_places_in_one_file_and_across(tmp_path):
    files = write(tmp_path, row(), row(label="1"), split="validation") | write(tmp_path, row())
    text = refuse(files)
    assert "validation.csv, line 3" in text
    assert "test.csv, line 2" in text
    assert text.count("already stands in validation.csv, line 2") == 2


def test_harvey_every_defect_of_every_file_is_given_at_once(tmp_path):
    bad = row(cdr1="WWWWWWWW", label="7")
    bad[0] = "QVX"
    files = write(tmp_path, row(), row(), bad, split="validation") | write(tmp_path, ["one cell"], row(label="x"))
    with pytest.raises(UnexpectedContent) as caught:
        prepare_harvey(files)
    assert [finding.where for finding in caught.value.findings] == [
        *["validation.csv, line 4"] * 3,
        "test.csv, line 2",
        "test.csv, line 3",
        "validation.csv, line 3",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "found '<!DOCTYPE html>"),
        (b"", "found nothing"),
        (b"\xef\xbb\xbfseq,CDR1_nogaps,CDR2_nogaps,CDR3_nogaps,label\n", r"found '\ufeffseq"),
        (b"seq,CDR1_nogaps,CDR2_nogaps,CDR3_nogaps,label\nQVQ\xe9,,,,0\n", "byte 50: expected UTF-8 text"),
        (b"PK\x03\x04\xff\xfe", "byte 5: expected UTF-8 text"),
        (b"seq,CDR1_nogaps,CDR2_nogaps,CDR3_nogaps,label\n", "expected nanobodies below the heading, found none"),
        (b'seq,CDR1_nogaps,CDR2_nogaps,CDR3_nogaps,label\n"QVQ,,,,0\n', "expected CSV: "),
        (b'seq,CDR1_nogaps,CDR2_nogaps,CDR3_nogaps,label\n"QVQ"L,,,,0\n', "expected CSV: "),
    ],
    ids=[
        "web-page",
        "empty",
        "byte-order-mark",
        "latin-1",
        "workbook",
        "heading-only",
        "open-quote",
        "text-after-quote",
    ],
)
def test_harvey_file_of_another_kind_is_refused(tmp_path, content, said):
    text = refuse_text(tmp_path, content)
    assert said in text
    assert "test.csv" in text


def test_harvey_row_cut_off_at_the_end_of_a_download_is_refused(tmp_path):
    files = write(tmp_path, row(), row(cdr3="AADLYGTYDY"))
    content = files["test.csv"].read_bytes()
    assert "expected 5 columns, found 1" in refuse_text(tmp_path, content[: -len(CDRS[0]) - 40])


@pytest.mark.parametrize("rows", [10, 40])
def test_harvey_cost_is_one_call_of_the_numbering_library_for_each_nanobody(tmp_path, monkeypatch, rows):
    """What keeps the cost linear: the library, most of it, sees each sequence once and one kind of chain."""
    asked: list[tuple[tuple[Chain, ...], str]] = []
    load = numbering._annotator

    def watched(chains: tuple[Chain, ...]) -> SimpleNamespace:
        def number(sequence: str) -> object:
            asked.append((chains, sequence))
            return load(chains).number(sequence)

        return SimpleNamespace(number=number)

    monkeypatch.setattr(numbering, "_annotator", watched)
    letters = "ACDEFGHIKLMNPQRSTVWY"
    made = [row(cdr3=f"NA{letters[n // 20]}{letters[n % 20]}DGTYDY") for n in range(rows)]
    prepare_harvey(write(tmp_path, *made))
    assert asked == [((Chain.HEAVY,), sequence) for sequence, *_ in made]
