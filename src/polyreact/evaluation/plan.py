"""What is to do: every submission on every track, as a job or as the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from polyreact.datasets.catalog import Dataset, dataset_ids, find_related_datasets, load_dataset
from polyreact.engines.policy import SandboxPolicy, strict_policy
from polyreact.files import Sha256, digest_of
from polyreact.images import ImageReference
from polyreact.results.records import OutcomeKind, Record, RecordHead
from polyreact.results.store import ResultsStore
from polyreact.submission.contract import CONTRACT_VERSION, Mode
from polyreact.submission.manifest import Manifest, Use
from polyreact.tracks.catalog import track_digest
from polyreact.tracks.track import Track

#: Where a submission is tried that nobody has named a track for.
TRIAL_TRACKS = {Mode.PREDICT: "demo", Mode.FIT_PREDICT: "demo-fit"}


@dataclass(frozen=True, slots=True)
class Submission:
    """A manifest, its digest, and the image that is run for it.

    `image` is pinned by a digest and names what is really run: for a folder the image built here, whatever
    its manifest calls it. None before it is built or looked up.
    """

    manifest: Manifest
    manifest_sha256: Sha256
    image: ImageReference | None

    @property
    def id(self) -> str:
        """`<owner>-<model>`."""
        return self.manifest.name


class JobState(StrEnum):
    """Where a submission stands on a track."""

    TO_RUN = "to run"
    DONE = "done"
    FAILED_BEFORE = "failed before"
    TRAINED_ON = "trained-on"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Job:
    """One submission on one track. `digest` names the run: the same digest gives the same run."""

    submission: Submission
    track: Track
    dataset: Dataset
    policy: SandboxPolicy
    digest: Sha256
    state: JobState


def build_plan(
    submissions: Sequence[Submission], tracks: Sequence[Track], store: ResultsStore, *, force: bool = False
) -> tuple[Job, ...]:
    """Every pair of submission and track, in the given order; nothing is run or fetched."""
    return tuple(build_job(submission, track, store, force=force) for submission in submissions for track in tracks)


def find_exclusion(training_data: Mapping[str, Sequence[str]] | str, mode: Mode, track: Track) -> JobState | None:
    """Why a submission has no place on a track: it has seen these labels, or it cannot answer the question.

    Fold tracks are for fit-predict submissions and all others for those that predict. What a fit-predict
    submission learns from during a run is nothing that it declares; what it declares, it has seen before.
    Two datasets of one source hold the same antibodies, so having seen the labels of one is having seen them all.
    """
    if track.has_folds != (mode is Mode.FIT_PREDICT):
        return JobState.NOT_APPLICABLE
    if isinstance(training_data, str):
        return None
    for name, uses in training_data.items():
        saw_labels = {Use.LABELS, Use.MODEL_SELECTION} & set(uses)
        is_known = name in dataset_ids()  # an old record may name one that has left the catalogue
        if saw_labels and is_known and track.dataset in find_related_datasets(name):
            return JobState.TRAINED_ON
    return None


def build_job(
    submission: Submission, track: Track, store: ResultsStore, *, force: bool = False, at_a_glance: bool = False
) -> Job:
    """One submission on one track. Raises BadRecord and RecordTooNew.

    `at_a_glance` reads no more of the record than says what ran: for whoever looks at hundreds and needs no more.
    """
    dataset = load_dataset(track.dataset, track.revision)
    manifest = submission.manifest
    policy = strict_policy(track.limits, gpus=int(manifest.gpu))
    image = submission.image.digest if submission.image else None
    digest = job_digest(CONTRACT_VERSION, image, manifest.mode, *_digests_of(policy, track, dataset))
    state = find_exclusion(manifest.training_data, manifest.mode, track)
    if state is None:
        find = store.find_head if at_a_glance else store.find
        state = JobState.TO_RUN if force else _state_in_store(find(submission.id, track.id), digest)
    return Job(submission, track, dataset, policy, digest, state)


@lru_cache(maxsize=256)
def _digests_of(policy: SandboxPolicy, track: Track, dataset: Dataset) -> tuple[Sha256, Sha256]:
    """Those of the policy and of the track: the same for every submission."""
    return policy.digest(), track_digest(track, dataset)


def job_digest(contract: int, image: str | None, mode: Mode, policy: Sha256, track: Sha256) -> Sha256:
    """Names a run by everything that makes it; `image` is the digest of the image, `policy` and `track` theirs."""
    return digest_of({"contract": contract, "image": image, "mode": mode, "policy": policy, "track": track})


def _state_in_store(record: Record | RecordHead | None, digest: Sha256) -> JobState:
    if record is None or record.run.job != digest:
        return JobState.TO_RUN
    return JobState.DONE if record.run.outcome.kind is OutcomeKind.VALID else JobState.FAILED_BEFORE
