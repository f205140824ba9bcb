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
    """What a metric is made from beside the labels; of all of them only ASSAY needs no label."""

    PREDICTIONS = "predictions"
    SCORES = "scores"
    PROBABILITIES = "scores declared as probabilities"
    ASSAY = "scores and assay values"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; TP, FP, TN and FN count at the submission's own threshold, polyreactive is positive.

    `lowest` and `highest` are the ends of its range, both attainable; `highest` is None where there is none.
    `is_in_tables` says whether the tables of the leaderboard have a column for it: the records, leaderboard.json
    and `polyreact score` have all of them.
    """

    key: str
    title: str
    short: str
    direction: Direction
    lowest: float
    highest: float | None
    needs: Needs
    formula: str
    source: str
    is_in_tables: bool = True


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
    Metric(
        key="youden",
        title="Youden's J",
        short="J",
        direction=Direction.HIGHER,
        lowest=-1,
        highest=1,
        needs=Needs.PREDICTIONS,
        formula="sensitivity + specificity - 1",
        source="Youden 1950, Cancer 3:32",
        is_in_tables=False,
    ),
    Metric(
        key="specificity_at_sensitivity_90",
        title="Specificity at a sensitivity of .90",
        short="Spec@.90",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.SCORES,
        formula="highest specificity of all thresholds on the score that find at least .90 of the polyreactive",
        source="a point of the empirical ROC curve (Pepe 2003, Oxford, chapter 4), without interpolation",
        is_in_tables=False,
    ),
    Metric(
        key="precision_at_positives",
        title="Precision at as many as are polyreactive",
        short="P@P",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.SCORES,
        formula="share of polyreactive among the k highest scores, of k in the set; ties: mean over their orders",
        source="R-precision: Manning et al. 2008, Information Retrieval, 8.4; ties: McSherry, Najork 2008, ECIR",
        is_in_tables=False,
    ),
    Metric(
        key="precision_at_10",
        title="Precision at 10",
        short="P@10",
        direction=Direction.HIGHER,
        lowest=0,
        highest=1,
        needs=Needs.SCORES,
        formula="share of polyreactive among the 10 highest scores; ties: mean over their orders",
        source="Manning et al. 2008, Information Retrieval, 8.4; ties: McSherry, Najork 2008, ECIR",
        is_in_tables=False,
    ),
    Metric(
        key="log_loss",
        title="Log loss",
        short="Log loss",
        direction=Direction.LOWER,
        lowest=0,
        highest=None,
        needs=Needs.PROBABILITIES,
        formula="mean of -ln(score) over the polyreactive and of -ln(1 - score) over the specific, pooled",
        source="Good 1952, J R Stat Soc B 14:107; nothing is clipped",
        is_in_tables=False,
    ),
    Metric(
        key="ece",
        title="Expected calibration error",
        short="ECE",
        direction=Direction.LOWER,
        lowest=0,
        highest=1,
        needs=Needs.PROBABILITIES,
        formula="mean over antibodies of |mean score - share of polyreactive| of their bin; 10 of equal width",
        source="Guo et al. 2017, ICML, arXiv:1706.04599; the score is that of the positive class",
        is_in_tables=False,
    ),
    Metric(
        key="spearman",
        title="Spearman's rank correlation with the assay",
        short="Spearman",
        direction=Direction.HIGHER,
        lowest=-1,
        highest=1,
        needs=Needs.ASSAY,
        formula="Pearson's correlation of mean ranks of score and assay value; antibodies without one left out",
        source="Spearman 1904, Am J Psychol 15:72",
        is_in_tables=False,
    ),
)

#: Those that have a column in the tables of the leaderboard.
TABLE_METRICS: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.is_in_tables)

METRICS_BY_KEY: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in METRICS})
