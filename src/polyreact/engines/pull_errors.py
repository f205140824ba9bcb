"""What an engine's complaint about a pull, or a push, means. Engines answer missing images, missing credentials and
dead registries with the same exit code, so only the text tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from polyreact.errors import (
    BuildFailed,
    EngineFailed,
    ImageMissing,
    ImageRefused,
    NotPushed,
    PolyreactError,
    RegistryFailed,
)
from polyreact.images import ImageReference
from polyreact.visible import visible

_SHOWN_COMPLAINT = 300
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
#: Content that is what its digest says, and no layer: whoever pushed it can mend it.
_NO_ARCHIVE = re.compile(r"archive/tar: invalid tar header", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"unauthorized|no basic auth credentials|authentication required|\b401\b|\b403\b|forbidden|requested access to"
    r" the resource is denied",
    re.IGNORECASE,
)
#: What registries say to a push by somebody who may not.
_DENIED = re.compile(r"\bdenied\b", re.IGNORECASE)
_MISSING = re.compile(
    r"manifest unknown|name unknown|repository does not exist|pull access denied|manifest for .* not found"
    r"|\b404\b|not found: manifest|repository name not known",
    re.IGNORECASE,
)


_NO_NAME = re.compile(
    r"invalid reference format|invalid repository name|repository name must be|short-name|image not known"
    r"|must be resolved|normalizing",
    re.IGNORECASE,
)

#: A step of docker's older builder and of podman's, and what each says of one that went well.
_STEP = re.compile(r"(?:\[\d+/\d+\] )?step \d+/\d+ ?: (?P<instruction>\S+) +(?P<value>\S+)", re.IGNORECASE)
_STEP_DONE = re.compile(r" ---> |--> ")
_STEP_FAILED = re.compile(r"The command .* returned a non-zero code|Error: building at STEP")
_PODMAN_BASE = re.compile(r"Error: creating build container: (?P<complaint>.+)")
#: BuildKit tells at the end which of its tasks failed.
_BUILDKIT_BASE = re.compile(r" > \[internal\] load metadata for (?P<base>\S+):")
_BUILDKIT_END = re.compile(r"ERROR: failed to (?:solve|build): (?P<complaint>.+)")
_SET_ARGUMENT = re.compile(r"^(?:\[\d+/\d+\] )?step \d+/\d+ ?: ARG (\w+)=(\S+)", re.IGNORECASE | re.MULTILINE)
_WAY_ROUND = "with --base local the build gets a base made from this machine's own Python, and needs no registry."


@dataclass(frozen=True, slots=True)
class FailedBase:
    """A base image that a build could not get, as the Dockerfile names it, and what the engine said."""

    base: str
    complaint: str


def find_failed_base(log: str, build_arguments: Mapping[str, str]) -> FailedBase | None:
    """The base image that a build failed at, from the build's log; None when it failed at anything else."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    if not lines:
        return None
    failed = _find_buildkit_base(lines) or _find_step_base(lines)
    if failed is None:
        return None
    arguments = dict(_SET_ARGUMENT.findall(log)) | dict(build_arguments)
    return FailedBase(Template(failed.base).safe_substitute(arguments), failed.complaint)


def base_failure(failed: FailedBase) -> PolyreactError:
    """The error to raise for a build without its base: the registry's fault, or that of who named the image."""
    shown = f"the Dockerfile's base image `{_shorten(visible(failed.base))}`"
    error = pull_failure(shown, failed.complaint)
    if isinstance(error, RegistryFailed) and not _NO_NAME.search(failed.complaint):
        return RegistryFailed(
            error.summary,
            consequence="Nothing was run.",
            cure=f"{error.cure}\nOr do without: {_WAY_ROUND}",
            detail=failed.complaint,
        )
    if isinstance(error, EngineFailed):
        return error
    return BuildFailed(
        f"{shown} is not to be had: {_shorten(visible(failed.complaint))}",
        consequence="Nothing was run.",
        cure=f"Name another base in the Dockerfile's FROM. Or do without: {_WAY_ROUND}",
    )


def pull_failure(reference: ImageReference | str, complaint: str) -> PolyreactError:
    """The error to raise for a pull that failed; anything unknown is held against the registry."""
    name = str(reference)
    if is_engine_down(complaint):
        return EngineFailed(
            f"the engine could not pull {name}", cure="Is it running, with room on its disk?", detail=complaint
        )
    refused = _find_refusal(name, complaint)
    if refused is not None:
        return refused
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


def push_failure(reference: ImageReference, program: str, complaint: str) -> PolyreactError:
    """The error to raise for a push that failed; `program` is the engine's command line."""
    if is_engine_down(complaint):
        return EngineFailed(
            f"the engine could not push {reference}", cure="Is it running, with room on its disk?", detail=complaint
        )
    cure = "Run the same command again; what was sent already is not sent twice."
    if _CREDENTIALS.search(complaint) or _DENIED.search(complaint):
        login = f"{program} login {reference.registry}"
        cure = f"Log in as somebody who may write there, then run the same command again:\n  {login}"
    return NotPushed(
        f"{reference.registry} did not take the image: {_shorten(visible(complaint))}",
        consequence="Nothing was handed in.",
        cure=cure,
    )


def _find_refusal(name: str, complaint: str) -> ImageRefused | None:
    if _OTHER_PLATFORM.search(complaint):
        return ImageRefused(f"{name} has no image for this machine's architecture", detail=complaint)
    if _NO_ARCHIVE.search(complaint):
        return ImageRefused(
            f"{name} has a layer that is no archive, so it cannot be unpacked",
            cure="Build the image again and push it, then name it by its new digest.",
            detail=complaint,
        )
    return None


def _find_step_base(lines: list[str]) -> FailedBase | None:
    """Docker's older builder ends with the complaint, right after its step; podman begins it in its own words."""
    steps = [(number, found) for number, line in enumerate(lines) if (found := _STEP.match(line))]
    if not steps or steps[-1][1]["instruction"].upper() != "FROM":
        return None
    number, step = steps[-1]
    after = lines[number + 1 :]
    if not after or any(_STEP_DONE.match(line) for line in after):
        return None
    podmans = _PODMAN_BASE.match(after[-1])
    if podmans is None and (step[0].startswith(("STEP", "[")) or _STEP_FAILED.match(after[-1])):
        return None
    return FailedBase(step["value"], podmans["complaint"] if podmans else after[-1])


def _find_buildkit_base(lines: list[str]) -> FailedBase | None:
    bases = [found["base"] for line in lines if (found := _BUILDKIT_BASE.fullmatch(line))]
    end = _BUILDKIT_END.match(lines[-1])
    return FailedBase(bases[-1], end["complaint"]) if bases and end else None


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_COMPLAINT else f"{text[:_SHOWN_COMPLAINT]} ..."


def is_engine_down(complaint: str) -> bool:
    """Whether a complaint is about the engine or its disk, and about nothing that was asked of it."""
    return _ENGINE_DOWN.search(complaint) is not None
