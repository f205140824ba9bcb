"""The site's charts: from plain values to SVG text, with a sentence for those who do not see it.

Pure functions, without records and files. How they look is `assets/charts.css`; why they are our own is in
docs/explanation/decisions/0021-charts.md.
"""

from polyreact.leaderboard.site.charts.badge import badge_words, build_badge
from polyreact.leaderboard.site.charts.cost import CostPoint, build_cost, find_frontier
from polyreact.leaderboard.site.charts.curves import (
    CurvePoint,
    OperatingPoint,
    Series,
    build_precision_recall,
    build_roc,
)
from polyreact.leaderboard.site.charts.differences import DifferenceRow, build_differences
from polyreact.leaderboard.site.charts.distribution import Histogram, build_distribution
from polyreact.leaderboard.site.charts.forest import Row, build_forest
from polyreact.leaderboard.site.charts.pairs import Verdict, build_pair_matrix
from polyreact.leaderboard.site.charts.reliability import Bin, build_reliability
from polyreact.leaderboard.site.charts.svg import Chart

__all__ = [
    "Bin",
    "Chart",
    "CostPoint",
    "CurvePoint",
    "DifferenceRow",
    "Histogram",
    "OperatingPoint",
    "Row",
    "Series",
    "Verdict",
    "badge_words",
    "build_badge",
    "build_cost",
    "build_differences",
    "build_distribution",
    "build_forest",
    "build_pair_matrix",
    "build_precision_recall",
    "build_reliability",
    "build_roc",
    "find_frontier",
]
