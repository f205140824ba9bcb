"""What an image reference is: a strict grammar, so that nothing else can reach an engine's command line.

    registry/repo[/repo...][:tag][@sha256:<64 hex>]

The registry is always written out (`docker.io/library/python`, never `python`), because engines fill in a
missing one differently. The registry `localhost` without a port means an image that was built on this machine
and never pushed: nothing is ever pulled for it, and its digest is the image id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCAL_REGISTRY = "localhost"
MAX_REFERENCE_LENGTH = 512

# The distribution project's grammar (reference.go), with the registry made obligatory.
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<registry>(?:{_HOST}\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|{_HOST}:[0-9]{{1,5}}|{_HOST}\.{_HOST}:[0-9]{{1,5}}|localhost))"
    rf"/(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """One image, by name and, for anything that is ranked, by digest."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the image exists on this machine only."""
        return self.registry == LOCAL_REGISTRY

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def parse_image_reference(text: str) -> ImageReference | str:
    """The reference, or one sentence that says what is wrong with it.

    >>> str(parse_image_reference("ghcr.io/lab/model:1.0"))
    'ghcr.io/lab/model:1.0'
    """
    if len(text) > MAX_REFERENCE_LENGTH:
        return f"is {len(text)} characters long; at most {MAX_REFERENCE_LENGTH} are allowed"
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return "is not of the form registry/repository[:tag]@sha256:<64 hex digits>, all in lower case but the tag"
    return ImageReference(match["registry"], match["repository"], match["tag"], match["digest"])
