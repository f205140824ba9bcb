"""What is kept of the trust checks of one submission on one track: `results/trust/<submission>/<track>.json`.

Figures and digests alone: no predictions, no sequences, no ids.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from polyreact.results.overlap_records import SetRecord
from polyreact.results.records import Digest, EngineRecord, Frozen, ImageRecord, MetricRecord

#: Version of the JSON written by this program. Newer ones are refused, older ones upgraded step by step.
TRUST_SCHEMA_VERSION = 1

#: Raised whenever the same set would give other inputs, or the same predictions another finding.
TRUST_VERSION = 1

_Count = Annotated[int, Field(ge=0)]


class Check(StrEnum):
    """What is done to the rows of the first run, in the order of the runs."""

    REPEAT = "repeat"  # nothing: the same ids in the same order
    ORDER = "order"  # the same ids in another order
    HALVES = "halves"  # the first half alone, then the second half alone
    IDS = "ids"  # other ids in the same order
    VARIANTS = "variants"  # near-identical antibodies under the same ids in the same order


class TrustVerdict(StrEnum):
    """What was found. A check that holds with some scores changed holds up to rounding."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    REPORTED = "reported only"
    NOT_RUN = "could not be run"


class ComparisonRecord(Frozen):
    """The answers of a check beside those of the first run: counts of rows, and the largest difference of scores.

    `beyond_rounding` counts the scores that differ by more than what arithmetic in another order explains.
    """

    rows: _Count
    changed_predictions: _Count
    changed_scores: _Count
    beyond_rounding: _Count
    largest_difference: Annotated[float, Field(ge=0)]

    @property
    def share_of_predictions(self) -> float:
        """Of the predictions, those that changed; 0 where nothing was compared."""
        return self.changed_predictions / self.rows if self.rows else 0.0

    @property
    def share_of_scores(self) -> float:
        """Of the scores, those that changed at all; 0 where nothing was compared."""
        return self.changed_scores / self.rows if self.rows else 0.0


class TrustFindingRecord(Frozen):
    """One check: how many runs it took, and what was found, or the public `code` and `message` of why it ended.

    `spearman` correlates the scores of variants and originals; it and `looks_like_lookup` are of variants alone.
    """

    check: Check
    verdict: TrustVerdict
    runs: _Count
    comparison: ComparisonRecord | None = None
    spearman: MetricRecord | None = None
    looks_like_lookup: bool | None = None
    code: str | None = None
    message: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether no answer changed at all, not even by rounding."""
        compared = self.comparison
        return compared is not None and not compared.changed_predictions and not compared.changed_scores

    @model_validator(mode="after")
    def _validate(self) -> TrustFindingRecord:
        """A verdict that its own figures contradict was put there by hand."""
        compared = self.comparison
        if (self.verdict is TrustVerdict.NOT_RUN) != (compared is None) or (compared is None) != bool(self.code):
            message = "a check was compared, or could not be run and has a code"
            raise ValueError(message)
        if (self.verdict is TrustVerdict.REPORTED) != (self.check is Check.VARIANTS and compared is not None):
            message = "variants are reported only, and nothing else is"
            raise ValueError(message)
        if compared is None or self.verdict is TrustVerdict.REPORTED:
            return self
        holds = not compared.changed_predictions and not compared.beyond_rounding
        if holds != (self.verdict is TrustVerdict.HOLDS):
            message = f"`{self.verdict}` is not what its figures say"
            raise ValueError(message)
        return self


class TrustRecord(Frozen):
    """The checks of one submission on one track; `job` names the run as the record of its score does.

    `fold` is the one fold that was run on a fold track, empty elsewhere. Of the `rows_in_track` that could be asked
    about, `rows` were; `row_seed` drew them where there were more, `variant_seed` the variants and `shuffle_seed`,
    fresh for every record, ids and orders. `inputs_sha256` is of these rows as the dataset names them, and
    `variants_sha256` of their variants; `left_out` counts those without one, by the reason.
    """

    schema_version: Literal[1] = 1
    trust_version: int
    submission: str
    track: str
    dataset: SetRecord
    fold: str
    job: Digest
    contract: int
    polyreact: str
    image: ImageRecord
    engine: EngineRecord
    policy_sha256: Digest
    made_at: datetime
    wall_s: float
    rows_in_track: _Count
    rows: _Count
    row_seed: str
    shuffle_seed: str
    variant_seed: str
    inputs_sha256: Digest
    variants_sha256: Digest
    left_out: dict[str, _Count]
    findings: tuple[TrustFindingRecord, ...]

    @property
    def was_run(self) -> bool:
        """Whether every check could be run; what they found is another matter."""
        return all(finding.verdict is not TrustVerdict.NOT_RUN for finding in self.findings)

    @model_validator(mode="after")
    def _validate(self) -> TrustRecord:
        if tuple(finding.check for finding in self.findings) != tuple(Check):
            message = f"expected a finding for each of {', '.join(Check)}, in this order"
            raise ValueError(message)
        return self
