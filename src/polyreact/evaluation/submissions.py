"""From what a person names (a manifest or a folder) to a submission with an image that can be run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.datasets.catalog import dataset_ids
from polyreact.engines.base_image import ensure_base
from polyreact.engines.interface import Engine, Image
from polyreact.errors import BuildFailed, CannotMakeBase, InvalidManifest, UnreadableArgument
from polyreact.evaluation.plan import Submission
from polyreact.files import Sha256
from polyreact.images import LOCAL_REGISTRY, ImageReference
from polyreact.settings import Settings
from polyreact.submission.contract import MANIFEST_FILE, MANIFEST_SUFFIX
from polyreact.submission.manifest import Manifest, read_manifest

#: The word for "make the base image on this machine" in place of an image reference.
LOCAL_BASE = "local"

_WHEELS = "wheels"
_REQUIREMENTS = "requirements.txt"
_TAG_LENGTH = 12

OnProgress = Callable[[str], None]


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
    if path.is_dir():
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
        image = build_folder(candidate.folder, candidate.manifest.name, engine, settings, base, on_progress)
        return Submission(candidate.manifest, candidate.manifest_sha256, image.image_id), image
    reference = candidate.manifest.image_reference
    on_progress(f"{candidate.manifest.name}: looking for {reference}")
    image = engine.fetch_image(reference)
    digest = reference.digest or image.digest or image.image_id
    return Submission(candidate.manifest, candidate.manifest_sha256, digest), image


def build_folder(
    folder: Path, name: str, engine: Engine, settings: Settings, base: str | None, on_progress: OnProgress
) -> Image:
    """The image of a folder, built unless the same content was built before on the same base.

    `base` goes to the Dockerfile as the build argument BASE: an image reference, None for the Dockerfile's own,
    or `local` for one made on this machine; then the packages of requirements.txt are downloaded into wheels/
    beforehand and the build has no network.
    """
    if not (folder / "Dockerfile").is_file():
        raise BuildFailed(
            f"{folder} holds no Dockerfile",
            consequence="Nothing was run.",
            cure=f"Start from a working one: polyreact submission new {name}",
        )
    arguments: dict[str, str] = {}
    offline = base == LOCAL_BASE and engine.is_sandbox
    if offline:
        on_progress(f"{name}: making the local base image, unless it is there")
        base = ensure_base(engine, settings.cache).reference
        _download_wheels(folder, name, on_progress)
        arguments |= {"PIP_NO_INDEX": "1"}
    if base is not None:
        arguments |= {"BASE": base}
    local = ImageReference(
        LOCAL_REGISTRY, name.replace("-", "/", 1), _digest_context(folder, arguments)[:_TAG_LENGTH]
    )
    image = engine.find_image(str(local))
    if image is not None:
        on_progress(f"{name}: the image is built already ({local})")
    else:
        on_progress(f"{name}: building {local}")
        image = engine.build(folder, str(local), arguments, offline=offline)
    if not engine.is_sandbox:
        return image
    return engine.fetch_image(replace(local, digest=image.image_id))  # the checks that a pulled image gets


def _download_wheels(folder: Path, name: str, on_progress: OnProgress) -> None:
    requirements = folder / _REQUIREMENTS
    stamp = folder / _WHEELS / ".complete"
    if not requirements.is_file():
        return
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    on_progress(f"{name}: downloading the packages of {_REQUIREMENTS}")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "download", *options]
    finished = subprocess.run(
        [*command, "--dest", str(folder / _WHEELS), "--requirement", str(requirements)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if finished.returncode != 0:
        raise CannotMakeBase(
            f"the packages of {requirements} could not be downloaded for the local base image",
            consequence="Nothing was built.",
            cure=f"Read what pip said, then try again:\n{finished.stderr.strip()[-2000:]}",
        )
    stamp.write_text(wanted)


def _digest_context(folder: Path, arguments: dict[str, str]) -> str:
    """The digest of everything a build can see; the manifest is not part of an image."""
    digest = hashlib.sha256(repr(sorted(arguments.items())).encode())
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.name == MANIFEST_FILE or "__pycache__" in relative.parts or not path.is_file():
            continue
        digest.update(f"{relative}\0{path.stat().st_mode & 0o111 != 0}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
