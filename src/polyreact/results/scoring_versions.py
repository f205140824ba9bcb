"""What every scoring version brought, in one sentence: the entries of CHANGELOG.md of the kind "scoring"."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: The newest is `evaluation.score.SCORING_VERSION`; the sentences stand in docs/reference/scoring-changes.md.
SCORING_VERSIONS: Mapping[int, str] = MappingProxyType(
    {
        1: "Of 2026-11-23, the first: accuracy, balanced accuracy, sensitivity, specificity, precision, F1, MCC, "
        "AUROC, average precision, and the Brier score where the score is declared a probability.",
        2: "Of 2026-11-24: every figure of version 1 is as it was; added are Youden's J, the specificity at a "
        "sensitivity of .90, the precision of as many as are polyreactive and of 10, for declared probabilities "
        "log loss and expected calibration error, and Spearman's correlation with the assay value where the set "
        "has one; values have intervals, and every two submissions of a track are compared on the same antibodies.",
    }
)
