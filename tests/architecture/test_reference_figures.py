"""The page of reference figures is what its words and figures make, and records say the same."""

import copy
import json

import pytest

from architecture.sources import REPOSITORY
from architecture.test_reference import load_script
from polyreact.results.store import ResultsStore

reference_page = load_script("reference_page")
OURS = json.loads(reference_page.FIGURES.read_bytes())
THEIRS = json.loads(reference_page.PUBLISHED.read_bytes())
SHOWN = reference_page.render()
R2 = [one for one in OURS["models"] if one["training"] == reference_page.R2]
RECORDS = {(one.submission.id, one.track): one for one in ResultsStore(REPOSITORY / "results").read_all()}


def test_page_is_current():
    text = reference_page.PAGE.read_text(encoding="utf-8")
    assert text == SHOWN, "run: python scripts/reference_page.py"


@pytest.mark.parametrize("place", range(len(OURS["models"])))
def test_page_changes_with_every_model(place):
    """A model that is no longer shown would be trained for nothing."""
    for at in reference_page.TEST_SETS:
        changed = copy.deepcopy(OURS)
        if at in changed["models"][place]["figures"]:
            changed["models"][place]["figures"][at]["roc_auc"]["value"] -= 0.001
            assert reference_page.render(changed) != SHOWN


@pytest.mark.parametrize("key", ["published", "esm1v_on_test_sets", "first_trial"])
def test_page_changes_with_every_published_figure(key):
    for place in range(len(THEIRS[key])):
        changed = copy.deepcopy(THEIRS)
        row = changed[key][place]
        figures = [
            name
            for name, value in row.items()
            if isinstance(value, float | int) and name not in ("of", "threshold")
        ]
        assert figures
        for figure in figures:
            row[figure] += 1 if isinstance(row[figure], int) else 0.001
        assert reference_page.render(published=changed) != SHOWN


def test_every_model_is_there_from_five_seeds_where_it_is_drawn():
    assert len(OURS["seeds"]) >= 5
    for one in OURS["models"]:
        if one["is_stochastic"]:
            assert len(one["figures"]["grouped"]["roc_auc"]["seeds"]) == len(OURS["seeds"])
    trees = [one for one in OURS["models"] if one["model"] == "descriptors-xgboost"]
    assert [(one["seeds"], one["is_stochastic"]) for one in trees] == [(len(OURS["seeds"]), False)] * 2
    drawn = {one["model"] for one in OURS["models"] if one["is_stochastic"]}
    assert drawn == {"antiberty-mlp", "descriptors-forest", "random-encoder"}


def test_intervals_hold_their_value_and_differences_say_what_their_test_says():
    for one in OURS["models"]:
        for figures in (*one["figures"].values(), *one["families"].values()):
            for found in figures.values():
                assert found["low"] <= found["value"] <= found["high"]
    for one in (*OURS["differences"], *OURS["revisions"]):
        assert one["low"] <= one["difference"] <= one["high"]
        is_told = one["p_value"] <= 0.05
        assert one["low"] >= 0 or one["high"] <= 0 if is_told else one["low"] <= 0 <= one["high"]
        assert one["better"] + one["worse"] <= one["pairs"]


#: The zoo's isoelectric point is another one, Biopython's.
RUN_AS_WELL = [
    (one, track)
    for one in R2
    for track in sorted(one["figures"].keys() & set(reference_page.TEST_SETS))
    if one["model"] != "isoelectric-point" and (f"polyreact-{one['model']}", track) in RECORDS
]


@pytest.mark.parametrize(
    ("one", "track"), RUN_AS_WELL, ids=lambda part: part if isinstance(part, str) else part["model"]
)
def test_figures_of_the_sandbox_are_the_same(one, track):
    """The same model, trained by the pipeline here and run in a container there, on the same antibodies."""
    record, found = RECORDS[f"polyreact-{one['model']}", track], one["figures"][track]["roc_auc"]
    ours = found.get("seeds", [found["value"]])[0]  # the zoo has the first
    assert record.score is not None
    assert ours == pytest.approx(record.score.metrics["roc_auc"].value, abs=1e-4)


def test_published_figures_are_those_of_the_datasheet():
    """Two pages of one figure: the counts that the datasheet of Jain gives make the accuracy here."""
    said = {(one["set"], one["source"]): one for one in THEIRS["esm1v_on_test_sets"]}
    jain = (REPOSITORY / "docs" / "datasets" / "jain.md").read_text(encoding="utf-8")
    for key, matrix in (
        (("jain", "Sakhnini 2025"), [[40, 17], [10, 19]]),
        (("jain-parity", "the ancestor"), [[40, 19], [10, 17]]),
    ):
        assert str(matrix) in jain
        assert (said[key]["right"], said[key]["of"]) == (matrix[0][0] + matrix[1][1], sum(map(sum, matrix)))
