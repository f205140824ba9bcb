"""One of each chart with data of the size and shape that tracks have; all drawn from fixed seeds."""

from itertools import pairwise
from math import exp
from random import Random

from polyreact.leaderboard.site import charts

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": "\" onload='alert(1)' x=\"",
    "cdata": "]]></title><svg onload=alert(1)>",
    "entity": "&lt;b&gt; &amp; &#60;",
    "long": "x" * 10_000,
    "words": "polyreactivity " * 700,
    "right-to-left": "\u05d0\u05e0\u05d8\u05d9 \u202edef\u2066\u200f",
    "emoji": "\U0001f469\U0001f52c\U0001f3fd \U0001f9ec" * 40,
    "wide": "\u6297\u4f53" * 60,
    "control": "a\x00\x1b[31mb\ud800c",
    "empty": "",
}

PLAIN = "ESM-2 650M, logistic head"
OTHER = "composition-logistic"


def _seeded(seed):
    return Random(seed)  # noqa: S311 - data for pictures


def scores(shift, seed=1, negatives=72, positives=65):
    """(score, is polyreactive) of a set of the size of Jain's."""
    draw = _seeded(seed)
    return [
        (1 / (1 + exp(-draw.gauss(shift if label else -shift, 1.2))), label)
        for label in [0] * negatives + [1] * positives
    ]


def roc_points(rows, width=0.09):
    positives = sum(label for _, label in rows)
    negatives = len(rows) - positives
    found, wrong, points = 0, 0, [(0.0, 0.0)]
    for _, label in sorted(rows, reverse=True):
        found, wrong = found + label, wrong + 1 - label
        points.append((wrong / negatives, found / positives))
    return [(x, y, *_band(y, width * 4 * y * (1 - y))) for x, y in points]


def precision_recall_points(rows, width=0.08):
    positives = sum(label for _, label in rows)
    found, points = 0, []
    for called, (_, label) in enumerate(sorted(rows, reverse=True), 1):
        found += label
        if label:
            points.append((found / positives, found / called))
    return [(x, y, *_band(y, width + 0.2 * (1 - x) ** 3)) for x, y in points]


def _band(y, half):
    return max(0.0, y - half), min(1.0, y + half)


def area(points):
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))


def roc_series(name=PLAIN, shift=0.55, seed=1, with_threshold=True):
    points = roc_points(scores(shift, seed))
    at = points[len(points) // 3]
    value = area(points)
    return charts.Series(
        name,
        points,
        value,
        (value - 0.09, value + 0.08),
        charts.OperatingPoint(at[0], at[1], 0.5) if with_threshold else None,
    )


def precision_recall_series(name=PLAIN, shift=0.55, seed=1):
    points = precision_recall_points(scores(shift, seed))
    return charts.Series(name, points, 0.71, (0.60, 0.80), charts.OperatingPoint(points[40][0], points[40][1], 0.5))


def histogram(shift=0.55, bins=20, negatives=72, positives=65):
    rows = scores(shift, 3, negatives, positives)
    counts = [
        [sum(label == kind and int(score * bins) == index for score, label in rows) for index in range(bins)]
        for kind in (0, 1)
    ]
    called = tuple(sum(label == kind and score >= 0.5 for score, label in rows) for kind in (1, 0))
    return charts.Histogram([i / bins for i in range(bins + 1)], *counts, threshold=0.5, called=called)


def reliability_bins():
    draw = _seeded(4)
    bins = []
    for index in range(10):
        predicted = index / 10 + 0.05
        observed = min(1.0, max(0.0, 0.5 + (predicted - 0.5) * 0.6 + draw.uniform(-0.06, 0.06)))
        bins.append(
            charts.Bin(predicted, observed, (max(0, observed - 0.16), min(1, observed + 0.16)), draw.randint(5, 24))
        )
    return bins


def forest_rows(count=14):
    draw = _seeded(5)
    rows = []
    for index in range(count):
        value = 0.78 - 0.32 * index / max(1, count - 1) + draw.uniform(-0.01, 0.01)
        rows.append(charts.Row(f"{_NAMES[index % len(_NAMES)]} {index + 1}", value, (value - 0.1, value + 0.09)))
    middle, last = max(0, count // 2), count - 1
    rows[middle] = charts.Row("isoelectric-point", rows[middle].value, rows[middle].limits, is_baseline=True)
    rows[last] = charts.Row("random", 0.49, (0.39, 0.59), is_baseline=True)
    return rows


_NAMES = (
    "ESM-2 650M + LR",
    "AbLang2",
    "IgBert fine-tuned on PSR",
    "Sapiens",
    "AntiBERTy + XGBoost",
    "CNN",
    "TAP rules",
)


def verdicts(count):
    better, worse, undecided = charts.Verdict.BETTER, charts.Verdict.WORSE, charts.Verdict.UNDECIDED
    reach = max(2, count // 3)
    return [
        [
            None if i == j else better if j - i >= reach else worse if i - j >= reach else undecided
            for j in range(count)
        ]
        for i in range(count)
    ]


def entry_names(count):
    return [f"{_NAMES[index % len(_NAMES)]} {index + 1}" for index in range(count)]


def cost_points(count=26):
    draw = _seeded(6)
    points = [
        charts.CostPoint("isoelectric-point", 0.58, 0.9, (0.48, 0.68), is_baseline=True),
        charts.CostPoint("random", 0.49, 0.4, (0.39, 0.59), is_baseline=True),
    ]
    for index in range(count - len(points)):
        seconds = 10 ** draw.uniform(0, 3.4)
        auroc = 0.52 + 0.07 * draw.uniform(0, 1.1) * (1 + len(str(int(seconds))))
        points.append(charts.CostPoint(entry_names(count)[index], auroc, seconds, (auroc - 0.09, auroc + 0.08)))
    return points


def every_chart(name=PLAIN, prefix="c"):
    """The charts that a name can stand in, by kind."""
    both = [roc_series(name), roc_series(OTHER, 0.2, 2)]
    return {
        "roc": charts.build_roc(f"{prefix}-roc", "jain", [roc_series(name)]),
        "roc-two": charts.build_roc(f"{prefix}-roc-two", "jain", both),
        "precision-recall": charts.build_precision_recall(
            f"{prefix}-pr", "jain", [precision_recall_series(name)], 65 / 137
        ),
        "precision-recall-two": charts.build_precision_recall(
            f"{prefix}-pr-two",
            "jain",
            [precision_recall_series(name), precision_recall_series(OTHER, 0.2, 2)],
            65 / 137,
        ),
        "distribution": charts.build_distribution(f"{prefix}-distribution", "jain", name, histogram()),
        "reliability": charts.build_reliability(f"{prefix}-reliability", "jain", name, reliability_bins()),
        "forest": charts.build_forest(
            f"{prefix}-forest", "jain", [charts.Row(name, 0.81, (0.7, 0.9)), *forest_rows()]
        ),
        "pairs": charts.build_pair_matrix(f"{prefix}-pairs", "jain", [name, *entry_names(8)], verdicts(9)),
        "cost": charts.build_cost(f"{prefix}-cost", "jain", [charts.CostPoint(name, 0.81, 30), *cost_points()]),
    }


def large_charts(prefix="large"):
    """Charts at the most that they draw."""
    six = [roc_series(f"{name} {index}", 0.9 - 0.17 * index, index) for index, name in enumerate(_NAMES[:6])]
    return {
        "roc-six": charts.build_roc(f"{prefix}-roc-six", "jain", six),
        "forest-60": charts.build_forest(f"{prefix}-forest", "harvey-test", forest_rows(72)),
        "pairs-30": charts.build_pair_matrix(f"{prefix}-pairs", "jain", entry_names(34), verdicts(34)),
        "cost-120": charts.build_cost(f"{prefix}-cost", "jain", cost_points(120)),
        "shehata": charts.build_distribution(f"{prefix}-shehata", "shehata", PLAIN, histogram(0.8, 20, 391, 7)),
    }
