"""The parts of a record that only restate what is known: the manifest, the limits, the host."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict

from polyreact.engines.interface import EngineFacts, Image
from polyreact.engines.packages import Packages
from polyreact.engines.policy import Limits
from polyreact.files import Sha256
from polyreact.results.package_records import PackagesDocument
from polyreact.results.records import (
    EngineRecord,
    HostRecord,
    ImageRecord,
    LimitsRecord,
    PackagesRecord,
    SubmissionRecord,
)
from polyreact.submission.manifest import Manifest
from polyreact.visible import visible

#: Of what an image says of itself: entries of a list, and characters of each.
_MOST_ENTRIES, _MOST_CHARACTERS = 50, 300


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


def describe_image(image: Image, reference: str, packages: PackagesRecord | None = None) -> ImageRecord:
    """The image that ran, under the name it was asked for by."""
    return ImageRecord(
        reference=reference,
        image_id=image.image_id,
        digest=image.digest,
        size_bytes=image.size_bytes,
        architecture=image.architecture,
        layers=image.layers,
        user=_shown(image.user),
        entrypoint=tuple(map(_shown, image.entrypoint[:_MOST_ENTRIES])),
        command=tuple(map(_shown, image.command[:_MOST_ENTRIES])),
        labels={_shown(key): _shown(value) for key, value in sorted(image.labels.items())[:_MOST_ENTRIES]},
        packages=packages,
    )


def describe_packages(image: Image, packages: Packages) -> PackagesDocument:
    """The list of packages of an image, as it is kept."""
    return PackagesDocument(
        image_id=image.image_id,
        distribution=packages.distribution,
        system_kind=packages.system_kind,
        is_complete=packages.is_complete,
        python=tuple(f"{package.name}=={package.version}" for package in packages.python),
        system=tuple(f"{package.name}={package.version}" for package in packages.system),
    )


def _shown(text: str) -> str:
    """What an image says of itself, fit to be published."""
    return visible(text[:_MOST_CHARACTERS])[:_MOST_CHARACTERS]


def describe_engine(facts: EngineFacts) -> EngineRecord:
    """What ran it."""
    return EngineRecord(**asdict(facts))


def describe_limits(limits: Limits, gpus: int = 0) -> LimitsRecord:
    """What the run was allowed to use."""
    return LimitsRecord(**asdict(limits), gpus=gpus)


def describe_host() -> HostRecord:
    """The kind of host this is: enough to judge a timing by, and no name."""
    return HostRecord(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    )
