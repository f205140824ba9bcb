"""docs/datasets and CITATION.cff are what the catalogue says, and the page of Jain tells its history."""

import pytest

from architecture.sources import REPOSITORY
from architecture.test_reference import load_script
from polyreact.datasets.accounts import load_accounts
from polyreact.datasets.catalog import load_dataset, load_revisions, load_source, source_ids
from polyreact.datasets.datasheet import render_account
from polyreact.datasets.prepared import ensure_prepared

datasheets = load_script("datasheets")
MADE = datasheets.render_all(load_accounts())
HOW = "run: python scripts/datasheets.py"


@pytest.mark.parametrize("path", MADE, ids=str)
def test_committed_file_is_current(path):
    assert (REPOSITORY / path).read_bytes().decode() == MADE[path].decode(), HOW


def test_no_other_file_stands_there():
    assert datasheets.find_stale(MADE) == [], HOW


@pytest.mark.parametrize("name", source_ids())
def test_every_source_has_a_page_that_the_index_leads_to(name):
    assert (REPOSITORY / "docs" / "datasets" / f"{name}.md").is_file()
    assert f"({name}.md)" in (REPOSITORY / "docs" / "datasets" / "README.md").read_text()


@pytest.mark.parametrize("dataset", load_revisions(), ids=lambda dataset: dataset.reference)
def test_every_set_is_on_its_page_with_its_rule_and_its_account(dataset):
    text = (REPOSITORY / "docs" / "datasets" / f"{dataset.source}.md").read_text()
    assert [line for line in text.splitlines() if f"`{dataset.reference}`" in line and dataset.label_rule in line]
    assert dataset.is_prepared == (dataset.key in load_accounts())
    assert all(annotation.meaning in text for annotation in dataset.annotations)


@pytest.mark.parametrize("dataset", load_revisions(), ids=lambda dataset: dataset.reference)
def test_every_set_has_croissant_metadata_or_a_reason_on_the_index(dataset):
    path = REPOSITORY / "docs" / "datasets" / "croissant" / f"{dataset.key}.json"
    index = (REPOSITORY / "docs" / "datasets" / "README.md").read_text()
    name = dataset.reference if f"| `{dataset.reference}` |" in index else dataset.id
    row = next(line for line in index.splitlines() if line.startswith(f"| `{name}` |"))
    assert path.is_file() == (f"croissant/{dataset.key}.json" in row)
    assert path.is_file() or "none: " in row


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", [dataset.reference for dataset in load_revisions() if dataset.is_prepared], ids=str
)
def test_committed_account_is_that_of_the_raw_files(name, real_settings):
    dataset = load_dataset(name)
    ensure_prepared(dataset, real_settings)
    made = datasheets.read_accounts([dataset], real_settings)[dataset.key]
    committed = load_accounts()[dataset.key]
    assert render_account(committed) == render_account(made), f"{HOW} --prepare"


def test_account_of_every_set_counts_its_antibodies():
    for key, account in load_accounts().items():
        dataset = next(dataset for dataset in load_revisions() if dataset.key == key)
        assert account.rows == dataset.positives + dataset.negatives
        if account.stages:
            first, last = (sum(stage.rows.values()) for stage in (account.stages[0], account.stages[-1]))
            assert (last, first - last) == (account.rows, sum(account.dropped.values()))


@pytest.mark.parametrize(
    "fact",
    [
        "two sets of 86",
        "jain_86_novo_parity.csv",
        "bavituximab",
        "bimagrumab",
        "eldelumab",
        "ganitumab",
        "infliximab",
        "polyreactive by name",
        "removed the 30 remaining specifics with the highest psr",
        "22+ trials",
        "66.28 %",
        "68.6 %",
        "[[40, 19], [10, 17]]",
        "[[40, 17], [10, 19]]",
        "fitted to the predictions of a model",
        "historical and unranked",
        "cannot be compared",
    ],
)
def test_page_of_jain_tells_the_history_of_the_sets_of_86(fact):
    page = (REPOSITORY / "docs" / "datasets" / "jain.md").read_text()
    history = page.partition("\n## History\n")[2].partition("\n## ")[0]
    assert fact in history.lower()


def test_history_agrees_with_the_published_matrices():
    """66.28 % and 68.6 % are the diagonals of the two matrices that the page prints."""
    assert round(100 * (40 + 17) / 86, 2) == 66.28
    assert round(100 * (40 + 19) / 86, 1) == 68.6
    jain, parity = load_dataset("jain"), load_dataset("jain-parity")
    assert (jain.negatives, jain.positives) == (40 + 17, 10 + 19)
    assert (parity.negatives, parity.positives) == (40 + 19, 10 + 17)


def test_page_of_jain_forbids_passing_on():
    sheet = load_source("jain").datasheet
    assert sheet.redistribution in (REPOSITORY / "docs" / "datasets" / "jain.md").read_text()
    assert "never redistribute" in sheet.redistribution
