"""Metrics of scores read as probabilities; made only for a submission that declares them to be."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from polyreact.metrics.interface import MetricValue, ReliabilityBin

#: Equally wide bins. With equally full ones ECE is less biased on small sets (Roelofs et al. 2022, AISTATS,
#: arXiv:2012.08668), but their ends hang on the submission and on where equal scores are parted: these are the same
#: for all submissions, part no ties, and can be drawn over each other.
BINS = 10
_ENDS = tuple(number / BINS for number in range(BINS + 1))

NOT_A_PROBABILITY = "the submission does not declare its score a probability"
OUTSIDE_UNIT_INTERVAL = "the score is declared a probability and lies outside 0 to 1 for some antibodies"
INFINITE_LOSS = "a score of exactly 0 or 1 is wrong for some antibody, so the loss is infinite"


def find_defect(scores: npt.NDArray[np.floating], *, is_probability: bool) -> str | None:
    """Why these scores, of shape (n,), cannot be read as probabilities; None where they can."""
    if not is_probability:
        return NOT_A_PROBABILITY
    return OUTSIDE_UNIT_INTERVAL if bool(np.any((scores < 0) | (scores > 1))) else None


def brier(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], *, is_probability: bool
) -> MetricValue:
    """The mean squared distance of score and label; `labels` are 0 or 1, both arrays of shape (n,).

    The sum is exactly rounded, so it does not depend on the order of the rows.
    """
    defect = find_defect(scores, is_probability=is_probability)
    if defect is not None:
        return MetricValue(None, defect)
    return MetricValue(math.fsum(np.square(scores - labels).tolist()) / labels.size)


def log_loss(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], *, is_probability: bool
) -> MetricValue:
    """The mean of -ln of the probability given to the true class; arrays as for `brier`.

    Not available where that probability is 0 for any antibody. scikit-learn clips it there; the number would then
    tell where the clip is.
    """
    defect = find_defect(scores, is_probability=is_probability)
    if defect is not None:
        return MetricValue(None, defect)
    polyreactive, specific = scores[labels == 1].tolist(), scores[labels == 0].tolist()
    if 0.0 in polyreactive or 1.0 in specific:
        return MetricValue(None, INFINITE_LOSS)
    # Not numpy's logarithm, whose last bit depends on the processor.
    logarithms = [math.log(score) for score in polyreactive] + [math.log1p(-score) for score in specific]
    return MetricValue(abs(math.fsum(logarithms)) / labels.size)


def build_reliability(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating]
) -> tuple[ReliabilityBin, ...]:
    """BINS bins of equal width, empty ones too; `labels` are 0 or 1 and `scores` in 0 to 1, both of shape (n,).

    A bin is open below and closed above, as in Guo et al. 2017; the first is closed on both sides. Their ends are
    the numbers 0.1, 0.2 and so on as a decimal literal gives them. Sums are exactly rounded.
    """
    places = np.searchsorted(_ENDS[1:-1], scores, side="left")
    return tuple(
        _build_bin(number, scores[places == number].tolist(), int(labels[places == number].sum()))
        for number in range(BINS)
    )


def _build_bin(number: int, scores: list[float], polyreactive: int) -> ReliabilityBin:
    mean = math.fsum(scores) / len(scores) if scores else None
    return ReliabilityBin(_ENDS[number], _ENDS[number + 1], len(scores), polyreactive, mean)


def ece(labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], *, is_probability: bool) -> MetricValue:
    """The expected calibration error: |mean score - share of polyreactive| of the bins, by their antibodies.

    Arrays as for `brier`, bins as `build_reliability` makes them. Biased to the large side: even a calibrated score
    has some, the more the fewer antibodies a bin has, so compare it within one set only.
    """
    defect = find_defect(scores, is_probability=is_probability)
    if defect is not None:
        return MetricValue(None, defect)
    gaps = [
        abs(part.mean_score * part.antibodies - part.polyreactive)
        for part in build_reliability(labels, scores)
        if part.mean_score is not None
    ]
    return MetricValue(math.fsum(gaps) / labels.size)
