"""What is kept of how a submission orders a track's antibodies: `results/curves/<submission>/<track>.json`.

The curves and the distribution of the scores take labels, which the board may not see; it draws what stands here.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from polyreact.results.records import Digest, Frozen

#: Version of the JSON written by this program.
CURVES_SCHEMA_VERSION = 1

Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class RocPoint(NamedTuple):
    """The sensitivity at a false positive rate, and the limits of the band there."""

    false_positive_rate: Rate
    true_positive_rate: Rate
    low: Rate
    high: Rate


class PrecisionRecallPoint(NamedTuple):
    """The precision at a recall, and the limits of the band there."""

    recall: Rate
    precision: Rate
    low: Rate
    high: Rate


class ScoreBin(NamedTuple):
    """The antibodies with a score from `low` to below `high`; of the last bin, at `high` as well.

    `polyreactive` is counted by blocks of neighbours in score, so it has a decimal.
    """

    low: Finite
    high: Finite
    antibodies: Count
    polyreactive: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @property
    def specific(self) -> float:
        """The other antibodies of the bin."""
        return round(self.antibodies - self.polyreactive, 1)


class _Shown(Frozen):
    """Something that is drawn, or the reason why it is not."""

    reason: str = ""


class RocRecord(_Shown):
    """The ROC curve at false positive rates from 0 to 1, or why there is none."""

    points: tuple[RocPoint, ...] = ()

    @model_validator(mode="after")
    def _validate(self) -> RocRecord:
        _validate_shown(self.points, self.reason)
        return self


class PrecisionRecallRecord(_Shown):
    """The precision-recall curve at recalls up to 1, or why there is none.

    `prevalence` is the precision of calling everything polyreactive: on a fold track the mean over the folds.
    """

    prevalence: Rate | None = None
    points: tuple[PrecisionRecallPoint, ...] = ()

    @model_validator(mode="after")
    def _validate(self) -> PrecisionRecallRecord:
        _validate_shown(self.points, self.reason)
        _validate_shown(() if self.prevalence is None else (self.prevalence,), self.reason)
        return self


class DistributionRecord(_Shown):
    """Equally wide bins of the scores, lowest first, or why there are none.

    The first bin holds what lies below it as well if `is_open_below`, and the last what lies above it.
    """

    is_open_below: bool = False
    is_open_above: bool = False
    bins: tuple[ScoreBin, ...] = ()

    @model_validator(mode="after")
    def _validate(self) -> DistributionRecord:
        _validate_shown(self.bins, self.reason)
        return self


class CurvesRecord(Frozen):
    """Two curves and the distribution of the scores of one submission on one track.

    A function of the predictions named, the labels and the scoring version. On a fold track the curves are means
    over the folds. Bands are pointwise, of level `interval_level`; `group_column` names the column of antibodies
    that they did not take for independent, and is empty where all were. `score_is_probability` is what was
    declared of the scores, and bins of probabilities go from 0 to 1.
    """

    schema_version: Literal[1] = 1
    track: str
    dataset: str
    revision: int
    submission: str
    scoring_version: int
    predictions_sha256: Digest
    labels_sha256: Digest
    score_is_probability: bool
    interval_level: float
    group_column: str
    folds_by: str
    roc: RocRecord
    precision_recall: PrecisionRecallRecord
    distribution: DistributionRecord


def _validate_shown(parts: tuple[object, ...], reason: str) -> None:
    if bool(parts) == bool(reason):
        message = "there is something to draw or a reason, not both and not neither"
        raise ValueError(message)
