"""How often the intervals hold the truth, by simulation: sets as small as Shehata (7/391), jain (29/57), jain-116
(22/94), and one just past the size where the rule for AUROC changes (20/391).

    python benchmarks/coverage.py [--runs 20000] [--seed 1]

AUROC: scores of specific antibodies are standard normal; those of polyreactive ones are normal with the mean that
gives the true AUROC, at the given standard deviation. "Half undetectable": each polyreactive antibody scores as a
specific one with probability 1/2, and the others have the AUROC named.

Hard predictions: sensitivity and specificity are given, the counts of both classes are binomial.

Groups: 120 groups of 1 to 9 rows, which share half of the variance of their scores and mostly their label.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from polyreact.statistics import proportions
from polyreact.statistics.auroc import auroc_interval, auroc_limits, logit_delong_limits, newcombe_limits
from polyreact.statistics.bootstrap import grouped_auroc_interval

SIZES = ((7, 391), (29, 57))
AUROC_SIZES = (*SIZES, (22, 94), (20, 391))
RUNS_AT_A_TIME = 1000
GROUPED_RUNS, GROUPED_DRAWS = 1000, 500
RATES = ((0.3, 0.95), (0.5, 0.9), (0.7, 0.7), (0.8, 0.8), (0.9, 0.95), (0.98, 0.99), (0.2, 0.8), (0.6, 0.55))
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """Where the scores of polyreactive antibodies come from; `auroc` is that of those that can be detected."""

    auroc: float
    deviation: float = 1.0
    detectable: float = 1.0

    @property
    def name(self) -> str:
        """As the table shows it."""
        spread = f", SD {self.deviation}" if self.deviation != 1 else ""
        hidden = f", half undetectable, half {self.auroc}" if self.detectable < 1 else ""
        return f"{self.truth:.3f}{spread}{hidden}"

    @property
    def truth(self) -> float:
        """The AUROC of all of them."""
        return self.detectable * self.auroc + (1 - self.detectable) / 2

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Scores of polyreactive antibodies."""
        mean = NormalDist().inv_cdf(self.auroc) * math.hypot(1, self.deviation)
        detected = rng.normal(mean, self.deviation, shape)
        return np.where(rng.random(shape) < self.detectable, detected, rng.normal(size=shape))


SCENARIOS = (
    *(Scenario(auroc) for auroc in (0.60, 0.75, 0.90)),
    *(Scenario(auroc, deviation=2.5) for auroc in (0.60, 0.75, 0.90)),
    *(Scenario(auroc, detectable=0.5) for auroc in (0.75, 0.90, 0.98)),
    Scenario(0.95),
)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.runs} runs each, seed {options.seed}; nominal .950; mean width in brackets\n")
    for positives, negatives in AUROC_SIZES:
        print(f"AUROC, {positives} polyreactive, {negatives} specific")
        print(_row("true AUROC", ("DeLong Wald", "DeLong logit t", "Newcombe 5", "the rule", "truth below")))
        for number, scenario in enumerate(SCENARIOS):
            rng = np.random.default_rng((options.seed, positives, number))
            print(_row(scenario.name, cover_auroc(scenario, rng, positives, negatives, options.runs)))
        print()
    for positives, negatives in SIZES:
        print(f"Hard predictions, {positives} polyreactive, {negatives} specific: MOVER | percentile bootstrap")
        print(_row("sensitivity, specificity", ("balanced acc.", "F1", "MCC", "F1 bootstrap", "MCC bootstrap")))
        for number, rates in enumerate(RATES):
            rng = np.random.default_rng((options.seed, positives, 100 + number))
            cells = cover_rates(*rates, rng, positives, negatives, options.runs)
            print(_row(f"{rates[0]}, {rates[1]}", cells))
        print()
    print(f"AUROC where rows come in groups, {GROUPED_RUNS} runs of {GROUPED_DRAWS} draws")
    print(_row("true AUROC", ("by groups", "by rows")))
    for auroc in (0.60, 0.75, 0.90):
        print(_row(f"{auroc}", cover_groups(auroc, options.seed)))


def cover_auroc(
    scenario: Scenario, rng: np.random.Generator, positives: int, negatives: int, runs: int
) -> tuple[str, ...]:
    """Of each method the coverage, and how often the truth is below the interval of the last."""
    parts = zip(*_draw_aurocs(scenario, rng, positives, negatives, runs), strict=True)
    aurocs, from_positives, from_negatives = (np.concatenate(part) for part in parts)
    sizes = {"positives": positives, "negatives": negatives}
    half = NormalDist().inv_cdf(0.975) * np.sqrt(from_positives + from_negatives)
    low, high = auroc_limits(aurocs, from_positives, from_negatives, **sizes)
    return (
        _coverage(scenario.truth, aurocs - half, aurocs + half),
        _coverage(scenario.truth, *logit_delong_limits(aurocs, from_positives, from_negatives, **sizes)),
        _coverage(scenario.truth, *newcombe_limits(aurocs, **sizes)),
        _coverage(scenario.truth, low, high),
        f"{float(np.mean(scenario.truth < low)):.3f}",
    )


def cover_rates(
    sensitivity: float, specificity: float, rng: np.random.Generator, positives: int, negatives: int, runs: int
) -> tuple[str, ...]:
    """MOVER's coverage, then that of percentiles of binomial draws by class (1,000 runs of 1,000)."""
    true_positives = rng.binomial(positives, sensitivity, runs).astype(np.float64)
    false_positives = rng.binomial(negatives, 1 - specificity, runs).astype(np.float64)
    cells = []
    for statistic in (proportions.balanced_accuracy, proportions.f1, proportions.mcc):
        expected = np.asarray(positives * sensitivity), np.asarray(negatives * (1 - specificity))
        truth = float(statistic(expected[0], positives, expected[1], negatives))
        limits = proportions.mover_limits(statistic, true_positives, positives, false_positives, negatives)
        cells.append(_coverage(truth, *limits))
    right, wrong = (counts[:1000, np.newaxis] for counts in (true_positives, false_positives))
    drawn_right = rng.binomial(positives, right / positives, (right.size, 1000)).astype(np.float64)
    drawn_wrong = rng.binomial(negatives, wrong / negatives, (wrong.size, 1000)).astype(np.float64)
    for statistic in (proportions.f1, proportions.mcc):
        truth = float(statistic(expected[0], positives, expected[1], negatives))
        drawn = statistic(drawn_right, positives, drawn_wrong, negatives)
        defined = ~np.isnan(drawn).all(axis=1)
        cells.append(_coverage(truth, *np.nanquantile(drawn[defined], [0.025, 0.975], axis=1)))
    return tuple(cells)


def cover_groups(auroc: float, seed: int) -> tuple[str, str]:
    """Coverage of the bootstrap over groups, and of the interval that takes rows for independent."""
    rng = np.random.default_rng((seed, 7))
    mean = NormalDist().inv_cdf(auroc) * math.sqrt(2)
    found = []
    for _ in range(GROUPED_RUNS):
        sizes = rng.integers(1, 10, 120)
        groups = np.repeat(np.arange(sizes.size), sizes)
        labels = (rng.random(sizes.size) < 0.5)[groups] ^ (rng.random(groups.size) < 0.1)
        shared, own = rng.normal(size=sizes.size)[groups], rng.normal(size=groups.size)
        scores = mean * labels + math.sqrt(0.5) * (shared + own)
        labels = labels.astype(np.int64)
        grouped = grouped_auroc_interval(labels, scores, groups, seed=1, draws=GROUPED_DRAWS)
        by_rows = auroc_interval(labels, scores)
        found.append((grouped.low, grouped.high, by_rows.low, by_rows.high))
    low, high, row_low, row_high = np.array(found).T
    return _coverage(auroc, low, high), _coverage(auroc, row_low, row_high)


def _draw_aurocs(
    scenario: Scenario, rng: np.random.Generator, positives: int, negatives: int, runs: int
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """AUROCs and both parts of DeLong's variance, from all pairs: a second implementation of the placements."""
    for start in range(0, runs, RUNS_AT_A_TIME):
        now = min(RUNS_AT_A_TIME, runs - start)
        above = scenario.draw(rng, (now, positives))
        below = rng.normal(size=(now, negatives))
        wins = above[:, :, np.newaxis] > below[:, np.newaxis]
        by_positive, by_negative = wins.mean(axis=2), wins.mean(axis=1)
        yield (
            wins.mean(axis=(1, 2)),
            by_positive.var(axis=1, ddof=1) / positives,
            by_negative.var(axis=1, ddof=1) / negatives,
        )


def _coverage(truth: float, low: Floats, high: Floats) -> str:
    covered = float(np.mean((low <= truth) & (truth <= high)))
    return f"{covered:.3f} ({float(np.mean(high - low)):.2f})"


def _row(name: str, cells: tuple[str, ...]) -> str:
    return f"{name:<40}" + "".join(f"{cell:>16}" for cell in cells)


if __name__ == "__main__":
    main()
