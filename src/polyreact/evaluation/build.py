"""From a folder with a Dockerfile to an image on this machine, built once for the same content."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from polyreact.engines.base_image import ensure_base
from polyreact.engines.interface import Engine, Image
from polyreact.errors import BuildFailed, CannotMakeBase
from polyreact.files import sha256_file
from polyreact.images import LOCAL_REGISTRY, ImageReference
from polyreact.settings import Settings
from polyreact.submission.contract import MANIFEST_FILE

#: The word for "make the base image on this machine" in place of an image reference.
LOCAL_BASE = "local"

_WHEELS = "wheels"
_REQUIREMENTS = "requirements.txt"
_TAG_LENGTH = 12

OnProgress = Callable[[str], None]


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
    wanted = f"{sys.version_info[:2]} {hashlib.sha256(requirements.read_bytes()).hexdigest()}"
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
        digest.update(sha256_file(path).encode())
    return digest.hexdigest()
