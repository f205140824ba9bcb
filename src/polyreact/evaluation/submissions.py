"""From what a person names (a manifest or a folder) to a submission with an image that can be run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.datasets.catalog import dataset_ids
from polyreact.engines.interface import Engine, Image
from polyreact.errors import InvalidManifest, UnreadableArgument
from polyreact.evaluation.build import OnProgress, build_folder
from polyreact.evaluation.plan import Submission
from polyreact.files import Sha256
from polyreact.settings import Settings
from polyreact.submission.contract import MANIFEST_FILE, MANIFEST_SUFFIX
from polyreact.submission.manifest import Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class Candidate:
    """A manifest that was read, and the folder whose Dockerfile makes its image, if it came with one."""

    manifest: Manifest
    manifest_sha256: Sha256
    folder: Path | None


def read_candidates(paths: Sequence[Path]) -> tuple[Candidate, ...]:
    """One candidate for each manifest or folder. Raises InvalidManifest and UnreadableArgument.

    All manifests are read before anything is said, so that the defects of all of them are told at once.
    """
    candidates: list[Candidate] = []
    defects: list[InvalidManifest] = []
    for path in paths:
        try:
            candidates.append(_read_candidate(path))
        except InvalidManifest as error:
            defects.append(error)
    if len(defects) == 1:
        raise defects[0]
    if defects:
        raise InvalidManifest(
            f"{len(defects)} manifests are not valid",
            findings=[finding for error in defects for finding in error.findings],
            consequence="\n".join(error.summary for error in defects),
            cure=defects[0].cure,
        )
    names = [candidate.manifest.name for candidate in candidates]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnreadableArgument(f"given more than once: {', '.join(twice)}", cure="Name each submission once.")
    return tuple(candidates)


def _read_candidate(path: Path) -> Candidate:
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise UnreadableArgument(f"cannot look at {path}: {error.strerror}") from error
    if is_folder:
        manifest, digest = read_manifest(path / MANIFEST_FILE, datasets=dataset_ids())
        return Candidate(manifest, digest, path)
    if path.suffix != MANIFEST_SUFFIX:
        raise UnreadableArgument(
            f"{path} is neither a folder nor a manifest ({MANIFEST_SUFFIX})",
            cure=f"Give the path of a manifest, or of a folder that holds {MANIFEST_FILE} and a Dockerfile.",
        )
    manifest, digest = read_manifest(path, datasets=dataset_ids())
    return Candidate(manifest, digest, None)


def resolve_submission(
    candidate: Candidate, engine: Engine, settings: Settings, *, base: str | None, on_progress: OnProgress
) -> tuple[Submission, Image]:
    """The submission with its image on this machine: built from its folder, or pulled by its reference.

    Raises BuildFailed, ImageMissing, ImageRefused, RegistryFailed and CannotMakeBase.
    """
    if candidate.folder is not None:
        name = candidate.manifest.name
        reference, image = build_folder(candidate.folder, name, engine, settings, base, on_progress)
        return Submission(candidate.manifest, candidate.manifest_sha256, reference), image
    reference = candidate.manifest.image_reference
    on_progress(f"{candidate.manifest.name}: looking for {reference}")
    image = engine.fetch_image(reference)
    digest = reference.digest or image.digest or image.image_id
    return Submission(candidate.manifest, candidate.manifest_sha256, replace(reference, digest=digest)), image


def unresolved(candidate: Candidate) -> Submission:
    """The submission before anything is built or pulled: pinned only where its manifest names a digest."""
    named = candidate.manifest.image_reference
    reference = named if candidate.folder is None and named.digest is not None else None
    return Submission(candidate.manifest, candidate.manifest_sha256, reference)
