import pytest

from polyreact.datasets.prepare.counted_flags import read_counts
from polyreact.errors import UnexpectedContent
from polyreact.numbering import number_domain
from unit.datasets.clones import COUNTED, VH, VL


def read(folder, *lines, expected=1):
    path = folder / "counts.dat"
    path.write_text("".join(f"{line}\n" for line in lines))
    return read_counts(path, panel=7, lines=expected)


def test_counts_line_is_six_cdrs_and_a_count(tmp_path):
    (row,) = read(tmp_path, COUNTED.replace(" ", "   ") + "   3.0")
    assert row.light == ("QDVNTA", "SAS", "QQHYTTPPTF")
    assert row.heavy == ("GGSFSTYA", "VIPLLT", "AREGTTGKPIGAFAHW")
    assert row.flags == 3


FITTING = {
    "same": COUNTED,
    "longer-at-the-left": COUNTED.replace(" SAS", " IYSAS"),
    "shorter-at-the-left": COUNTED.replace("AREG", "EG"),
    "without-118": COUNTED.replace("PPTF", "PPT"),
}
OTHER = {
    "other-residue": COUNTED.replace("VIPLLT", "VIPLLS"),
    "unknown-residue": COUNTED.replace("VIPLLT", "VIPXLT"),
    "too-short": COUNTED.replace("GGSFSTYA", "GGSF"),
    "elsewhere": COUNTED.replace("SAS", "SRS"),
    "chains-exchanged": " ".join([*COUNTED.split()[3:], *COUNTED.split()[:3]]),
}


@pytest.mark.parametrize("line", FITTING.values(), ids=FITTING.keys())
def test_counts_line_fits_where_its_cdrs_stand(tmp_path, line):
    (row,) = read(tmp_path, f"{line} 3.0")
    assert row.fits(number_domain(VH), number_domain(VL))


@pytest.mark.parametrize("line", OTHER.values(), ids=OTHER.keys())
def test_counts_line_of_another_antibody_does_not_fit(tmp_path, line):
    (row,) = read(tmp_path, f"{line} 3.0")
    assert not row.fits(number_domain(VH), number_domain(VL))


BAD = {
    "five-cdrs": " ".join(COUNTED.split()[1:]) + " 3.0",
    "no-count": COUNTED,
    "half-a-flag": f"{COUNTED} 3.5",
    "above-the-panel": f"{COUNTED} 8.0",
    "yes": f"{COUNTED} Y",
    "lower-case": f"{COUNTED.lower()} 3.0",
    "blank-line": "",
    "web-page": "<!DOCTYPE html>",
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
def test_counts_line_that_is_another_is_refused(tmp_path, line):
    with pytest.raises(UnexpectedContent) as caught:
        read(tmp_path, f"{COUNTED} 3.0", line, expected=2)
    assert [finding.where for finding in caught.value.findings] == ["line 2"]


def test_counts_file_that_was_cut_short_is_refused(tmp_path):
    with pytest.raises(UnexpectedContent) as caught:
        read(tmp_path, f"{COUNTED} 3.0", expected=2)
    assert "expected 2 lines, found 1" in caught.value.render()
