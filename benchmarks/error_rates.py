"""How often the tests, intervals and ranks of the board are wrong, on simulated submissions whose truth is known.

Scores are binormal: a specific antibody's are standard normal for both submissions with the given correlation, a
polyreactive one's have a higher mean and, where told, a larger standard deviation, so that two ROC curves can
differ in shape and not in area. Counts of positives / negatives are those of Shehata, 7/391, and near those of
Jain, 29/57.

Seeded, so a table is the same whenever it is made with the same numbers of runs.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

from polyreact.statistics.comparison import SIGNIFICANCE, compare_pair, find_p_value
from polyreact.statistics.covariance import Aurocs, estimate_aurocs
from polyreact.statistics.rank_swap import exchange_p_value, swap_terms
from polyreact.statistics.ranks import compare_all, rank_entries

SEED = 20261124
COUNTS = ((7, 391), (29, 57))


@dataclass(frozen=True)
class Case:
    """Two submissions: their true AUROCs, the spread of their polyreactives' scores and how they correlate."""

    aurocs: tuple[float, float]
    spreads: tuple[float, float] = (1.0, 1.0)
    correlation: float = 0.5


EQUAL = (
    Case((0.75, 0.75)),
    Case((0.75, 0.75), correlation=0.9),
    Case((0.90, 0.90)),
    Case((0.75, 0.75), spreads=(2.5, 2.5)),
    Case((0.75, 0.75), spreads=(2.5, 1.0)),
    Case((0.75, 0.75), spreads=(2.5, 1.0), correlation=0.9),
)
UNEQUAL = (
    Case((0.75, 0.90)),
    Case((0.60, 0.90)),
    Case((0.90, 0.97)),
    Case((0.90, 0.97), correlation=0.9),
    Case((0.75, 0.90), correlation=0.9),
    Case((0.75, 0.90), spreads=(2.5, 2.5)),
)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000, help="pairs of submissions for each case")
    parser.add_argument("--boards", type=int, default=500, help="boards of 15 submissions for each case")
    parser.add_argument("--counts", choices=("7/391", "29/57"), action="append", help="one of the sets only")
    parser.add_argument("--part", choices=("pairs", "boards", "groups", "speed"), action="append")
    parser.add_argument("--json", action="store_true", help="print JSON for a script")
    options = parser.parse_args()
    counts = [pair for pair in COUNTS if not options.counts or "/".join(map(str, pair)) in options.counts]
    parts = {
        "pairs": lambda: simulate_pairs(options.runs, counts),
        "boards": lambda: simulate_boards(options.boards, counts),
        "groups": lambda: simulate_groups(options.runs),
        "speed": time_board,
    }
    tables = {part: parts[part]() for part in options.part or parts}
    if options.json:
        print(json.dumps(tables, indent=2))
        return
    for table in tables.values():
        print_table(table)


def simulate_pairs(runs: int, counts: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    """Rates of rejection by each test, and coverage and width of the interval."""
    rows: list[dict[str, object]] = []
    for positives, negatives in counts:
        for case in (*EQUAL, *UNEQUAL):
            random = np.random.default_rng(SEED)
            found = np.array([judge_pair(draw(random, positives, negatives, case), case) for _ in range(runs)])
            names = ("rank swap", "DeLong z", "DeLong t", "larger p", "covered", "width", "test and interval")
            rates = dict(zip(names, found.mean(axis=0).tolist(), strict=True))
            rows.append({"counts": f"{positives}/{negatives}", **describe(case), **rates})
    return rows


def judge_pair(aurocs: Aurocs, case: Case) -> tuple[float, ...]:
    """Which tests reject, whether the interval covers, its width, and whether test and interval disagree."""
    difference = aurocs.values[0] - aurocs.values[1]
    error = math.sqrt(aurocs.covariance.of_differences[0, 1])
    by_swaps = exchange_p_value(swap_terms(aurocs.is_positive, *aurocs.twice_ranks))
    z_value = abs(difference) / error if error else math.inf * (difference != 0)
    normal = 2 * ndtr(-z_value) if difference else 1.0
    comparison = compare_pair(aurocs, 0, 1)
    degrees = aurocs.covariance.degrees_of_differences[0, 1]
    student = 2 * student_tail(degrees, z_value) if difference else 1.0
    excludes = not comparison.low <= 0 <= comparison.high
    return (
        by_swaps <= SIGNIFICANCE,
        normal <= SIGNIFICANCE,
        student <= SIGNIFICANCE,
        comparison.is_told_apart,
        comparison.low <= case.aurocs[0] - case.aurocs[1] <= comparison.high,
        comparison.high - comparison.low,
        excludes != comparison.is_told_apart,
    )


def simulate_boards(boards: int, counts: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    """Whether all rank intervals of a board hold the true places, and how wide they are.

    The true places of submissions with one AUROC are all those between the truly better and the truly worse, and
    an interval has to hold every one of them.
    """
    kinds = {
        ".60 to .90": (np.linspace(0.60, 0.90, 15), np.ones(15)),
        "all .75": (np.full(15, 0.75), np.ones(15)),
        "all .75, two shapes": (np.full(15, 0.75), np.where(np.arange(15) % 2, 1.0, 2.5)),
        "five times .65, .75, .85": (np.repeat((0.65, 0.75, 0.85), 5), np.ones(15)),
    }
    rows: list[dict[str, object]] = []
    for positives, negatives in counts:
        for name, (truth, spreads) in kinds.items():
            random = np.random.default_rng(SEED)
            places = [(1 + int((truth > own).sum()), int((truth >= own).sum())) for own in truth]
            held, widths, separable = 0, [], []
            for _ in range(boards):
                aurocs = draw_many(random, positives, negatives, truth, spreads, 0.5)
                ranking = rank_entries(aurocs.values, compare_all(aurocs))
                pairs = list(zip(ranking.ranks, places, strict=True))
                held += all(rank.lowest <= low and high <= rank.highest for rank, (low, high) in pairs)
                widths.append(np.mean([rank.highest - rank.lowest + 1 for rank in ranking.ranks]))
                separable.append(ranking.separable_pairs)
            figures = {"all held": held / boards, "width": np.mean(widths), "separable": np.mean(separable)}
            rows.append({"counts": f"{positives}/{negatives}", "AUROCs": name, **figures})
    return rows


def simulate_groups(runs: int) -> list[dict[str, object]]:
    """Rejection where rows of a group share half of the variance of their scores, told of the groups or not.

    A group is mostly of one class, as clones of one family are.
    """
    rows: list[dict[str, object]] = []
    shift = math.sqrt(2) * NormalDist().inv_cdf(0.75)
    for groups, size in ((20, 10), (60, 10), (500, 8)):
        random = np.random.default_rng(SEED)
        group_of = np.repeat(np.arange(groups), size)
        rejected = np.zeros(2)
        for _ in range(runs):
            is_positive = random.random(groups * size) < np.where(group_of % 2, 0.9, 0.1)
            own = random.standard_normal((2, groups * size))
            shared = random.standard_normal((2, groups))[:, group_of]
            scores = math.sqrt(0.5) * (own + shared) + shift * is_positive
            for place, told in enumerate((None, group_of)):
                aurocs = estimate_aurocs(is_positive.astype(int), scores, told)
                rejected[place] += find_p_value(aurocs, 0, 1)[0] <= SIGNIFICANCE
        ungrouped, grouped = (rejected / runs).tolist()
        rows.append({"groups": f"{groups} of {size}", "rows alone": ungrouped, "by groups": grouped})
    return rows


def time_board() -> list[dict[str, object]]:
    """Seconds for all pairs of 20 submissions, Harvey's test part and all of Harvey."""
    rows: list[dict[str, object]] = []
    for size in (25_000, 141_000):
        random = np.random.default_rng(SEED)
        labels = random.integers(0, 2, size)
        scores = random.standard_normal((20, size)) + np.outer(np.linspace(0.4, 1.8, 20), labels)
        start = time.perf_counter()
        aurocs = estimate_aurocs(labels, scores)
        ranking = rank_entries(aurocs.values, compare_all(aurocs))
        seconds = time.perf_counter() - start
        rows.append({"rows": size, "submissions": 20, "pairs": ranking.pairs, "seconds": seconds})
    return rows


def draw(random: np.random.Generator, positives: int, negatives: int, case: Case) -> Aurocs:
    """Two submissions."""
    return draw_many(random, positives, negatives, np.array(case.aurocs), np.array(case.spreads), case.correlation)


def draw_many(
    random: np.random.Generator,
    positives: int,
    negatives: int,
    truth: npt.NDArray[np.float64],
    spreads: npt.NDArray[np.float64],
    correlation: float,
) -> Aurocs:
    """Submissions with these true AUROCs, any two of which have the same correlation within a class."""
    shared = random.standard_normal(positives + negatives)
    own = random.standard_normal((len(truth), positives + negatives))
    scores = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
    means = np.array([NormalDist().inv_cdf(auroc) for auroc in truth]) * np.sqrt(1 + spreads**2)
    scores[:, :positives] = scores[:, :positives] * spreads[:, np.newaxis] + means[:, np.newaxis]
    return estimate_aurocs(np.repeat((1, 0), (positives, negatives)), scores)


def student_tail(degrees: float, value: float) -> float:
    """P(T >= value), by the normal where there are no finite degrees."""
    return float(ndtr(-value)) if math.isinf(degrees) else float(stdtr(degrees, -value))


def describe(case: Case) -> dict[str, str]:
    """A case in the cells of a table."""
    return {
        "AUROCs": " ".join(f"{auroc:.2f}" for auroc in case.aurocs),
        "spreads": " ".join(f"{spread:g}" for spread in case.spreads),
        "r": f"{case.correlation:g}",
    }


def print_table(rows: list[dict[str, object]]) -> None:
    """As Markdown."""
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print(
            "| "
            + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row.values())
            + " |"
        )
    print()


if __name__ == "__main__":
    main()
