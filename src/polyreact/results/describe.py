"""The parts of a record that only restate what is known: the manifest, the limits, the host."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict

from polyreact.engines.interface import EngineFacts, Image
from polyreact.engines.policy import Limits
from polyreact.files import Sha256
from polyreact.results.records import (
    EngineRecord,
    HostRecord,
    ImageRecord,
    LimitsRecord,
    SubmissionRecord,
)
from polyreact.submission.manifest import Manifest


def describe_submission(manifest: Manifest, manifest_sha256: Sha256) -> SubmissionRecord:
    """The manifest as a record keeps it."""
    training: object = manifest.training_data
    if not isinstance(manifest.training_data, str):
        training = {name: tuple(use.value for use in uses) for name, uses in manifest.training_data.items()}
    return SubmissionRecord.model_validate(
        {
            "id": manifest.name,
            "name": manifest.title or manifest.name,
            "authors": manifest.authors,
            "description": manifest.description.strip(),
            "license": manifest.license,
            "paper": manifest.paper,
            "code": manifest.code,
            "training_data": training,
            "score_is_probability": manifest.score_is_probability,
            "threshold": manifest.threshold,
            "parameters": manifest.parameters,
            "mode": manifest.mode.value,
            "is_baseline": manifest.is_baseline,
            "manifest_sha256": manifest_sha256,
        }
    )


def describe_image(image: Image, reference: str) -> ImageRecord:
    """The image that ran, under the name it was asked for by."""
    return ImageRecord(
        reference=reference,
        image_id=image.image_id,
        digest=image.digest,
        size_bytes=image.size_bytes,
        architecture=image.architecture,
    )


def describe_engine(facts: EngineFacts) -> EngineRecord:
    """What ran it."""
    return EngineRecord(**asdict(facts))


def describe_limits(limits: Limits) -> LimitsRecord:
    """What the run was allowed to use."""
    return LimitsRecord(**asdict(limits))


def describe_host() -> HostRecord:
    """The kind of host this is: enough to judge a timing by, and no name."""
    return HostRecord(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    )
