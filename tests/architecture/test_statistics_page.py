"""The page on statistics is what its words and the simulated figures make, and every figure is on it."""

import json

import pytest

from architecture.test_reference import load_script

statistics_page = load_script("statistics_page")
FIGURES = json.loads(statistics_page.FIGURES.read_bytes())
#: Of each table a column of measured figures.
FIGURED = {
    **dict.fromkeys(("auroc", "auroc-narrow", "auroc-sizes", "pairs-equal", "pairs"), "the rule"),
    "shares": "Wilson",
    "counts": "MCC",
    "means": "log loss",
    "spearman": "covered",
    "groups": "accuracy",
    "curves": "ROC",
    "curves-groups": "PR",
    "swaps": "rank swap alone",
    "accuracies": "told apart",
    "pairs-groups": "AUROC holds",
    "boards": "mean width",
    "boards-equal": "separable of 105",
}


@pytest.mark.parametrize("page", statistics_page.PAGES, ids=lambda page: page.parent.name)
def test_page_is_current(page):
    assert page.read_text(encoding="utf-8") == statistics_page.render(), "run: python scripts/statistics_page.py"


@pytest.mark.parametrize("name", FIGURES)
def test_page_changes_with_every_table(name):
    """A figure that is no longer shown would be simulated for nothing."""
    rows = [dict(row) for row in FIGURES[name]["rows"]]
    for row in rows:
        row[FIGURED[name]] -= 0.001
    changed = {**FIGURES, name: {**FIGURES[name], "rows": rows}}
    assert statistics_page.render(changed) != statistics_page.render(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_page_tells_how_many_sets_each_table_is_made_from(name):
    changed = {**FIGURES, name: {**FIGURES[name], "runs": 123_457}}
    assert "123,457" in statistics_page.render(changed)
