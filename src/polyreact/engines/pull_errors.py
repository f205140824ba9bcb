"""What an engine's complaint about a pull means. Engines answer missing images, missing credentials and dead
registries with the same exit code, so only the text tells them apart.
"""

from __future__ import annotations

import re

from polyreact.errors import EngineFailed, ImageMissing, ImageRefused, PolyreactError, RegistryFailed
from polyreact.images import ImageReference

_TRY_AGAIN = "Run the same command again later."

_ENGINE_DOWN = re.compile(
    r"cannot connect to the docker daemon|is the docker daemon running|no space left", re.IGNORECASE
)
_OTHER_PLATFORM = re.compile(
    r"no matching manifest|no image found in|does not match the specified platform", re.IGNORECASE
)
_TAMPERED = re.compile(
    r"verification failed for digest|digest did not match|does not match provided manifest digest", re.IGNORECASE
)
_CREDENTIALS = re.compile(
    r"unauthorized|no basic auth credentials|authentication required|\b401\b|\b403\b|forbidden|requested access to"
    r" the resource is denied",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"manifest unknown|name unknown|repository does not exist|pull access denied|manifest for .* not found"
    r"|\b404\b|not found: manifest|repository name not known",
    re.IGNORECASE,
)


def pull_failure(reference: ImageReference, complaint: str) -> PolyreactError:
    """The error to raise for a pull that failed; anything unknown is held against the registry."""
    name = str(reference)
    if is_engine_down(complaint):
        return EngineFailed(
            f"the engine could not pull {name}", cure="Is it running, with room on its disk?", detail=complaint
        )
    if _OTHER_PLATFORM.search(complaint):
        return ImageRefused(f"{name} has no image for this machine's architecture", detail=complaint)
    if _TAMPERED.search(complaint):
        return RegistryFailed(
            f"the registry served other content for {name} than its digest names", cure=_TRY_AGAIN, detail=complaint
        )
    if _MISSING.search(complaint):
        return ImageMissing(
            f"the registry has no {name}, or does not show it without credentials",
            cure="Push the image, make it public, and name it by the digest that the push printed.",
            detail=complaint,
        )
    if _CREDENTIALS.search(complaint):
        return RegistryFailed(
            f"the registry wants credentials for {name}",
            cure="Make the image public, or log the engine in to that registry.",
            detail=complaint,
        )
    return RegistryFailed(f"the registry could not be asked for {name}", cure=_TRY_AGAIN, detail=complaint)


def is_engine_down(complaint: str) -> bool:
    """Whether a complaint is about the engine or its disk, and about nothing that was asked of it."""
    return _ENGINE_DOWN.search(complaint) is not None
