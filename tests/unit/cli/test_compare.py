"""`polyreact compare`."""

import re
from dataclasses import replace

import pytest

from fakes.engine import FakeEngine
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A good and a poor submission on the demo track, in results/ of the current folder."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(cache=tmp_path / "cache", mirror=None, engine=None)
    evaluation = Evaluation(FakeEngine(answers), ResultsStore(tmp_path / "results"), settings)
    by_length = FakeEngine(lambda data, output: answers(data, output, lambda sequence: float(len(sequence))))
    evaluate(evaluation, [candidate(name="lab-good")], [load_track("demo")])
    evaluate(replace(evaluation, engine=by_length), [candidate(name="lab-poor")], [load_track("demo")])


def test_comparison_is_told_in_words_from_the_side_of_the_first(polyreact, published):
    ended = polyreact("compare", "lab-poor", "lab-good", "--track", "demo")
    assert ended.status == 0, ended.err
    track, auroc, accuracy, agreement = ended.out.splitlines()
    assert track == "demo: lab-poor less lab-good"
    assert auroc.startswith("  AUROC: lab-good is better: .")
    assert ", p < .001" in auroc
    assert accuracy.startswith("  accuracy: ")
    counts = re.fullmatch(
        r"  agreement: both are right on (\d+) of 300 antibodies, only lab-poor on (\d+), only lab-good on (\d+), "
        r"neither on (\d+)",
        agreement,
    )
    assert sum(map(int, counts.groups())) == 300


def test_without_a_track_every_common_one_is_told(polyreact, published):
    assert polyreact("compare", "lab-good", "lab-poor").out.splitlines()[0] == "demo: lab-good less lab-poor"


def test_comparison_as_json_has_the_figures_and_the_words(polyreact, published):
    (told,) = polyreact("compare", "lab-good", "lab-poor", "--json").data
    assert (told["track"], told["first"], told["second"]) == ("demo", "lab-good", "lab-poor")
    assert told["auroc"]["low"] < told["auroc"]["difference"] < told["auroc"]["high"]
    assert told["auroc"]["in_words"].startswith("lab-good is better: .")
    assert set(told["accuracy"]) == {"difference", "low", "high", "p_value", "test", "standard_error", "in_words"}
    assert set(told["agreement"]) == {"both", "only_first", "only_second", "neither", "in_words"}
    counts, gap = told["agreement"], told["accuracy"]["difference"]
    assert (counts["only_first"] - counts["only_second"]) / 300 == pytest.approx(gap)
    assert f"only lab-good on {counts['only_first']}," in counts["in_words"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("lab-good", "lab-good"), "E103", "cannot be compared with itself"),
        (("lab-good", "lab-nobody"), "E101", "Known: lab-good, lab-poor."),
        (("lab-good", "lab-poor", "--track", "jain"), "E101", "submission with a score on jain"),
        (("lab-good", "lab-poor", "--track", "mars"), "E101", "there is no track called `mars`"),
    ],
)
def test_what_cannot_be_compared_is_told(polyreact, published, arguments, code, words):
    ended = polyreact("compare", *arguments)
    assert ended.status == 2
    assert code in ended.err
    assert words in ended.err


def test_submissions_without_a_common_track_are_told(polyreact, published, tmp_path):
    (tmp_path / "results" / "lab-poor" / "demo.json").unlink()
    ended = polyreact("compare", "lab-good", "lab-poor")
    assert ended.status == 2
    assert "Known: lab-good." in ended.err
