"""What another machine is given to run: one job, or one slice of it, whole in itself, without a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from polyreact.datasets.tables import INPUT_COLUMNS, parse_csv, render_csv
from polyreact.engines.policy import Limits
from polyreact.errors import PolyreactError, TaskRefused
from polyreact.evaluation.plan import Job, Submission, build_job
from polyreact.evaluation.slices import MOST_SLICES, Slice
from polyreact.evaluation.submissions import Candidate
from polyreact.files import Sha256, digest_of, sha256_bytes
from polyreact.images import parse_image_reference
from polyreact.results.records import Digest, Frozen
from polyreact.results.store import ResultsStore
from polyreact.sequences import Antibody, SequenceId
from polyreact.submission.manifest import Manifest
from polyreact.tracks.catalog import load_track

TASK_SCHEMA_VERSION = 1


class TaskRecord(Frozen):
    """One task as it travels. `inputs_sha256` names the table of the rows that are to be answered.

    `image` is pinned by its digest. A whole job is slice 1 of 1.
    """

    schema_version: Literal[1] = 1
    job: Digest
    manifest: Manifest
    manifest_sha256: Digest
    image: Annotated[str, Field(max_length=512)]
    track: str
    inputs_sha256: Digest
    rows: Annotated[int, Field(ge=1)]
    slice_number: Annotated[int, Field(ge=1)] = 1
    slices: Annotated[int, Field(ge=1, le=MOST_SLICES)] = 1


@dataclass(frozen=True, slots=True)
class Task:
    """A task and its name: the same digest is the same run, for the same manifest."""

    record: TaskRecord
    digest: Sha256

    @property
    def submission(self) -> str:
        """Whose it is."""
        return self.record.manifest.name

    @property
    def part(self) -> Slice | None:
        """Which slice of its job it is, None for a whole job."""
        one = self.record
        return Slice(one.slice_number, one.slices) if one.slices > 1 else None

    @property
    def words(self) -> str:
        """What it is, for a person."""
        one = self.record
        return f"{self.submission} on {one.track}{f', {self.part}' if self.part else ''}"


def build_task(job: Job, antibodies: Sequence[Antibody], number: int = 1, of: int = 1) -> tuple[Task, bytes]:
    """The task of a job whose image is known, or of one slice with these rows; and the table of its inputs."""
    image = job.submission.image
    if image is None or image.digest is None:
        message = "a job that travels has an image with a digest"
        raise ValueError(message)
    inputs = render_task_inputs(antibodies)
    record = TaskRecord(
        job=job.digest,
        manifest=job.submission.manifest,
        manifest_sha256=job.submission.manifest_sha256,
        image=str(image),
        track=str(job.track.id),
        inputs_sha256=sha256_bytes(inputs),
        rows=len(antibodies),
        slice_number=number,
        slices=of,
    )
    return name_task(record), inputs


def name_task(record: TaskRecord) -> Task:
    """The task with its digest: of everything that the run and what is written of it depend on."""
    named = {
        "job": record.job,
        "submission": record.manifest.name,
        "manifest": record.manifest_sha256,
        "inputs": record.inputs_sha256,
        "slice": [record.slice_number, record.slices],
    }
    return Task(record, digest_of(named))


def restore_job(task: Task, store: ResultsStore) -> tuple[Candidate, Job]:
    """The submission and the job that a task is about, made again by this machine's own catalogue.

    Raises TaskRefused where it is another job here: another version of the program, of a track or of its limits.
    """
    record = task.record
    reference = parse_image_reference(record.image)
    if isinstance(reference, str):
        raise _refuse(task, "its image is no reference")
    try:
        track = load_track(record.track)
    except PolyreactError as error:
        raise _refuse(task, f"there is no track {record.track!r:.60} here") from error
    job = build_job(Submission(record.manifest, Sha256(record.manifest_sha256), reference), track, store)
    if job.digest != record.job:
        raise _refuse(task, "by this machine's version of polyreact it is another run")
    return Candidate(record.manifest, Sha256(record.manifest_sha256), None), job


def render_task_inputs(antibodies: Sequence[Antibody]) -> bytes:
    """The rows as they travel, under the set's own ids."""
    return render_csv(INPUT_COLUMNS, [(a.sequence_id, a.sequence, a.light_sequence) for a in antibodies])


def parse_task_inputs(content: bytes, task: Task) -> tuple[Antibody, ...]:
    """The rows of a task. Raises TaskRefused where the table is not the one that the task names."""
    if sha256_bytes(content) != task.record.inputs_sha256:
        raise _refuse(task, "its inputs are not the ones that it names")
    return tuple(
        Antibody(SequenceId(row["sequence_id"]), row["sequence"], row["light_sequence"])
        for row in parse_csv(content)
    )


def longest_s(limits: Limits) -> float:
    """After how many seconds whoever runs a task has surely come to nothing: several tries, pulls and pauses."""
    return 4.0 * (limits.wall_time_s + 120) + 3600


def _refuse(task: Task, why: str) -> TaskRefused:
    return TaskRefused(
        f"task {task.digest[:12]} ({task.words}) cannot be run on this machine: {why}",
        consequence="Nothing was run, and nothing is held against the submission.",
        cure="Install the same version of polyreact on the driver and on every worker, then plan again.",
    )
