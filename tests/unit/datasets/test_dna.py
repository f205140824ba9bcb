import pytest

from polyreact.datasets.prepare.dna import read_dna, translate
from polyreact.errors import UnexpectedContent


def read(folder, content):
    path = folder / "chains.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_dna(path)


def test_dna_records_are_joined_and_read_in_upper_case(tmp_path):
    records = read(tmp_path, ">A 1  (652 bp) \r\nacgt\r\nNNry\r\n\r\n>\r\n  ACG \r\n")
    assert [(r.line, r.title, r.bases) for r in records] == [(1, "A 1  (652 bp)", "ACGTNNRY"), (5, "", "ACG")]


def test_dna_file_without_last_newline_is_whole(tmp_path):
    assert [record.bases for record in read(tmp_path, ">\nACG\n>\nTTT")] == ["ACG", "TTT"]


BAD = {
    "letter-outside-iupac": (">\nACG\nACJT\n", "line 3", "'J' is no base"),
    "protein": (">\nEVQLVESGG\n", "line 2", "'E' is no base"),
    "gap": (">\nAC-GT\n", "line 2", "'-' is no base"),
    "blank-between-bases": (">\nACG TTT\n", "line 2", "' ' is no base"),
    "form-feed-between-bases": (">\nACG\x0cTTT\n", "line 2", "'\\x0c' is no base"),
    "vertical-tab-between-bases": (">\nACG\x0bTTT\n", "line 2", "'\\x0b' is no base"),
    "separator-at-the-end": (">\nACG\x1c\n", "line 2", "'\\x1c' is no base"),
    "lines-that-end-in-CR": (">\rACG\r>\rTTT\r", "line 1", "has no bases"),
    "uracil": (">\nacgu\n", "line 2", "'u' is no base"),
    "no-heading": ("ACGT\n", "line 1", "stands before the first record"),
    "web-page": ("<!DOCTYPE html>\n", "line 1", "stands before the first record"),
    "empty": ("", "content", "no record"),
    "blank": ("\n \n", "content", "no record"),
    "record-without-bases": (">a\n>b\nACG\n", "line 1", "has no bases"),
    "cut-after-heading": (">a\nACG\n>b\n", "line 3", "has no bases"),
    "no-text": (b">\nAC\xff\n", "byte 5", "expected ASCII"),
    "compressed": (b"\x1f\x8b\x08\x00", "byte 2", "expected ASCII"),
}


@pytest.mark.parametrize(("content", "where", "said"), BAD.values(), ids=BAD.keys())
def test_dna_file_that_is_another_is_refused_with_its_place(tmp_path, content, where, said):
    with pytest.raises(UnexpectedContent, match="is not as its preparation knows it") as caught:
        read(tmp_path, content)
    (finding,) = caught.value.findings
    assert finding.where == where
    assert said in finding.message


def test_dna_every_defect_is_named(tmp_path):
    with pytest.raises(UnexpectedContent) as caught:
        read(tmp_path, "ACG\n>\nAC.\n>\n>\nJJJ\n")
    assert [finding.where for finding in caught.value.findings] == ["line 1", "line 3", "line 6", "line 4"]


TRANSLATIONS = {
    "ATGTGGTAA": "MW*",
    "ATGTG": "M",
    "AT": "",
    "NNN": "X",
    "GTN": "V",  # all four are valine
    "TAR": "*",  # both are stops
    "TAN": "X",  # stop or tyrosine
    "TGR": "X",  # stop or tryptophan
    "RAY": "X",  # asparagine or aspartate
    "MTM": "X",
    "YTA": "L",
    "ATGNNNATG": "MXM",
}


@pytest.mark.parametrize(("bases", "residues"), TRANSLATIONS.items())
def test_dna_is_translated_where_all_readings_agree(bases, residues):
    assert translate(bases) == residues
