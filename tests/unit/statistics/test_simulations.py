"""The simulations of benchmarks/ judge many sets at once; here they are held to what the board finds one by one."""

import numpy as np
import pytest

from benchmarks import binormal, coverage, error_rates
from benchmarks.tables import render_table, round_row
from pairs import compare_all
from polyreact.statistics.auroc import interval_of
from polyreact.statistics.comparison import compare_pair
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.curves import draw_curves
from polyreact.statistics.ranks import rank_entries

SIZES = [(7, 60), (29, 57), (210, 220)]


def draw(positives, negatives, runs=12, submissions=2, truth=(0.6, 0.95)):
    stream = binormal.open_stream(1, positives)
    spreads = np.linspace(1, 2.5, submissions)
    scores = binormal.draw_scores(
        stream, (runs, positives, negatives), np.linspace(*truth, submissions), spreads, 0.7
    )
    labels = np.repeat([1, 0], [positives, negatives])
    return scores, [estimate_aurocs(labels, run) for run in scores]


@pytest.mark.parametrize("counts", SIZES)
def test_estimates_are_those_of_the_board(counts):
    scores, boards = draw(*counts)
    found = binormal.estimate(scores, counts[0])
    for run, aurocs in enumerate(boards):
        assert found.values[run] == pytest.approx(aurocs.values, abs=1e-14)
        assert found.covariance[run] == pytest.approx(aurocs.covariance.matrix, abs=1e-15)
        assert found.degrees[run] == pytest.approx(aurocs.covariance.degrees, rel=1e-9)
        ours = error_rates.of_differences(found.covariance)[run]
        assert ours == pytest.approx(aurocs.covariance.of_differences, abs=1e-15)


@pytest.mark.parametrize("counts", SIZES)
def test_pairs_are_judged_as_the_board_judges_them(counts):
    scores, boards = draw(*counts, runs=40)
    _, told_apart, held, width = error_rates._judge_pairs(scores, counts[0], -0.35)
    comparisons = [compare_pair(aurocs, 0, 1) for aurocs in boards]
    assert told_apart.tolist() == [found.is_told_apart for found in comparisons]
    assert held.tolist() == [found.low <= -0.35 <= found.high for found in comparisons]
    assert width == pytest.approx([found.high - found.low for found in comparisons], abs=1e-9)
    assert 0 < told_apart.sum() <= 40


@pytest.mark.parametrize("counts", SIZES)
def test_boards_are_ranked_as_the_board_ranks_them(counts):
    scores, boards = draw(*counts, runs=6, submissions=6, truth=(0.3, 0.98))
    p_values = error_rates.find_p_values(binormal.estimate(scores, counts[0]))
    separable = 0
    for run, aurocs in enumerate(boards):
        ours = rank_entries(aurocs.values, error_rates.find_pairs(p_values[run], scores[run], counts[0]))
        assert ours == rank_entries(aurocs.values, compare_all(aurocs))
        separable += ours.separable_pairs
    assert separable > 0


def test_coverage_counts_the_boards_own_intervals():
    scenario = coverage.Scenario(0.75, deviation=2.5)
    row = coverage.cover_auroc(scenario, 7, 60, 50)
    stream = binormal.open_stream(coverage.SEED, 7, 60, 750, 2500, 1000)
    scores = binormal.draw_scores(stream, (50, 7, 60), np.array([0.75]), np.array([2.5]), 0.0)
    labels = np.repeat([1, 0], [7, 60])
    intervals = [interval_of(estimate_aurocs(labels, run), 0) for run in scores]
    assert row["the rule"] == np.mean([found.low <= 0.75 <= found.high for found in intervals])
    assert row["width"] == pytest.approx(np.mean([found.high - found.low for found in intervals]), abs=1e-9)
    assert row["the rule"] + row["truth below"] + row["truth above"] == pytest.approx(1)


@pytest.mark.parametrize("scenario", [*coverage.PLANNED, *coverage.NARROW], ids=repr)
def test_true_auroc_of_a_scenario_is_what_its_scores_come_to(scenario):
    found = coverage._estimate_many(scenario, 100, 100, 300).values.ravel()
    assert found.mean() == pytest.approx(scenario.truth, abs=5 * found.std() / np.sqrt(300))


def test_scores_correlate_as_told_within_a_class():
    shape, truth = (1, 20_000, 20_000), np.array([0.75, 0.9])
    (first, second), *_ = binormal.draw_scores(binormal.open_stream(2), shape, truth, np.array([1.0, 2.5]), 0.7)
    for part in (slice(0, 20_000), slice(20_000, None)):
        assert np.corrcoef(first[part], second[part])[0, 1] == pytest.approx(0.7, abs=0.02)
    assert second[:20_000].std() == pytest.approx(2.5, rel=0.02)


def test_counts_and_correlations_are_covered():
    """Few runs: a table that can no longer be made, or is far from what is kept, is seen here."""
    shares = [row["Wilson"] for row in coverage.cover_shares(400)]
    assert 0.92 < np.mean(shares) < 0.99
    counts = coverage.cover_counts(400)
    assert 0.92 < np.mean([row["MCC"] for row in counts]) < 0.99
    assert np.mean([row["MCC, bootstrap"] for row in counts]) < 0.92
    assert 0.92 < np.mean([row["covered"] for row in coverage.cover_spearman(200)]) < 0.99
    assert 0.85 < np.mean([row["Brier score"] for row in coverage.cover_means(40)]) <= 1


def test_groups_are_covered_and_rows_alone_are_not():
    rows = coverage.cover_groups(12)
    for metric in ("AUROC", "accuracy", "balanced accuracy"):
        by_groups, by_rows = (np.mean([row[name] for row in rows]) for name in (metric, f"{metric}, by rows"))
        assert by_rows < by_groups
        assert by_groups > 0.85


def test_equal_submissions_are_told_apart_by_rows_and_not_by_groups():
    rows = error_rates.judge_groups(25)
    equal = [row for row in rows if row["true AUROCs"] == "0.75 0.75"]
    for metric in ("AUROC", "accuracy"):
        by_groups, by_rows = (np.mean([row[name] for row in equal]) for name in (metric, f"{metric}, by rows"))
        assert by_groups < 0.1 < by_rows
        by_groups, by_rows = (
            np.mean([row[name] for row in rows]) for name in (f"{metric} holds", f"{metric} holds, by rows")
        )
        assert by_rows < 0.87 < by_groups


def test_accuracies_and_rank_swaps_are_judged():
    told_apart = [row["told apart"] for row in error_rates.judge_accuracies(400)]
    assert max(told_apart[:2]) < 0.1
    assert 0.4 < told_apart[2] < told_apart[5]
    (equal,) = error_rates.judge_swaps(error_rates.EQUAL[:1], (error_rates.JAIN,), 60)
    (apart,) = error_rates.judge_swaps(error_rates.UNEQUAL[1:2], (error_rates.JAIN,), 20)
    assert equal["rank swap alone"] < 0.2
    assert apart["rank swap alone"] > 0.9


def test_tables_are_rounded_as_they_are_kept():
    assert round_row({"set": "7/391", "width": 0.12345, "runs": 3}) == {"set": "7/391", "width": 0.123, "runs": 3}
    assert render_table([{"set": "7/391", "width": 0.5}]) == "| set | width |\n|---|---|\n| 7/391 | 0.500 |\n"


def test_bands_are_judged_by_the_curve_that_many_antibodies_have():
    """Of 400,000, whose band is nearly a line, the truth is that line."""
    stream = binormal.open_stream(8)
    labels = np.repeat([1, 0], [200_000, 200_000])
    mean = binormal.binormal_mean(0.9, 2.5)
    scores = stream.standard_normal(labels.size)
    scores[:200_000] = mean + 2.5 * scores[:200_000]
    found = draw_curves(labels, scores)
    assert coverage.true_roc(found.roc.at, mean, 2.5)[1:] == pytest.approx(found.roc.values[1:], abs=0.005)
    recall = found.precision_recall
    assert coverage.true_precision(recall.at, 0.5, mean, 2.5) == pytest.approx(recall.values, abs=0.005)


def test_coverage_of_bands_counts_each_point_once():
    rows = coverage.cover_curves(20)
    assert [row["set"] for row in rows[::3]] == ["7/391", "29/57", "340/341", "2000/2000"]
    for row in rows:
        assert row["worst point"] <= row["ROC"] <= 1
        assert row["all points at once"] <= row["ROC"]
        assert row["its worst point"] <= row["PR"]
    assert rows[-1]["width at .10"] < rows[0]["width at .10"] / 4
