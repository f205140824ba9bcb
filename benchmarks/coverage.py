"""How often the intervals hold the truth, by simulation: sets as small as Shehata (7/391) and Jain (29/57).

    python benchmarks/coverage.py [--runs 20000] [--seed 1]

AUROC: scores of specific antibodies are standard normal; those of polyreactive ones are normal with the mean that
gives the true AUROC, at the given standard deviation. "Half undetectable": each polyreactive antibody scores as a
specific one with probability 1/2, and the others have the AUROC named.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from polyreact.statistics.auroc import auroc_limits, logit_delong_limits, newcombe_limits

SIZES = ((7, 391), (29, 57))
RUNS_AT_A_TIME = 1000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """Where the scores of polyreactive antibodies come from; `auroc` is that of those that can be detected."""

    auroc: float
    deviation: float = 1.0
    detectable: float = 1.0

    @property
    def name(self) -> str:
        spread = f", SD {self.deviation}" if self.deviation != 1 else ""
        return f"{self.truth:.3f}{spread}" + (f", half undetectable, half {self.auroc}" if self.detectable < 1 else "")

    @property
    def truth(self) -> float:
        return self.detectable * self.auroc + (1 - self.detectable) / 2

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        mean = NormalDist().inv_cdf(self.auroc) * math.hypot(1, self.deviation)
        detected = rng.normal(mean, self.deviation, shape)
        return np.where(rng.random(shape) < self.detectable, detected, rng.normal(size=shape))


SCENARIOS = (
    *(Scenario(auroc) for auroc in (0.60, 0.75, 0.90)),
    *(Scenario(auroc, deviation=2.5) for auroc in (0.60, 0.75, 0.90)),
    *(Scenario(auroc, detectable=0.5) for auroc in (0.75, 0.90, 0.98)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.runs} runs each, seed {options.seed}; nominal .950; mean width in brackets\n")
    for positives, negatives in SIZES:
        print(f"AUROC, {positives} polyreactive, {negatives} specific")
        print(f"{'true AUROC':<42}{'logit DeLong t':>17}{'Newcombe 5':>17}{'the rule':>17}{'missed below':>14}")
        for number, scenario in enumerate(SCENARIOS):
            rng = np.random.default_rng((options.seed, positives, number))
            print(f"{scenario.name:<42}{auroc_row(scenario, rng, positives, negatives, options.runs)}")
        print()


def auroc_row(scenario: Scenario, rng: np.random.Generator, positives: int, negatives: int, runs: int) -> str:
    drawn = [
        np.concatenate(parts)
        for parts in zip(*_draw_aurocs(scenario, rng, positives, negatives, runs), strict=True)
    ]
    sizes = {"positives": positives, "negatives": negatives}
    cells = [logit_delong_limits(*drawn, **sizes), newcombe_limits(drawn[0], **sizes), auroc_limits(*drawn, **sizes)]
    too_high = np.mean(scenario.truth < cells[-1][0])
    return "".join(f"{_coverage(scenario.truth, *limits):>17}" for limits in cells) + f"{too_high:>14.3f}"


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


if __name__ == "__main__":
    main()
