"""Pages made from a source, accounts and overlaps that are small enough to know by heart."""

from dataclasses import replace

import pytest

from polyreact.datasets.catalog import Annotation, Dataset, Source, SourceFile
from polyreact.datasets.datasheet import (
    Account,
    MeasuredOverlap,
    parse_account,
    render_account,
    render_index,
    render_page,
)
from polyreact.datasets.description import Datasheet, Publication
from polyreact.datasets.overlap import Compared, Region, Summary
from polyreact.datasets.prepare.interface import Stage
from polyreact.files import Sha256

DIGEST = Sha256("ab" * 32)
SET = Dataset(
    id="made",
    source="made",
    revision=1,
    title="Made up",
    label_rule="Above 1 | below 1.",
    is_prepared=True,
    preparation="made",
    files=("a.csv",),
    positives=29,
    negatives=57,
    inputs_sha256=DIGEST,
    labels_sha256=Sha256("cd" * 32),
    annotations=(Annotation("psr", "score from 0 to 1"), Annotation("clone", "relatives")),
    assay_column="psr",
    group_column="clone",
)
SOURCE = Source(
    id="made",
    title="Made up (2020)",
    citation="Ax B. T. J 1:2 (2020)",
    doi="10.1234/x",
    species="mouse",
    assay="ELISA",
    files=(SourceFile("a.csv", "https://example.invalid/a.csv", "ours", "0" * 40, DIGEST, 2048),),
    datasets=(SET, replace(SET, revision=2, erratum="One label was wrong.", label_rule="Above 2.")),
    publication=Publication(("Ax, B.",), "T", "J", "1", "2", 2020),
    datasheet=Datasheet(
        "What it is.", ("First.", "Then."), "CC BY.", "May be passed on.", ("CC-BY-4.0",), ("Small.",)
    ),
)
ACCOUNT = Account(
    rows=86,
    stages=(Stage("published", {"flu": 100, "hiv": 1200}), Stage("read", {"flu": 80})),
    dropped={"no name": 3},
    changed={"cut": 2},
)
SUMMARY = Summary(Compared(86, 1, 914, 0), 0, 0.6, 0.7951, 0.9187, (0, 3, 37))
OVERLAP = MeasuredOverlap("made@1", "other@2", {Region.VH: SUMMARY, Region.H_CDR3: SUMMARY})


def page(source=SOURCE, accounts=None, overlaps=(OVERLAP,)):
    return render_page(source, {"made-r1": ACCOUNT} if accounts is None else accounts, overlaps)


def section(text: str, title: str) -> str:
    """The text of a section, and nothing of the next one."""
    assert text.count(f"\n## {title}\n") == 1, f"no section {title}"
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_page_has_every_section_once_and_in_this_order():
    found = [line.removeprefix("## ") for line in page().splitlines() if line.startswith("## ")]
    assert found == [
        "How it is made",
        "Label rule of each revision",
        "What is left out, and what is changed",
        "Columns beside the label",
        "Assay and species",
        "Licence and redistribution",
        "Citation",
        "Errata",
        "Known issues",
        "Overlap with other sets",
        "What differences it can resolve",
        "Use",
    ]


def test_page_tells_the_rule_of_every_revision_and_the_erratum_of_the_second():
    assert "- `made@2`: Above 2." in section(page(), "Label rule of each revision")
    assert section(page(), "Errata").strip() == "- `made@2`: One label was wrong."


def test_page_tells_the_rule_that_sets_share_once():
    shared = replace(SOURCE, datasets=(SET, replace(SET, id="other")))
    assert "- `made@1`, `other@1`: Above 1 | below 1." in section(page(shared), "Label rule of each revision")


def test_page_gives_stages_with_their_sum_and_with_zero_where_nothing_is_left():
    left_out = section(page(), "What is left out, and what is changed")
    assert "| published | 1,300 | 100 | 1,200 |" in left_out
    assert "| read | 80 | 80 | 0 |" in left_out
    assert "| no name | 3 |" in left_out
    assert "| cut | 2 |" in left_out


def test_page_says_which_set_has_no_account_and_which_lost_nothing():
    assert "without counts: `made@2`" in page()
    complete = {key: Account(86, (), {}, {}) for key in ("made-r1", "made-r2")}
    assert "Nothing is left out" in section(page(accounts=complete), "What is left out, and what is changed")
    assert "Nothing is left out" not in page(accounts={})


def test_page_gives_the_overlap_with_the_definition_of_identity():
    overlap = section(page(), "Overlap with other sets")
    assert "BLOSUM62" in overlap
    assert "| `made@1` | `other@2` | VH | 85 | 0 | 0.795 | 0.919 | 0 | 3 | 37 |" in overlap
    assert "| H-CDR3 |" in overlap


def test_page_gives_overlaps_that_the_source_is_the_reference_of_and_no_others():
    turned = MeasuredOverlap("other@1", "made@2", {Region.VH: SUMMARY})
    foreign = MeasuredOverlap("other@1", "third@1", {Region.VH: SUMMARY})
    overlap = section(page(overlaps=(turned, foreign)), "Overlap with other sets")
    assert "`other@1` | `made@2`" in overlap
    assert "third" not in overlap
    assert section(page(overlaps=(foreign,)), "Overlap with other sets").strip() == "Not measured."


def test_page_shows_a_summary_of_nothing_as_a_dash():
    nothing = Summary(Compared(5, 5, 9, 0), 0, None, None, None, (0, 0, 0))
    assert "| 0 | 0 | - | - | 0 | 0 | 0 |" in page(
        overlaps=(MeasuredOverlap("made@1", "o@1", {Region.VH: nothing}),)
    )


def test_page_tells_what_can_be_resolved_and_that_groups_make_it_coarser():
    resolution = section(page(), "What differences it can resolve")
    assert "| `made@1` | 57 | 29 | 0.059 | 0.165 | 0.128 |" in resolution
    assert "approximation" in resolution
    assert "supersedes" in resolution
    assert "independent" in resolution
    alone = replace(SOURCE, datasets=(replace(SET, group_column=""),))
    assert "independent" not in section(page(alone), "What differences it can resolve")


def test_page_names_the_columns_with_their_meaning_and_use():
    columns = section(page(), "Columns beside the label")
    assert "| `psr` | score from 0 to 1 | `made@2`, `made@1` |" in columns
    assert "`psr` is the measurement that comes with the label" in columns
    assert "`clone` names antibodies that are not independent" in columns


def test_page_gives_licence_files_and_the_article():
    licence = section(page(), "Licence and redistribution")
    assert "CC BY." in licence
    assert "May be passed on." in licence
    assert (
        "[`a.csv`](https://example.invalid/a.csv) | 2.0 | `abababababab` | ours | `made@2`, `made@1` |" in licence
    )
    assert "@article{made2020," in section(page(), "Citation")


def test_page_says_of_a_file_without_sha256_its_git_blob_id():
    unknown = replace(SOURCE.files[0], sha256=None, size_bytes=None)
    assert "unknown | git blob `000000000000`" in page(replace(SOURCE, files=(unknown,)))


def test_page_has_a_history_only_where_there_is_one():
    told = replace(SOURCE, datasheet=replace(SOURCE.datasheet, history=("It began.", "It went on.")))
    assert section(page(told), "History").strip() == "It began.\n\nIt went on."
    assert "## History" not in page()


def test_page_of_a_source_without_datasheet_or_publication_has_what_is_known():
    bare = replace(SOURCE, datasheet=None, publication=None, doi="")
    text = page(bare)
    assert "## How it is made" not in text
    assert "@misc{made," in text
    assert "None" not in text.replace("None:", "")


def test_cell_with_a_bar_breaks_no_table():
    rows = render_index([replace(SOURCE, title="a|b")]).splitlines()
    assert [line for line in rows if "a\\|b" in line]


def test_index_links_pages_and_metadata_and_says_why_there_is_none():
    index = render_index([SOURCE])
    assert "[Made up (2020)](made.md)" in index
    assert "(croissant/made-r2.json)" in index
    assert "| `made@1` |" in index
    unprepared = replace(SOURCE, datasets=(replace(SET, is_prepared=False),))
    assert "not prepared yet" in render_index([unprepared])


def test_account_is_read_again_as_it_was_written():
    assert parse_account(render_account(ACCOUNT)) == ACCOUNT


@pytest.mark.parametrize(
    "wrong", [{}, {"rows": "x", "dropped": {}, "changed": {}}, {"rows": 1, "dropped": [], "changed": {}}]
)
def test_account_that_is_none_is_refused(wrong):
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_account(wrong)
