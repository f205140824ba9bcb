"""What is kept of comparing all submissions of a track with each other: `results/comparisons/<track>.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from polyreact.results.records import Digest, Frozen

#: Version of the JSON written by this program.
COMPARISONS_SCHEMA_VERSION = 1


class DifferenceRecord(Frozen):
    """First less second, its interval, and the p-value of no difference by `test`, not adjusted for other pairs.

    `standard_error` is that of a difference in AUROC, and None where there is none and for accuracies. Limits and
    standard errors are in millionths, p-values have six digits.
    """

    difference: float
    low: float
    high: float
    p_value: float
    test: str
    standard_error: float | None = None

    def negated(self) -> DifferenceRecord:
        """Second less first."""
        turned = {
            "difference": 0.0 - self.difference,
            "low": 0.0 - self.high,
            "high": 0.0 - self.low,
        }
        return self.model_copy(update=turned)


class PairRecord(Frozen):
    """Two submissions in alphabetical order. On a fold track `auroc` is of the mean over the folds."""

    first: str
    second: str
    auroc: DifferenceRecord
    accuracy: DifferenceRecord

    def turned(self) -> PairRecord:
        """The same pair from the other side."""
        return PairRecord(
            first=self.second,
            second=self.first,
            auroc=self.auroc.negated(),
            accuracy=self.accuracy.negated(),
        )


class ComparedRecord(Frozen):
    """A submission and the predictions of it that were compared."""

    submission: str
    predictions_sha256: Digest


class ComparisonsRecord(Frozen):
    """Every two of the track's submissions on the same antibodies.

    A function of the predictions named, the labels and the scoring version. `group_column` names the column of
    antibodies that were not taken for independent; empty where all were. Ranks are made of the p-values by whoever
    shows some of the entries: which of them count for ranks is no matter of this record.
    """

    schema_version: Literal[1] = 1
    track: str
    dataset: str
    revision: int
    scoring_version: int
    labels_sha256: Digest
    interval_level: float
    group_column: str
    entries: tuple[ComparedRecord, ...]
    pairs: tuple[PairRecord, ...]

    def find_pairs(self) -> Mapping[frozenset[str], PairRecord]:
        """The pairs by the two names."""
        return {frozenset((pair.first, pair.second)): pair for pair in self.pairs}
