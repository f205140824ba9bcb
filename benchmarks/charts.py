"""What the site's charts cost, and how many times as long matplotlib takes for the same ROC curve.

matplotlib is no dependency of the project: `pip install matplotlib` first, or pass --without-matplotlib. It is
measured as it is commonly used, and at its best: one figure whose lines get new points each time. Ratios are of
medians of the same run, since machines differ and are seldom idle.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable

from polyreact.leaderboard.site import charts

POINTS = 100
ROUNDS = 40
SUBMISSIONS = 1_000
TRACKS = 5
MOST_MS = 1.5


def main() -> None:
    """Measure and print; ends with 1 where a curve chart takes longer than a build of the site can give it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-matplotlib", action="store_true")
    options = parser.parse_args()
    made = {name: (median_ms(draw), len(draw().svg.encode())) for name, draw in drawings().items()}
    print(f"{'chart':<28} {'ms':>7} {'bytes':>8}")
    for name, (milliseconds, size) in made.items():
        print(f"{name:<28} {milliseconds:>7.2f} {size:>8,}")
    curves = ("ROC", "precision-recall", "distribution")
    whole = sum(made[name][0] for name in curves) * SUBMISSIONS * TRACKS / 1000
    print(f"{len(curves) * SUBMISSIONS * TRACKS:,} curve charts: {whole:.1f} s on one core")
    if not options.without_matplotlib:
        for name, draw in matplotlib_drawings().items():
            milliseconds = median_ms(draw)
            print(
                f"{name:<28} {milliseconds:>7.2f} {len(draw()):>8,}  {milliseconds / made['ROC'][0]:.0f} x our ROC"
            )
    raise SystemExit(max(made[name][0] for name in curves) > MOST_MS)


def median_ms(draw: Callable[[], object]) -> float:
    """The median of some rounds, after one that warms up."""
    draw()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        draw()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def points(count: int) -> list[charts.CurvePoint]:
    """A smooth curve with a band."""
    xs = [index / (count - 1) for index in range(count)]
    return [(x, x**0.45, max(0.0, x**0.45 - 0.08), min(1.0, x**0.45 + 0.08)) for x in xs]


def drawings() -> dict[str, Callable[[], charts.Chart]]:
    """Each chart at a common size, and what grows at its largest."""
    one = charts.Series("A model", points(POINTS), 0.73, (0.61, 0.82), charts.OperatingPoint(0.2, 0.48, 0.5))
    other = charts.Series("Another", points(POINTS)[::2], 0.73, (0.61, 0.82))
    long = charts.Series("A model", points(2_000), 0.73, (0.61, 0.82))
    counts = [index % 7 + 1 for index in range(20)]
    histogram = charts.Histogram([index / 20 for index in range(21)], counts, counts, 0.5, (30, 20))
    bins = [charts.Bin(index / 10 + 0.05, index / 10, (0.0, 1.0), index + 5) for index in range(10)]
    rows = [charts.Row(f"Entry {index}", 0.8 - index / 200, (0.5, 0.9)) for index in range(60)]
    names = [f"Entry {index}" for index in range(30)]
    verdicts = [[None if i == j else charts.Verdict.UNDECIDED for j in range(30)] for i in range(30)]
    costs = [
        charts.CostPoint(f"Entry {i}", 0.5 + i % 40 / 100, 1.2**i % 5_000 + 1, (0.4, 0.95)) for i in range(120)
    ]
    return {
        "ROC": lambda: charts.build_roc("roc", "jain", [one]),
        "ROC of two": lambda: charts.build_roc("roc", "jain", [one, other]),
        "ROC, 2,000 points": lambda: charts.build_roc("roc", "jain", [long]),
        "precision-recall": lambda: charts.build_precision_recall("pr", "jain", [one], 0.47),
        "distribution": lambda: charts.build_distribution("scores", "jain", "A model", histogram),
        "reliability": lambda: charts.build_reliability("reliability", "jain", "A model", bins),
        "forest, 60 rows": lambda: charts.build_forest("forest", "jain", rows),
        "pairs, 30 entries": lambda: charts.build_pair_matrix("pairs", "jain", names, verdicts),
        "cost, 120 entries": lambda: charts.build_cost("cost", "jain", costs),
    }


def matplotlib_drawings() -> dict[str, Callable[[], str]]:
    """The ROC curve by matplotlib: a figure for each, and one figure for all."""
    import matplotlib as mpl  # noqa: PLC0415 - no dependency of the project
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "polyreact"})
    xs, ys, lows, highs = zip(*points(POINTS), strict=True)

    def new() -> tuple[Figure, Callable[[], None]]:
        figure = Figure(figsize=(3.6, 3.6))
        axes = figure.subplots()
        band = axes.fill_between(xs, lows, highs, alpha=0.2)
        (line,) = axes.plot(xs, ys)
        axes.plot([0, 1], [0, 1], "--")
        axes.set(xlabel="False positive rate", ylabel="True positive rate", title="A model")

        def again() -> None:
            line.set_data(xs, ys)
            band.set_verts([[*zip(xs, lows, strict=True), *zip(xs[::-1], highs[::-1], strict=True)]])

        return figure, again

    def save(figure: Figure) -> str:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue().decode()

    kept, refresh = new()

    def reused() -> str:
        refresh()
        return save(kept)

    return {"matplotlib": lambda: save(new()[0]), "matplotlib, figure reused": reused}


if __name__ == "__main__":
    main()
