"""From a folder with a Dockerfile to an image on this machine, built once for the same content.

The folder is copied before anything is done with it, without following a link: what is added for the build never
touches the submitter's files, and a link in the folder never leads out of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from polyreact.engines.base_image import ensure_base
from polyreact.engines.interface import Engine, Image
from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import BuildFailed, Finding
from polyreact.evaluation.requirements import fetch_packages, place_packages
from polyreact.files import sha256_file
from polyreact.images import LOCAL_REGISTRY, ImageReference
from polyreact.settings import Settings
from polyreact.submission.contract import MANIFEST_FILE

#: The word for "make the base image on this machine" in place of an image reference.
LOCAL_BASE = "local"

#: What the image installs, and beside it what only its build needs, such as requirements-build.txt.
_REQUIREMENTS = "requirements*.txt"
_IGNORED = "__pycache__"
_TAG_LENGTH = 12

OnProgress = Callable[[str], None]


def build_folder(
    folder: Path,
    name: str,
    engine: Engine,
    settings: Settings,
    base: str | None,
    on_progress: OnProgress,
    *,
    architecture: str | None = None,
) -> tuple[ImageReference, Image]:
    """The image of a folder and its name, built unless the same content was built before on the same base.

    `base` goes to the Dockerfile as the build argument BASE: an image reference, None for the Dockerfile's own,
    or `local` for one made on this machine; then the packages of all requirements*.txt are laid into wheels/
    beforehand and the build has no network. An image for another `architecture` than this host's is not looked at
    further: it could not be run here. Raises BuildFailed, ImageRefused, RegistryFailed, CannotMakeBase.
    """
    if not (folder / "Dockerfile").is_file():
        raise BuildFailed(
            f"{folder} holds no Dockerfile",
            consequence="Nothing was run.",
            cure=f"Start from a working one: polyreact submission new {name}",
        )
    if not engine.is_sandbox:
        image = engine.build(folder, name, {})
        return ImageReference(LOCAL_REGISTRY, name, digest=image.image_id), image
    with _copied(folder, settings.runs) as context:
        arguments = _prepare_context(context, name, engine, settings, base, on_progress)
        asked = arguments | ({"architecture": architecture} if architecture else {})
        tag = _digest_context(context, asked)[:_TAG_LENGTH]
        local = ImageReference(LOCAL_REGISTRY, name.replace("-", "/", 1), tag)
        found = engine.find_image(str(local))
        if found is None:
            on_progress(f"building {local}")
            offline = base == LOCAL_BASE
            found = engine.build(context, str(local), arguments, offline=offline, architecture=architecture)
        image = found
    pinned = replace(local, digest=image.image_id)
    return pinned, image if architecture else engine.fetch_image(pinned)  # the checks that a pulled image gets


def _prepare_context(
    context: Path, name: str, engine: Engine, settings: Settings, base: str | None, on_progress: OnProgress
) -> dict[str, str]:
    """The build arguments; for the local base the packages are laid into the context as well."""
    if base is None:
        return {}
    if base != LOCAL_BASE:
        return {"BASE": base}
    on_progress(f"{name}: making the local base image, unless it is there")
    reference = ensure_base(engine, settings.cache).reference
    found = sorted(context.glob(_REQUIREMENTS))
    requirements = [path for path in found if path.is_file() and not path.is_symlink()]
    if requirements:
        names = ", ".join(path.name for path in requirements)
        on_progress(f"{name}: downloading the packages of {names}, unless they are there")
        place_packages(fetch_packages(requirements, settings.cache), context)
    return {"BASE": reference, "PIP_NO_INDEX": "1"}


@contextlib.contextmanager
def _copied(folder: Path, runs: Path) -> Iterator[Path]:
    """A copy of the folder, hard-linked where that is possible, links kept as links. Raises CannotWrite."""
    findings = [
        Finding(str(path.relative_to(folder)), "is neither a plain file nor a folder nor a link")
        for path in _walk(folder)
        if not (path.is_symlink() or path.is_file() or path.is_dir())
    ]
    if findings:
        raise BuildFailed(f"{folder} cannot be built", findings=findings, consequence="Nothing was run.")
    with open_run_folder(runs, f"build-{secrets.token_hex(8)}") as place:
        context = place / "context"
        ignored = shutil.ignore_patterns(_IGNORED)
        shutil.copytree(folder, context, symlinks=True, ignore=ignored, copy_function=_link_or_copy)
        yield context


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _digest_context(context: Path, arguments: dict[str, str]) -> str:
    """The digest of everything the build can see. The manifest counts unless .dockerignore keeps it out."""
    ignored = _read_ignored(context)
    digest = hashlib.sha256(repr(sorted(arguments.items())).encode())
    for path in _walk(context):
        relative = path.relative_to(context)
        if str(relative) == MANIFEST_FILE and MANIFEST_FILE in ignored:
            continue
        mode = path.lstat().st_mode
        digest.update(os.fsencode(relative) + b"\0" + str(stat.S_IFMT(mode) | mode & 0o111).encode() + b"\0")
        if path.is_symlink():
            digest.update(os.fsencode(path.readlink()))
        elif path.is_file():
            digest.update(sha256_file(path).encode())
    return digest.hexdigest()


def _read_ignored(context: Path) -> set[str]:
    path = context / ".dockerignore"
    if path.is_symlink() or not path.is_file():
        return set()
    return {line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()}


def _walk(folder: Path) -> Iterator[Path]:
    """Everything below a folder in a fixed order; links are not followed."""
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != _IGNORED)
        yield from (Path(top, name) for name in sorted([*folders, *names]))
