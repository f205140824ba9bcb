"""What a record holds: one run and its score, complete enough to be recomputed by a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)

from polyreact.results.documents import Upgrade

#: Version of the JSON written by this program. Newer ones are refused, older ones upgraded step by step.
SCHEMA_VERSION = 3

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
#: As `datasets.overlap.Region`.
RegionName = Literal["VH", "H-CDR3"]


class Frozen(BaseModel):
    """Immutable, and refusing keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=False)


class OutcomeKind(StrEnum):
    """How a run ended, and whose doing it was."""

    VALID = "valid"
    SUBMISSION_FAULT = "submission_fault"
    PLATFORM_FAULT = "platform_fault"
    UNDETERMINED = "undetermined"


class EvidenceRecord(Frozen):
    """What was seen of an end that was not well, as far as it may be published.

    `signal` is the one that the exit status stands for by custom; `memory_kills_seen_by` names who saw that
    something was killed at the memory limit, `stood_at_memory_limit` alone is no proof of it. `earlier_attempts`
    are the codes of the platform's failures before this run, which was their repetition.
    """

    exit_code: int
    signal: str | None = None
    timed_out: bool = False
    memory_kills_seen_by: tuple[str, ...] = ()
    stood_at_memory_limit: bool = False
    clock_was_set: bool = False
    earlier_attempts: tuple[str, ...] = ()


class OutcomeRecord(Frozen):
    """`code` and `message` are public; `message` never carries labels, host paths or other submissions.

    `evidence` is what a fault was concluded from; None for a valid run, and in records made before it was kept.
    """

    kind: OutcomeKind
    code: str | None = None
    message: str = ""
    evidence: EvidenceRecord | None = None


class SubmissionRecord(Frozen):
    """The manifest as it was when the run was made."""

    id: str
    name: str
    authors: tuple[str, ...]
    description: str
    license: str
    paper: str | None
    code: str | None
    training_data: dict[str, tuple[str, ...]] | Literal["unknown", "proprietary"]
    score_is_probability: bool
    threshold: float | None
    parameters: int | None
    mode: str
    is_baseline: bool
    manifest_sha256: Digest


class PackagesRecord(Frozen):
    """The list of packages that the image says it holds, kept for all records of the submission; and their numbers.

    `is_complete` is false where the image has more than is listed, or could not be read to its end.
    """

    file: Annotated[str, StringConstraints(pattern=r"^packages/[0-9a-f]{12}\.json$")]
    sha256: Digest
    python: int
    system: int
    is_complete: bool


class ImageRecord(Frozen):
    """Which image ran. `digest` is None for one that was built on the machine and never pushed.

    What follows the architecture is what the image says of itself, cut to a bounded length and made visible;
    `user` is the one that it asks to be run as, and is not. Absent in records made before it was kept, and
    `packages` also where the run was not valid or its image could not be read.
    """

    reference: str
    image_id: str
    digest: str | None
    size_bytes: int
    architecture: str
    layers: int | None = None
    user: str | None = None
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    packages: PackagesRecord | None = None


class HostRecord(Frozen):
    """Which kind of host it ran on; never its name."""

    system: str
    architecture: str
    cpus: int
    memory_bytes: int


class EngineRecord(Frozen):
    """What ran it."""

    name: str
    version: str
    runtime: str


class LimitsRecord(Frozen):
    """What the run was allowed to use. `gpus` is written only where one was given."""

    wall_time_s: int
    memory_bytes: int
    cpus: float
    pids: int
    tmp_bytes: int
    output_bytes: int
    log_bytes: int
    gpus: Literal[0, 1] = 0

    @model_serializer(mode="wrap")
    def _without_no_gpus(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Records of runs without a GPU, which are older than this field, stay the bytes that were signed."""
        content: dict[str, object] = write(self)
        return {name: value for name, value in content.items() if name != "gpus" or value}


class PredictionsRecord(Frozen):
    """The predictions kept beside the record, keyed by the dataset's own ids."""

    file: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.[0-9a-f]{12}\.csv$")]
    sha256: Digest
    rows: int


class FoldRunRecord(Frozen):
    """The container execution of one fold. Which antibodies are in it stands in the dataset's training table."""

    name: str
    train_rows: int
    test_rows: int
    shuffle_seed: str
    started_at: datetime
    wall_s: float
    cpu_s: float | None
    peak_memory_bytes: int | None
    exit_code: int | None


class SliceRunRecord(Frozen):
    """The container execution of one slice, `number` of `of`: of so many rows of the set, on this kind of host."""

    number: int
    of: int
    rows: int
    shuffle_seed: str
    started_at: datetime
    wall_s: float
    cpu_s: float | None
    peak_memory_bytes: int | None
    exit_code: int | None
    host: HostRecord


class RunRecord(Frozen):
    """One container execution. Seconds are wall and CPU seconds of the submission, start-up excluded.

    On a fold track there is one execution for each of `folds`, up to the first that failed: seconds are summed
    over them, memory is the highest, and the exit code is that of the last.

    A run in `slices` has one execution for each: seconds are summed, memory is the highest, the beginning is the
    earliest, seed, engine and host are those of the first, and the exit code is that of the first that failed.
    What a worker brings back of a single slice has that one alone. Absent in records made before there were slices.
    """

    job: Digest
    contract: int
    polyreact: str
    image: ImageRecord
    engine: EngineRecord
    host: HostRecord
    limits: LimitsRecord
    policy_sha256: Digest
    inputs_sha256: Digest
    shuffle_seed: str
    started_at: datetime
    wall_s: float
    cpu_s: float | None
    peak_memory_bytes: int | None
    exit_code: int | None
    outcome: OutcomeRecord
    predictions: PredictionsRecord | None
    folds: tuple[FoldRunRecord, ...] = ()
    slices: tuple[SliceRunRecord, ...] = ()

    @model_serializer(mode="wrap")
    def _without_no_slices(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """A record of before there were slices is written as it was, whenever its score is made anew."""
        content: dict[str, object] = write(self)
        return {name: value for name, value in content.items() if name != "slices" or value}


class IntervalRecord(Frozen):
    """Where the true value lies with the confidence that the score names; limits in millionths."""

    low: float
    high: float
    method: str


class MetricRecord(Frozen):
    """A value, or the reason why there is none; and of a value its interval, or the reason why it has none.

    Values whose score was made before there were intervals have neither.
    """

    value: float | None
    reason: str | None = None
    interval: IntervalRecord | None = None
    no_interval: str | None = None


class ConfusionRecord(Frozen):
    """Counts at the submission's own threshold."""

    true_negatives: int
    false_positives: int
    false_negatives: int
    true_positives: int


class ReliabilityBinRecord(Frozen):
    """As `metrics.interface.ReliabilityBin`."""

    above: float
    up_to: float
    antibodies: int
    polyreactive: int
    mean_score: float | None


class WithoutNeighboursRecord(Frozen):
    """The metrics on the part of the test set that has no neighbour at or above `cut` in the reference.

    An antibody whose region could not be compared is in no such part.
    """

    region: RegionName
    cut: float
    rows: int
    positives: int
    metrics: dict[str, MetricRecord]


class NearestRecord(Frozen):
    """The identities of the nearest over the test antibodies that have this region; None where none has."""

    region: RegionName
    rows: int
    median: float | None
    maximum: float | None


class AuditedSetRecord(Frozen):
    """A declared training set at a revision (its key), by the overlap record with this digest."""

    reference: str
    overlap_sha256: Digest
    nearest: tuple[NearestRecord, ...]
    without_neighbours: tuple[WithoutNeighboursRecord, ...]


class AuditRecord(Frozen):
    """The test set against what the submission declared it was made from; sentences say what was not compared."""

    declared: tuple[str, ...] | Literal["unknown", "proprietary"]
    sets: tuple[AuditedSetRecord, ...]
    not_audited: tuple[str, ...]


class FoldScoreRecord(Frozen):
    """The metrics of the rows of one fold."""

    positives: int
    negatives: int
    metrics: dict[str, MetricRecord]


class ScoreRecord(Frozen):
    """The metrics of one table of predictions: a function of predictions, labels and scoring version.

    `confusion` and `metrics` are of all rows. On a fold track `folds` are those of each fold by its name, and
    `fold_means` the plain means over the folds; both are empty elsewhere. `audit` is a function of the same and of
    the overlaps it names; None in a record made before there were audits.
    `reliability` is empty where the score is no probability; `assay_rows` counts the antibodies that have an assay
    value, and is None where the set has none. Both are of all rows. `interval_level` is the confidence of all its
    intervals, and None in a score made before there were any.
    Every kept score has a `confusion`; what is published of a private track's has none.
    """

    scoring_version: int
    polyreact: str
    predictions_sha256: Digest
    labels_sha256: Digest
    score_is_probability: bool
    confusion: ConfusionRecord | None
    metrics: dict[str, MetricRecord]
    audit: AuditRecord | None = None
    folds: dict[str, FoldScoreRecord] = {}
    fold_means: dict[str, MetricRecord] = {}
    reliability: tuple[ReliabilityBinRecord, ...] = ()
    assay_rows: int | None = None
    interval_level: float | None = None


class SignatureRecord(Frozen):
    """An Ed25519 signature (RFC 8032) of the record without it: raw public key and value, in hexadecimal."""

    public_key: Digest
    value: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class Record(Frozen):
    """One submission on one track: `results/<submission>/<track>.json`.

    `earlier_scored_runs` counts those of the same author on a private track before this one; None on public tracks.
    `signature` is of the record as it stands; one that is written anew loses it.
    """

    schema_version: Literal[3] = 3
    track: str
    dataset: str
    revision: int
    ranked: bool
    submission: SubmissionRecord
    run: RunRecord
    score: ScoreRecord | None
    earlier_scored_runs: int | None = None
    signature: SignatureRecord | None = None


class _Part(BaseModel):
    """Immutable, and leaving alone what it does not name."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SubmissionHead(_Part):
    """Of a submission, its name."""

    id: str


class OutcomeHead(_Part):
    """Of an outcome, whose doing it was."""

    kind: OutcomeKind


class RunHead(_Part):
    """Of a run, which one it was and how it ended."""

    job: Digest
    outcome: OutcomeHead


class RecordHead(_Part):
    """As little of a record as says what ran: the rest is not even looked at, so that hundreds are read at once."""

    schema_version: Literal[3]
    track: str
    submission: SubmissionHead
    run: RunHead


def upgrade_from_1(content: dict[str, object]) -> dict[str, object]:
    """Version 2 came with audits, folds and private tracks: a record of version 1 has none of them."""
    return content


def upgrade_from_2(content: dict[str, object]) -> dict[str, object]:
    """Version 3 came with intervals, more metrics and signatures: a record of version 2 has none of them."""
    return content


UPGRADES: Mapping[int, Upgrade] = MappingProxyType({1: upgrade_from_1, 2: upgrade_from_2})
