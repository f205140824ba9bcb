"""How often the intervals hold the truth, by simulation, and how wide they are.

    python -m benchmarks.coverage [--runs 2000] [--part auroc]

`scripts/simulate_statistics.py` runs the same with the numbers of runs that the documentation shows. A function
here gives rows of a table: the case in words, then figures.

The sets are as small as those of the tracks, by their polyreactive and specific antibodies: Shehata 7/391, Jain
29/57 (22/94 by another threshold), and sizes about the one where the rule for the AUROC changes, 200.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy.special import ndtr, ndtri

from benchmarks.binormal import Estimates, Floats, binormal_mean, draw_scores, estimate, open_stream
from benchmarks.tables import Row, print_table
from polyreact.statistics import proportions
from polyreact.statistics.auroc import auroc_interval, auroc_limits, logit_limits, score_limits
from polyreact.statistics.bootstrap import grouped_interval
from polyreact.statistics.correlation import spearman_interval
from polyreact.statistics.curves import Curve, draw_curves
from polyreact.statistics.means import mean_interval

SEED = 20261124
SHEHATA, JAIN = (7, 391), (29, 57)
SMALL = (SHEHATA, JAIN)
CURVE_SIZES = (SHEHATA, JAIN, (340, 341), (2000, 2000))
OTHER_SIZES = ((22, 94), (20, 391), (60, 60), (190, 200), (250, 250))
RUNS_AT_A_TIME = 1000
RATES = ((0.3, 0.95), (0.5, 0.9), (0.7, 0.7), (0.8, 0.8), (0.9, 0.95), (0.98, 0.99), (0.2, 0.8), (0.6, 0.55))
TWO_SHARES = {
    "balanced accuracy": proportions.balanced_accuracy,
    "F1": proportions.f1,
    "MCC": proportions.mcc,
}


@dataclass(frozen=True)
class Scenario:
    """Where the scores of polyreactive antibodies come from; `auroc` is that of those that can be detected."""

    auroc: float
    deviation: float = 1.0
    detectable: float = 1.0

    @property
    def name(self) -> str:
        """As a table shows it."""
        if self.detectable < 1:
            return f"half of the polyreactive undetectable, the others {self.auroc:.2f}"
        return "alike" if self.deviation == 1 else f"SD of the polyreactive {self.deviation:g}"

    @property
    def truth(self) -> float:
        """The AUROC of all of them."""
        return self.detectable * self.auroc + (1 - self.detectable) / 2


#: Those of the plan for these statistics.
PLANNED = (
    *(Scenario(auroc) for auroc in (0.60, 0.75, 0.90, 0.95)),
    *(Scenario(auroc, deviation=2.5) for auroc in (0.60, 0.75, 0.90, 0.95)),
    *(Scenario(auroc, detectable=0.5) for auroc in (0.75, 0.90, 0.98)),
)
#: Polyreactives closer together than the specifics, where the interval is wider than it need be.
CURVED = (Scenario(0.75), Scenario(0.90), Scenario(0.90, deviation=2.5))
NARROW = tuple(Scenario(auroc, deviation=0.4) for auroc in (0.60, 0.75, 0.90, 0.95))


def main() -> None:
    """Prints the tables."""
    parts = {
        "auroc": lambda runs: cover_aurocs((*PLANNED, *NARROW), (*SMALL, *OTHER_SIZES), runs),
        "shares": cover_shares,
        "counts": cover_counts,
        "means": cover_means,
        "spearman": cover_spearman,
        "groups": cover_groups,
        "curves": cover_curves,
        "curves-groups": cover_grouped_curves,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--part", choices=parts, action="append")
    options = parser.parse_args()
    for part in options.part or parts:
        print(part)
        print_table(parts[part](options.runs))


def cover_aurocs(scenarios: Sequence[Scenario], sizes: Sequence[tuple[int, int]], runs: int) -> list[Row]:
    """Coverage of the AUROC's interval, and of others."""
    return [cover_auroc(scenario, *counts, runs) for counts in sizes for scenario in scenarios]


def cover_auroc(scenario: Scenario, positives: int, negatives: int, runs: int) -> Row:
    """Of one scenario: DeLong's Wald interval, that on the logit scale with t, Newcombe's, and the rule.

    The wider of the second and the third, below 20 in the smaller class, is what the rule was chosen before.
    """
    found = _estimate_many(scenario, positives, negatives, runs)
    values, variances, degrees = (part[:, 0] for part in (found.values, found.variances, found.degrees))
    half = NormalDist().inv_cdf(0.975) * np.sqrt(variances)
    sizes = {"positives": positives, "negatives": negatives}
    by_logit = logit_limits(values, variances, degrees)
    newcombe = score_limits(values, np.zeros_like(values), degrees, **sizes)
    wider = np.minimum(by_logit[0], newcombe[0]), np.maximum(by_logit[1], newcombe[1])
    low, high = auroc_limits(values, variances, degrees, **sizes)
    return {
        "set": f"{positives}/{negatives}",
        "scores": scenario.name,
        "true AUROC": scenario.truth,
        "Wald": _coverage(scenario.truth, values - half, values + half),
        "logit t": _coverage(scenario.truth, *by_logit),
        "Newcombe": _coverage(scenario.truth, *newcombe),
        "wider of both": _coverage(scenario.truth, *wider),
        "its width": float(np.mean(wider[1] - wider[0])),
        "the rule": _coverage(scenario.truth, low, high),
        "width": float(np.mean(high - low)),
        "truth below": float(np.mean(scenario.truth < low)),
        "truth above": float(np.mean(scenario.truth > high)),
    }


def _estimate_many(scenario: Scenario, positives: int, negatives: int, runs: int) -> Estimates:
    """Of one submission each; the scenario and the set choose the seed."""
    places = [round(1000 * number) for number in (scenario.auroc, scenario.deviation, scenario.detectable)]
    stream = open_stream(SEED, positives, negatives, *places)
    truth, spread = np.array([scenario.auroc]), np.array([scenario.deviation])
    found = []
    for start in range(0, runs, RUNS_AT_A_TIME):
        shape = min(RUNS_AT_A_TIME, runs - start), positives, negatives
        scores = draw_scores(stream, shape, truth, spread, 0.0)
        above = scores[:, :, :positives]
        hidden = stream.random_sample(above.shape) >= scenario.detectable
        above[hidden] = stream.standard_normal(int(hidden.sum()))
        found.append(estimate(scores, positives))
    names = ("values", "from_positives", "from_negatives")
    joined = (np.concatenate([getattr(part, name) for part in found]) for name in names)
    return Estimates(*joined, positives, negatives)


def cover_shares(runs: int) -> list[Row]:
    """Coverage of Wilson's interval: sensitivity on 7 and 29 antibodies, specificity on 57 and 391."""
    rows: list[Row] = []
    for total in (7, 29, 57, 391):
        for share in (0.5, 0.7, 0.9, 0.98):
            successes = open_stream(SEED, total, round(1000 * share)).binomial(total, share, runs).astype(float)
            low, high = proportions.wilson_limits(successes, total)
            width = float(np.mean(high - low))
            rows.append({"of": total, "true share": share, "Wilson": _coverage(share, low, high), "width": width})
    return rows


def cover_counts(runs: int) -> list[Row]:
    """Coverage of MOVER, and of percentiles of binomial draws by class (at most 1,000 runs of 1,000 draws)."""
    rows: list[Row] = []
    for positives, negatives in SMALL:
        for sensitivity, specificity in RATES:
            stream = open_stream(SEED, positives, round(1000 * sensitivity), round(1000 * specificity))
            right = stream.binomial(positives, sensitivity, runs).astype(float)
            wrong = stream.binomial(negatives, 1 - specificity, runs).astype(float)
            few_right, few_wrong = right[:1000, np.newaxis], wrong[:1000, np.newaxis]
            size = few_right.size, 1000
            drawn_right = stream.binomial(positives, few_right / positives, size).astype(float)
            drawn_wrong = stream.binomial(negatives, few_wrong / negatives, size).astype(float)
            row: Row = {"set": f"{positives}/{negatives}", "sensitivity": sensitivity, "specificity": specificity}
            for name, statistic in TWO_SHARES.items():
                expected = np.asarray(positives * sensitivity), np.asarray(negatives * (1 - specificity))
                truth = float(statistic(expected[0], positives, expected[1], negatives))
                limits = proportions.mover_limits(statistic, right, positives, wrong, negatives)
                row[name] = _coverage(truth, *limits)
                drawn = statistic(drawn_right, positives, drawn_wrong, negatives)
                defined = ~np.isnan(drawn).all(axis=1)
                percentiles = np.nanquantile(drawn[defined], [0.025, 0.975], axis=1)
                row[f"{name}, bootstrap"] = _coverage(truth, *percentiles)
            rows.append(row)
    return rows


def cover_means(runs: int) -> list[Row]:
    """Coverage of the interval of the Brier score and the log loss, of calibrated and of overconfident scores.

    The truth is the mean over both classes of this set's sizes, from 2,000,000 draws of either.
    """
    rows: list[Row] = []
    for positives, negatives in (JAIN, (200, 200)):
        labels = np.repeat([1, 0], [positives, negatives])
        share = positives / labels.size
        for name, stretch in (("calibrated", 1.0), ("twice too sure", 2.0)):
            stream = open_stream(SEED, positives, round(stretch))
            many = [_losses(stream, np.full(2_000_000, label), share, stretch) for label in (1, 0)]
            row: Row = {"set": f"{positives}/{negatives}", "scores": name}
            for place, loss in enumerate(("Brier score", "log loss")):
                truth = share * many[0][place].mean() + (1 - share) * many[1][place].mean()
                held = 0
                for _ in range(runs):
                    found = mean_interval(labels, _losses(stream, labels, share, stretch)[place])
                    held += found.low <= truth <= found.high
                row[loss] = held / runs
            rows.append(row)
    return rows


def _losses(
    stream: np.random.RandomState, labels: np.ndarray, share: float, stretch: float
) -> tuple[Floats, Floats]:
    """Squared errors and logarithmic losses of the probabilities that follow from normal scores 1.5 apart."""
    gap = 1.5
    evidence = stream.standard_normal(labels.size) + gap * labels
    log_odds = stretch * (gap * evidence - gap**2 / 2 + math.log(share / (1 - share)))
    towards = np.where(labels == 1, log_odds, -log_odds)
    return 1 / np.square(1 + np.exp(towards)), np.logaddexp(0, -towards)


def cover_spearman(runs: int) -> list[Row]:
    """Coverage of the interval of Spearman's correlation, of bivariate normal pairs."""
    rows: list[Row] = []
    for pairs in (20, 86, 398):
        for pearson in (0.0, 0.3, 0.6, 0.9):
            stream = open_stream(SEED, pairs, round(1000 * pearson))
            truth = 6 / math.pi * math.asin(pearson / 2)
            scores = stream.standard_normal((runs, pairs))
            assay = pearson * scores + math.sqrt(1 - pearson**2) * stream.standard_normal((runs, pairs))
            ranks = [np.argsort(np.argsort(part, axis=1), axis=1) for part in (scores, assay)]
            squares = np.square(ranks[0] - ranks[1]).sum(axis=1)
            found = [spearman_interval(float(1 - 6 * d / (pairs**3 - pairs)), pairs) for d in squares]
            held = float(np.mean([interval.low <= truth <= interval.high for interval in found]))
            width = float(np.mean([interval.high - interval.low for interval in found]))
            rows.append({"antibodies": pairs, "true correlation": truth, "covered": held, "width": width})
    return rows


def cover_groups(runs: int) -> list[Row]:
    """Coverage where rows come in groups of 1 to 9 that share half of the variance of their scores.

    Nine in ten rows of a group have the label of the group, half of the groups are polyreactive; called
    polyreactive is what scores above the middle. Given by groups, and by rows as if they were independent.
    """
    rows: list[Row] = []
    for groups in (60, 120, 400):
        for auroc in (0.60, 0.75, 0.90):
            gap = binormal_mean(auroc)
            right = NormalDist().cdf(gap / 2)  # sensitivity and specificity
            stream = open_stream(SEED, groups, round(1000 * auroc))
            held = {name: [0, 0] for name in ("AUROC", "accuracy", "balanced accuracy")}
            for _ in range(runs):
                labels, scores, group_of = draw_groups(stream, groups, gap)
                called = (scores > gap / 2).astype(np.int64)
                positives, negatives = int(labels.sum()), int((1 - labels).sum())
                counts = int(called[labels == 1].sum()), positives, int(called[labels == 0].sum()), negatives
                rights = counts[0] + negatives - counts[2]
                by_rows = {
                    "AUROC": auroc_interval(labels, scores),
                    "accuracy": proportions.wilson_interval(rights, labels.size),
                    "balanced accuracy": proportions.balanced_accuracy_interval(*counts),
                }
                by_groups = {
                    "AUROC": auroc_interval(labels, scores, group_of),
                    **{
                        name: grouped_interval(statistic, labels, called, group_of, by_rows[name], draws=500)
                        for name, statistic in (
                            ("accuracy", accuracy),
                            ("balanced accuracy", proportions.balanced_accuracy),
                        )
                    },
                }
                for name, truth in (("AUROC", auroc), ("accuracy", right), ("balanced accuracy", right)):
                    for place, found in enumerate((by_groups[name], by_rows[name])):
                        held[name][place] += found.low <= truth <= found.high
            row: Row = {"groups": groups, "true AUROC": auroc}
            for name, (grouped, alone) in held.items():
                row[name], row[f"{name}, by rows"] = grouped / runs, alone / runs
            rows.append(row)
    return rows


def cover_curves(runs: int) -> list[Row]:
    """Coverage of the bands of both curves: over all points, at the worst one, and of a whole ROC curve."""
    rows: list[Row] = []
    for positives, negatives in CURVE_SIZES:
        labels = np.repeat([1, 0], [positives, negatives])
        for scenario in CURVED:
            stream = open_stream(SEED, positives, round(1000 * scenario.auroc), round(1000 * scenario.deviation))
            mean = binormal_mean(scenario.auroc, scenario.deviation)
            drawn = []
            for _ in range(runs):
                scores = stream.standard_normal(labels.size)
                scores[:positives] = mean + scenario.deviation * scores[:positives]
                drawn.append(draw_curves(labels, scores))
            roc, recall = [each.roc for each in drawn], [each.precision_recall for each in drawn]
            held = _hold(roc, true_roc(roc[0].at, mean, scenario.deviation))
            share = positives / labels.size
            held_too = _hold(recall, true_precision(recall[0].at, share, mean, scenario.deviation))
            rows.append(
                {
                    "set": f"{positives}/{negatives}",
                    "true AUROC": scenario.auroc,
                    "scores": scenario.name,
                    "ROC": float(held.mean()),
                    "worst point": float(held.mean(axis=0).min()),
                    "all points at once": float(held.all(axis=1).mean()),
                    "width at .10": _width(roc, 0.1),
                    "PR": float(held_too.mean()),
                    "its worst point": float(held_too.mean(axis=0).min()),
                    "its width at .50": _width(recall, 0.5),
                }
            )
    return rows


def cover_grouped_curves(runs: int) -> list[Row]:
    """As `cover_groups`, of the bands of both curves: over all points, by groups and by rows."""
    rows: list[Row] = []
    for groups in (60, 120, 400):
        for auroc in (0.75, 0.90):
            gap = binormal_mean(auroc)
            stream = open_stream(SEED, groups, round(1000 * auroc))
            held: dict[str, list[float]] = {name: [] for name in ("ROC", "ROC, by rows", "PR", "PR, by rows")}
            for _ in range(runs):
                labels, scores, group_of = draw_groups(stream, groups, gap)
                for ending, told in (("", group_of), (", by rows", None)):
                    drawn = draw_curves(labels, scores, told)
                    precision = true_precision(drawn.precision_recall.at, labels.mean(), gap)
                    held[f"ROC{ending}"].append(_hold([drawn.roc], true_roc(drawn.roc.at, gap)).mean())
                    held[f"PR{ending}"].append(_hold([drawn.precision_recall], precision).mean())
            rows.append({"groups": groups, "true AUROC": auroc, **{k: float(np.mean(v)) for k, v in held.items()}})
    return rows


def true_roc(rates: Floats, mean: float, deviation: float = 1.0) -> Floats:
    """The sensitivity of binormal scores at each false positive rate."""
    return ndtr((mean + ndtri(rates)) / deviation)


def true_precision(recalls: Floats, share: float, mean: float, deviation: float = 1.0) -> Floats:
    """The precision of binormal scores at each recall, where so large a share is polyreactive."""
    rates = ndtr(-(mean + deviation * ndtri(1 - recalls)))
    return recalls * share / (recalls * share + rates * (1 - share))


def _hold(curves: Sequence[Curve], truth: Floats) -> np.ndarray:
    """Whether each curve's band holds the truth at each point between 0 and 1, of shape (curves, points)."""
    inner = (curves[0].at > 0) & (curves[0].at < 1)
    low, high = np.array([curve.low for curve in curves]), np.array([curve.high for curve in curves])
    return ((low <= truth) & (truth <= high))[:, inner]


def _width(curves: Sequence[Curve], at: float) -> float:
    place = int(np.searchsorted(curves[0].at, at))
    return float(np.mean([curve.high[place] - curve.low[place] for curve in curves]))


def draw_groups(
    stream: np.random.RandomState, groups: int, gap: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, scores and groups of rows."""
    sizes = stream.randint(1, 10, groups)
    group_of = np.repeat(np.arange(groups), sizes)
    labels = ((stream.random_sample(groups) < 0.5)[group_of] ^ (stream.random_sample(group_of.size) < 0.1)) + 0
    shared, own = stream.standard_normal(groups)[group_of], stream.standard_normal(group_of.size)
    return labels, gap * labels + math.sqrt(0.5) * (shared + own), group_of


def accuracy(true_positives: Floats, positives: Floats, false_positives: Floats, negatives: Floats) -> Floats:
    """The share of rows called rightly."""
    return (true_positives + negatives - false_positives) / (positives + negatives)


def _coverage(truth: float, low: Floats, high: Floats) -> float:
    return float(np.mean((low <= truth) & (truth <= high)))


if __name__ == "__main__":
    main()
