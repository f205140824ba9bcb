"""How often the tests, intervals and ranks of the board are wrong, on simulated submissions whose truth is known.

    python -m benchmarks.error_rates [--runs 2000] [--boards 500] [--part pairs]

`scripts/simulate_statistics.py` runs the same with the numbers of runs that the documentation shows. A function
here gives rows of a table: the case in words, then figures.

Variances, p-values and limits are found for many sets at once by the functions that the board calls, from the
covariances of `binormal`. The rank-swap p-value takes milliseconds, so it is found only where it can matter: the
larger of it and DeLong's p-value cannot be significant where DeLong's is not.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from benchmarks.binormal import (
    Estimates,
    Floats,
    binormal_mean,
    draw_scores,
    estimate,
    open_stream,
    satterthwaite,
)
from benchmarks.coverage import draw_groups
from benchmarks.tables import Row, print_table
from polyreact.statistics.auroc import FEW, auroc_limits
from polyreact.statistics.comparison import (
    SIGNIFICANCE,
    compare_accuracy,
    compare_auroc,
    difference_limits,
    null_variances,
    student_p_values,
)
from polyreact.statistics.mcnemar import PairedCounts, mcnemar_mid_p, paired_difference_interval
from polyreact.statistics.rank_swap import exchange_p_value, swap_terms
from polyreact.statistics.ranks import adjust_p_values, rank_entries

SEED = 20261124
SHEHATA, JAIN, JUST_LARGE, LARGE = (7, 391), (29, 57), (250, 250), (2000, 2000)
RUNS_AT_A_TIME = 1000
BOARDS_AT_A_TIME = 50


@dataclass(frozen=True)
class Case:
    """Two submissions: their true AUROCs, the spread of their polyreactives' scores and how they correlate."""

    aurocs: tuple[float, float]
    spreads: tuple[float, float] = (1.0, 1.0)
    correlation: float = 0.5


#: One AUROC: what is told apart is told apart wrongly.
EQUAL = (
    Case((0.75, 0.75)),
    Case((0.75, 0.75), correlation=0.9),
    Case((0.90, 0.90)),
    Case((0.75, 0.75), spreads=(2.5, 2.5)),
    Case((0.75, 0.75), spreads=(2.5, 1.0)),
    Case((0.75, 0.75), spreads=(2.5, 1.0), correlation=0.9),
    Case((0.90, 0.90), spreads=(2.5, 1.0), correlation=0.9),
    Case((0.75, 0.75), spreads=(1.0, 0.4), correlation=0.9),
    Case((0.75, 0.75), spreads=(2.5, 0.4), correlation=0.9),
)
UNEQUAL = (
    Case((0.75, 0.90)),
    Case((0.60, 0.90)),
    Case((0.90, 0.97)),
    Case((0.90, 0.97), correlation=0.9),
    Case((0.75, 0.90), correlation=0.9),
    Case((0.75, 0.90), spreads=(2.5, 2.5)),
)
SPREAD = ".60 to .90"
BOARDS = {
    SPREAD: (np.linspace(0.60, 0.90, 15), np.ones(15)),
    "all .75": (np.full(15, 0.75), np.ones(15)),
    "all .75, two shapes": (np.full(15, 0.75), np.where(np.arange(15) % 2, 1.0, 2.5)),
    "five times .65, .75, .85": (np.repeat((0.65, 0.75, 0.85), 5), np.ones(15)),
}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2_000, help="pairs of submissions for each case")
    parser.add_argument("--boards", type=int, default=500, help="boards of 15 submissions for each case")
    parser.add_argument("--part", choices=("pairs", "swaps", "boards", "accuracy", "groups"), action="append")
    options = parser.parse_args()
    parts = {
        "pairs": lambda: judge_cases((*EQUAL, *UNEQUAL), (SHEHATA, JAIN, JUST_LARGE), options.runs),
        "swaps": lambda: judge_swaps((*EQUAL, *UNEQUAL), (SHEHATA, JAIN), options.runs),
        "boards": lambda: judge_boards(tuple(BOARDS), (SHEHATA, JAIN, LARGE), options.boards),
        "accuracy": lambda: judge_accuracies(options.runs),
        "groups": lambda: judge_groups(options.runs),
    }
    for part in options.part or parts:
        print(part)
        print_table(parts[part]())


def judge_cases(cases: Sequence[Case], sizes: Sequence[tuple[int, int]], runs: int) -> list[Row]:
    """How often submissions are told apart, by DeLong's plain test and the board's, and how often limits hold."""
    return [judge_case(case, *counts, runs) for counts in sizes for case in cases]


def judge_case(case: Case, positives: int, negatives: int, runs: int) -> Row:
    """One case on sets of one size."""
    stream = _open_stream(case, positives, negatives)
    found = []
    for start in range(0, runs, RUNS_AT_A_TIME):
        shape = min(RUNS_AT_A_TIME, runs - start), positives, negatives
        scores = draw_scores(stream, shape, np.array(case.aurocs), np.array(case.spreads), case.correlation)
        found.append(_judge_pairs(scores, positives, case.aurocs[0] - case.aurocs[1]))
    by_delong, told_apart, covered, width = np.concatenate(found, axis=1).mean(axis=1).tolist()
    return {
        "set": f"{positives}/{negatives}",
        **describe(case),
        "DeLong z": by_delong,
        "the rule": told_apart,
        "interval holds": covered,
        "width": width,
    }


def _open_stream(case: Case, positives: int, negatives: int) -> np.random.RandomState:
    """The case and the set choose the seed."""
    places = [round(1000 * number) for number in (*case.aurocs, *case.spreads, case.correlation)]
    return open_stream(SEED, positives, negatives, *places)


def _judge_pairs(scores: Floats, positives: int, truth: float) -> Floats:
    """Of (runs, 2, n) scores what DeLong's z and the rule find, whether the limits hold, and their width."""
    found = estimate(scores, positives)
    differences = found.values[:, 0] - found.values[:, 1]
    variances = of_differences(found.covariance)[:, 0, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(differences == 0, 1.0, 2 * ndtr(-np.abs(differences) / np.sqrt(variances)))
    p_values = find_p_values(found)[:, 0, 1]
    if min(positives, found.negatives) < FEW:
        for run in np.flatnonzero(p_values <= SIGNIFICANCE):
            p_values[run] = max(p_values[run], swap_p_value(scores[run], positives))
    told_apart = p_values <= SIGNIFICANCE
    sizes = {"positives": positives, "negatives": found.negatives}
    limits = auroc_limits(found.values, found.variances, found.degrees, **sizes)
    low, high = difference_limits(found.values, *limits, _correlations(found)[:, 0, 1])
    # As `_as_comparison` does: 0 is inside where nothing was found, and an end where something was.
    low = np.where(told_apart, np.where(differences > 0, np.maximum(low, 0), low), np.minimum(low, 0))
    high = np.where(told_apart, np.where(differences < 0, np.minimum(high, 0), high), np.maximum(high, 0))
    low, high = np.maximum(low, -1), np.minimum(high, 1)
    return np.array([plain <= SIGNIFICANCE, told_apart, (low <= truth) & (truth <= high), high - low])


def judge_swaps(cases: Sequence[Case], sizes: Sequence[tuple[int, int]], runs: int) -> list[Row]:
    """How often the rank-swap permutation alone tells submissions apart."""
    rows: list[Row] = []
    for positives, negatives in sizes:
        for case in cases:
            stream, truth, spreads = _open_stream(case, positives, negatives), case.aurocs, case.spreads
            shape = runs, positives, negatives
            scores = draw_scores(stream, shape, np.array(truth), np.array(spreads), case.correlation)
            p_values = np.array([swap_p_value(pair, positives) for pair in scores])
            told_apart = float(np.mean(p_values <= SIGNIFICANCE))
            rows.append({"set": f"{positives}/{negatives}", **describe(case), "rank swap alone": told_apart})
    return rows


def describe(case: Case) -> Row:
    """A case in the cells of a table."""
    return {
        "AUROCs": " ".join(f"{auroc:.2f}" for auroc in case.aurocs),
        "SDs": " ".join(f"{spread:g}" for spread in case.spreads),
        "correlation": case.correlation,
    }


def judge_boards(kinds: Sequence[str], sizes: Sequence[tuple[int, int]], boards: int) -> list[Row]:
    """Whether all rank intervals of a board hold the true places, and how wide they are."""
    return [judge_board(kind, *counts, boards) for counts in sizes for kind in kinds]


def judge_board(kind: str, positives: int, negatives: int, boards: int) -> Row:
    """Of many boards of 15 submissions, on sets of one size.

    The true places of submissions with one AUROC are all those between the truly better and the truly worse, and an
    interval has to hold every one of them.
    """
    truth, spreads = BOARDS[kind]
    places = [(1 + int((truth > own).sum()), int((truth >= own).sum())) for own in truth]
    stream = open_stream(SEED, positives, negatives, list(BOARDS).index(kind))
    held, widths, separable = 0, [], []
    for start in range(0, boards, BOARDS_AT_A_TIME):
        shape = min(BOARDS_AT_A_TIME, boards - start), positives, negatives
        scores = draw_scores(stream, shape, truth, spreads, 0.5)
        found = estimate(scores, positives)
        for board, p_values in enumerate(find_p_values(found)):
            pairs = find_pairs(p_values, scores[board], positives)
            ranking = rank_entries(found.values[board], pairs)
            ranks = [(rank.lowest, rank.highest) for rank in ranking.ranks]
            held += all(
                low <= first and last <= high for (low, high), (first, last) in zip(ranks, places, strict=True)
            )
            widths.append(np.mean([high - low + 1 for low, high in ranks]))
            separable.append(ranking.separable_pairs)
    return {
        "set": f"{positives}/{negatives}",
        "true AUROCs of 15": kind,
        "all true places held": held / boards,
        "mean width": float(np.mean(widths)),
        "separable of 105": float(np.mean(separable)),
    }


def find_pairs(p_values: Floats, scores: Floats, positives: int) -> Floats:
    """The p-values of all pairs of a board in their order, of (k, k) p-values by DeLong and (k, n) scores.

    Holm's adjustment rises with every p-value. So a pair that is not significant by DeLong's p-values alone is not
    by the larger ones either, and only the others need the rank-swap p-value.
    """
    first, second = np.triu_indices(len(p_values), 1)
    found = p_values[first, second]
    if min(positives, scores.shape[1] - positives) < FEW:
        for place in np.flatnonzero(adjust_p_values(found) <= SIGNIFICANCE):
            pair = scores[[first[place], second[place]]]
            found[place] = max(found[place], swap_p_value(pair, positives))
    return found


def find_p_values(found: Estimates) -> Floats:
    """DeLong's part of the board's test of every two submissions, (runs, k, k)."""
    differences = found.values[:, :, np.newaxis] - found.values[:, np.newaxis]
    above, below = of_differences(found.from_positives), of_differences(found.from_negatives)
    variances = above + below
    if min(found.positives, found.negatives) < FEW:
        values, own = _pair_up(found.values), _pair_up(found.variances)
        sizes = {"positives": found.positives, "negatives": found.negatives}
        variances = np.maximum(variances, null_variances(values, own, _correlations(found), **sizes))
    return student_p_values(differences, variances, satterthwaite(above, below, found.positives, found.negatives))


def of_differences(covariance: Floats) -> Floats:
    """The variances of all differences, (runs, k, k)."""
    own = np.diagonal(covariance, axis1=1, axis2=2)
    return np.maximum(0.0, own[:, :, np.newaxis] + own[:, np.newaxis] - 2 * covariance)


def _pair_up(values: Floats) -> Floats:
    """(runs, k) as (runs, k, k, 2)."""
    shape = (*values.shape, values.shape[1])
    first = np.broadcast_to(values[:, :, np.newaxis], shape)
    return np.stack((first, first.transpose(0, 2, 1)), axis=-1)


def _correlations(found: Estimates) -> Floats:
    """Of every two AUROCs, 0 where one has no variance, (runs, k, k)."""
    own = found.variances[:, :, np.newaxis] * found.variances[:, np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(own > 0, np.clip(found.covariance / np.sqrt(own), -1, 1), 0.0)


def swap_p_value(scores: Floats, positives: int) -> float:
    """By exchanging ranks, of (2, n) scores, no two of a row alike."""
    ranks = 2 * np.argsort(np.argsort(scores, axis=1), axis=1) + 2
    return exchange_p_value(swap_terms(np.arange(scores.shape[1]) < positives, *ranks))


def judge_accuracies(runs: int) -> list[Row]:
    """McNemar's mid-p and the interval of a difference in accuracy, which agree on `agreement` of the rows."""
    rows: list[Row] = []
    for total in (86, 398):
        for first, second, both in ((0.8, 0.8, 0.7), (0.9, 0.9, 0.88), (0.8, 0.7, 0.65)):
            shares = both, first - both, second - both, 1 - first - second + both
            tables = open_stream(SEED, total, round(100 * second)).multinomial(total, shares, size=runs)
            told_apart = covered = 0
            for table in tables.tolist():
                counts = PairedCounts(*table)
                low, high = paired_difference_interval(counts)
                told_apart += mcnemar_mid_p(counts) <= SIGNIFICANCE
                covered += low <= first - second <= high
            case = {"antibodies": total, "accuracies": f"{first:.2f} {second:.2f}", "both right": both}
            rows.append({**case, "told apart": told_apart / runs, "interval holds": covered / runs})
    return rows


def judge_groups(runs: int) -> list[Row]:
    """Two submissions where rows of a group share half the variance of their scores, of one AUROC and of two.

    Groups as in `coverage.draw_groups`. How often AUROCs and accuracies are told apart and how often the interval
    of their difference holds, by groups and by rows as if they were independent.
    """
    rows: list[Row] = []
    first_auroc, names = 0.75, ("AUROC", "accuracy")
    for groups in (30, 120, 400):
        for second_auroc in (0.75, 0.65):
            stream = open_stream(SEED, groups, round(1000 * second_auroc))
            gaps = [binormal_mean(auroc) for auroc in (first_auroc, second_auroc)]
            truth = first_auroc - second_auroc, float(ndtr(gaps[0] / 2) - ndtr(gaps[1] / 2))
            counted = np.zeros((2, 2, 2))  # metric, by groups or rows, told apart or held
            for _ in range(runs):
                labels, first, group_of = draw_groups(stream, groups, gaps[0])
                shared, own = stream.standard_normal(groups)[group_of], stream.standard_normal(labels.size)
                second = gaps[1] * labels + np.sqrt(0.5) * (shared + own)
                called = [
                    (scores > gap / 2).astype(np.int64) for scores, gap in ((first, gaps[0]), (second, gaps[1]))
                ]
                for place, told in enumerate((group_of, None)):
                    pair = compare_auroc(labels, first, second, told), compare_accuracy(labels, *called, told)
                    for metric, found in enumerate(pair):
                        held = found.low <= truth[metric] <= found.high
                        counted[metric, place] += found.is_told_apart, held
            row: Row = {"groups": groups, "true AUROCs": f"{first_auroc:.2f} {second_auroc:.2f}"}
            for metric, name in enumerate(names):
                for place, way in enumerate(("", ", by rows")):
                    row[f"{name}{way}"], row[f"{name} holds{way}"] = (counted[metric, place] / runs).tolist()
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
