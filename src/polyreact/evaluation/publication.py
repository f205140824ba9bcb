"""An image that anybody can pull: built for the platform from a folder, pushed, and found again at its registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.engines.interface import Engine, Image
from polyreact.engines.registry import Hidden, Published, fetch_published
from polyreact.errors import ImageRefused, NotPublic, RegistryFailed, WrongCommandLine
from polyreact.evaluation.build import OnProgress, build_folder
from polyreact.images import ImageReference
from polyreact.settings import Settings
from polyreact.submission.contract import ARCHITECTURE

_PRIVATE_AT_FIRST = {
    "ghcr.io": "On ghcr.io a new package is private: open its page, then Package settings, then Change visibility.",
}


@dataclass(frozen=True, slots=True)
class Built:
    """An image of this machine: by its name here, and as its engine knows it."""

    local: ImageReference
    image: Image


def build_for_platform(
    folder: Path, name: str, engine: Engine, settings: Settings, base: str | None, on_progress: OnProgress
) -> Built:
    """The folder's image for linux/amd64: the one that this host runs, or on another kind of host one more build.

    Raises what build_folder does, and ImageRefused where the build cannot be for that platform.
    """
    local, image = build_folder(folder, name, engine, settings, base, on_progress)
    if image.architecture != ARCHITECTURE:
        on_progress(f"{name}: this host is {image.architecture}; building once more, for linux/{ARCHITECTURE}")
        local, image = build_folder(folder, name, engine, settings, base, on_progress, architecture=ARCHITECTURE)
    if image.architecture != ARCHITECTURE:
        raise ImageRefused(
            f"the image is for {image.architecture}; the benchmark runs linux/{ARCHITECTURE}",
            consequence="Nothing was handed in.",
            cure=f"Name a base image in the Dockerfile's FROM that exists for linux/{ARCHITECTURE}.",
        )
    return Built(local, image)


def choose_target(named: ImageReference, built: Built) -> ImageReference:
    """Where an image is to be pushed: as its manifest names it, without a tag under the one of its content."""
    return replace(named, tag=named.tag or built.local.tag, digest=None)


def find_pushed(target: ImageReference, built: Built) -> ImageReference | str:
    """The target by its digest, where its registry shows this very image to everybody; else a sentence why not."""
    match fetch_published(target, ARCHITECTURE):
        case Hidden.ABSENT:
            return f"{target.registry} has no {target} yet"
        case Hidden.DENIED:
            return f"{target.registry} shows {target} to nobody without credentials: it is not there, or private"
        case Hidden.UNREADABLE:
            return f"{target.registry} could not be asked for {target}"
        case Published(digest, ids) if built.image.image_id in ids:
            return replace(target, digest=digest)
    return f"{target} is another image at {target.registry} than this folder makes"


def push(target: ImageReference, built: Built, engine: Engine) -> ImageReference:
    """Push an image of this machine, and find it again as the platform will; the target by its digest.

    Raises NotPushed, NotPublic and RegistryFailed.
    """
    engine.push(built.image, target)
    published = _need_published(target, "The image was pushed.")
    if built.image.image_id not in published.ids:
        raise NotPublic(
            f"{target} stands for another image than the one that was pushed",
            consequence="Somebody pushed to the same tag in the same moment, or the registry keeps an older one.",
            cure="Give the image a tag that is not used yet, in the manifest's `image`.",
        )
    return replace(target, digest=published.digest)


def pin_published(named: ImageReference) -> ImageReference:
    """An image that was pushed already, by the digest that its name stands for now.

    Raises NotPublic, RegistryFailed, and WrongCommandLine for a name that is at no registry.
    """
    if named.is_local:
        raise WrongCommandLine(
            f"{named} stands on this machine only",
            consequence="Nothing was handed in.",
            cure="Give --image the name under which the image was pushed, or leave it out.",
        )
    if named.digest is None and named.tag is None:
        named = replace(named, tag="latest")
    return replace(named, digest=_need_published(named, "Nothing was handed in.").digest)


def validate_shown(reference: ImageReference) -> None:
    """Raises NotPublic where the image's registry shows it to nobody without credentials."""
    if fetch_published(reference, ARCHITECTURE) is Hidden.DENIED:
        raise _not_public(reference, Hidden.DENIED, "Nothing was run.")


def find_visibility_hint(reference: ImageReference) -> str:
    """What its registry wants before everybody can pull an image, empty where nothing is known of that."""
    return _PRIVATE_AT_FIRST.get(reference.registry, "")


def _need_published(reference: ImageReference, consequence: str) -> Published:
    published = fetch_published(reference, ARCHITECTURE)
    if isinstance(published, Published):
        return published
    if published is Hidden.UNREADABLE:
        raise RegistryFailed(
            f"{reference.registry} could not be asked for {reference}, or has none there for linux/{ARCHITECTURE}",
            consequence=consequence,
            cure=f"To look yourself:\n  docker buildx imagetools inspect {reference}",
        )
    raise _not_public(reference, published, consequence)


def _not_public(reference: ImageReference, hidden: Hidden, consequence: str) -> NotPublic:
    what, advice = {
        Hidden.ABSENT: ("has no", "Push the image, and let everybody pull it."),
        Hidden.DENIED: ("shows nobody without credentials an image", "Let everybody pull it."),
    }[hidden]
    return NotPublic(
        f"{reference.registry} {what} {reference}",
        consequence=consequence,
        cure="\n".join(filter(None, [advice, find_visibility_hint(reference)])),
    )
