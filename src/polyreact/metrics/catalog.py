"""Every metric the benchmark shows, described as data, in the order in which they are shown.

What a metric means is written here once; the leaderboard, the page and the documentation read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Direction(StrEnum):
    """Which values are the better ones."""

    HIGHER = "higher is better"
    LOWER = "lower is better"


class Needs(StrEnum):
    """Which column of the predictions table a metric is made from."""

    PREDICTIONS = "predictions"
    SCORES = "scores"
    PROBABILITIES = "scores declared as probabilities"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; TP, FP, TN and FN count at the submission's own threshold, polyreactive is positive.

    `lowest` and `highest` are the ends of its range, both attainable.
    """

    key: str
    title: str
    short: str
    direction: Direction
    lowest: float
    highest: float
    needs: Needs
    formula: str
    source: str


METRICS: tuple[Metric, ...] = (
    Metric(
        key="accuracy",
        title="Accuracy",
        short="Acc",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="(TP + TN) / (TP + TN + FP + FN)",
        source="the share of predictions that are right",
    ),
    Metric(
        key="balanced_accuracy",
        title="Balanced accuracy",
        short="Bal. acc",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="(sensitivity + specificity) / 2",
        source="Brodersen et al. 2010, ICPR, doi:10.1109/ICPR.2010.764",
    ),
    Metric(
        key="sensitivity",
        title="Sensitivity",
        short="Sens",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="TP / (TP + FN)",
        source="Yerushalmy 1947, Public Health Rep 62:1432",
    ),
    Metric(
        key="specificity",
        title="Specificity",
        short="Spec",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="TN / (TN + FP)",
        source="Yerushalmy 1947, Public Health Rep 62:1432",
    ),
    Metric(
        key="precision",
        title="Precision",
        short="Prec",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="TP / (TP + FP)",
        source="positive predictive value",
    ),
    Metric(
        key="f1",
        title="F1",
        short="F1",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="2 TP / (2 TP + FP + FN)",
        source="van Rijsbergen 1979, Information Retrieval, chapter 7",
    ),
    Metric(
        key="mcc",
        title="Matthews correlation",
        short="MCC",
        direction=Direction.HIGHER,
        lowest=-1,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="(TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN))",
        source="Matthews 1975, Biochim Biophys Acta 405:442",
    ),
    Metric(
        key="roc_auc",
        title="Area under the ROC curve",
        short="AUROC",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.SCORES,
        formula="P(score of a polyreactive > score of a specific) + P(equal) / 2",
        source="Hanley and McNeil 1982, Radiology 143:29",
    ),
    Metric(
        key="average_precision",
        title="Average precision",
        short="AP",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.SCORES,
        formula="sum over distinct scores, highest first, of (gain in sensitivity) x (precision)",
        source="step-wise, without interpolation, as scikit-learn defines it",
    ),
    Metric(
        key="brier",
        title="Brier score",
        short="Brier",
        direction=Direction.LOWER,
        lowest=0,
        highest=1,
        needs=Needs.PROBABILITIES,
        formula="mean of (score - label) squared",
        source="Brier 1950, Mon Weather Rev 78:1",
    ),
)

METRICS_BY_KEY: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in METRICS})
