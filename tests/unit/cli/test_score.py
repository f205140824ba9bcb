"""`polyreact score`."""

import re
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "data" / "predictions"
LABELS = "sequence_id,label\ns0001,0\ns0002,1\ns0003,0\n"


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(LABELS)
    return path


def test_score_prints_every_metric_and_the_counts(polyreact, labels):
    ended = polyreact("score", "--predictions", FIXTURES / "good.csv", "--labels", labels)
    assert (ended.status, ended.err) == (0, "")
    shown = " ".join(ended.out.split())
    assert "Accuracy 0.6667 0.208 to 0.939 0 to 1, higher is better, from predictions" in shown
    assert re.search(r"Matthews correlation 0\.5000 -0\.\d{3} to \d\.\d{3} -1 to 1, higher is better", shown)
    assert "Area under the ROC curve 0.5000 none no interval: an interval needs two polyreactive" in shown
    assert "Brier score n/a the submission does not declare its score a probability" in shown
    assert "3 antibodies: 2 specific, 1 polyreactive" in ended.out


def test_score_as_json_has_the_scoring_version_and_full_precision(polyreact, labels):
    data = polyreact("score", "--predictions", FIXTURES / "good.csv", "--labels", labels, "--json").data
    assert data["scoring_version"] == 2
    accuracy = data["metrics"]["accuracy"]
    assert (accuracy["value"], accuracy["reason"], accuracy["interval"]["method"]) == (2 / 3, None, "Wilson")
    assert data["interval_level"] == 0.95
    assert data["metrics"]["brier"]["value"] is None
    assert data["confusion"] == {
        "true_negatives": 1,
        "false_positives": 1,
        "false_negatives": 0,
        "true_positives": 1,
    }


def test_score_of_declared_probabilities_has_ten_bins_and_a_loss_without_upper_end(polyreact, labels, tmp_path):
    predictions = tmp_path / "predictions.csv"
    predictions.write_text("sequence_id,prediction,score\ns0001,0,0.2\ns0002,1,0.95\ns0003,0,0.2\n")
    options = ("--predictions", predictions, "--labels", labels, "--probability")
    bins = polyreact("score", *options, "--json").data["reliability"]
    assert len(bins) == 10
    assert bins[1] == {"above": 0.1, "up_to": 0.2, "antibodies": 2, "polyreactive": 0, "mean_score": 0.2}
    assert bins[0]["mean_score"] is None
    shown = " ".join(polyreact("score", *options).out.split())
    assert "Log loss 0.1659 none no interval: it would not cover with fewer than 20 antibodies of a class" in shown
    assert "Expected calibration error 0.1500 none no interval" in shown
    assert "Spearman's rank correlation with the assay n/a there are no assay values for this set" in shown


def test_score_of_a_table_with_defects_ends_with_3(polyreact, labels):
    ended = polyreact("score", "--predictions", FIXTURES / "nan.csv", "--labels", labels, "--json")
    assert ended.status == 3
    assert ended.data["error"]["code"] == "E311"
    assert ended.data["error"]["findings"] == [
        {"where": "line 3", "message": 'score is "nan"; expected a finite number'}
    ]


def test_score_with_bad_labels_ends_with_5(polyreact, labels):
    labels.write_text("id,y\n")
    ended = polyreact("score", "--predictions", FIXTURES / "good.csv", "--labels", labels)
    assert (ended.status, ended.out) == (5, "")
    assert ended.err.startswith("E506")


def test_score_of_a_file_that_does_not_exist_ends_with_2(polyreact, labels):
    ended = polyreact("score", "--predictions", "absent.csv", "--labels", labels)
    assert (ended.status, ended.out) == (2, "")
    assert "cannot read absent.csv: No such file" in ended.err
