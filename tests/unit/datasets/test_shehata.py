from collections import Counter

import pytest

from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC
from polyreact.datasets.prepare.shehata import CLONES_FILE, prepare_shehata
from polyreact.errors import UnexpectedContent
from unit.datasets.excel import CLONES_HEADING, write_shehata, write_xlsx


def test_shehata_high_psr_is_polyreactive_and_nd_and_footnotes_are_counted(tmp_path):
    files = write_shehata(
        tmp_path,
        ["A-1", "naive", 0, "EVQ", "DIQ"],
        ["A-2", "naive", 0.33, "EVQL", "DIQ"],
        ["A-3", "naive", 0.331, "EVQLV", "DIQ"],
        ["A-4", "naive", "ND", "EVQLVE", "DIQ"],
        ["Beige background indicates a difference from human germline.", None, None, None, None],
        ["ND, not determined", None, None, None, None],
    )
    preparation = prepare_shehata(files)
    assert {row.name: row.label for row in preparation.rows} == {
        "A-1": SPECIFIC,
        "A-2": SPECIFIC,
        "A-3": POLYREACTIVE,
    }
    assert preparation.dropped == Counter({"footnote, not an antibody": 2, "PSR not determined (ND)": 1})


def test_shehata_alignment_gaps_are_removed_and_counted(tmp_path):
    files = write_shehata(tmp_path, ["A-1", "naive", 0, "EV--QL", "DIQ"], ["A-2", "naive", 0, "EVK", "D-IQ"])
    preparation = prepare_shehata(files)
    assert [(row.sequence, row.light_sequence) for row in preparation.rows] == [("EVQL", "DIQ"), ("EVK", "DIQ")]
    assert preparation.changed == Counter(
        {"alignment gaps removed from the VH": 1, "alignment gaps removed from the VL": 1}
    )


@pytest.mark.parametrize("score", ["nd", "not determined", None, "0.5"])
def test_shehata_unknown_word_in_place_of_a_score_is_refused(tmp_path, score):
    with pytest.raises(UnexpectedContent) as caught:
        prepare_shehata(write_shehata(tmp_path, ["A-1", "naive", score, "EVQ", "DIQ"]))
    assert "column `PSR Score`: expected a number or `ND`" in caught.value.render()


@pytest.mark.parametrize("sequence", ["EVX", "---", "EV Q", None])
def test_shehata_sequence_with_other_letters_is_refused(tmp_path, sequence):
    with pytest.raises(UnexpectedContent) as caught:
        prepare_shehata(write_shehata(tmp_path, ["A-1", "naive", 0, sequence, "DIQ"]))
    assert "row 2" in caught.value.render()
    assert "column `VH Protein`" in caught.value.render()


def test_shehata_score_and_kind_of_b_cell_stand_beside_the_label(tmp_path):
    files = write_shehata(tmp_path, ["A-1", "Naïve", 0, "EVQ", "DIQ"], ["A-2", "LLPCs", 0.5, "EVK", "DIQ"])
    assert [row.annotations for row in prepare_shehata(files).rows] == [
        (("psr", "0.0"), ("b_cell_subset", "Naïve")),
        (("psr", "0.5"), ("b_cell_subset", "LLPCs")),
    ]


@pytest.mark.parametrize("column", CLONES_HEADING)
def test_shehata_missing_column_is_named(tmp_path, column):
    heading = [name for name in CLONES_HEADING if name != column]
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_shehata(write_shehata(tmp_path, ["A-1", "naive", 0, "EVQ"], heading=heading))
    assert f"expected one column `{column}`, found 0" in caught.value.render()


def test_shehata_other_sheet_name_lists_what_is_there(tmp_path):
    path = write_xlsx(tmp_path / CLONES_FILE, "Tabelle1", [CLONES_HEADING])
    with pytest.raises(UnexpectedContent, match="E503") as caught:
        prepare_shehata({CLONES_FILE: path})
    assert "expected `Sheet1`, found Tabelle1" in caught.value.render()
