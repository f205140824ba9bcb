"""The packages that a submission's image says it holds: `results/<submission>/packages/<digest>.json`.

One file for all records of a submission whose runs were of the same image; each names it by its digest. What stands
in it is the image's own word, read from its files without running anything.
"""

from __future__ import annotations

from typing import Literal

from polyreact.results.records import Frozen

PACKAGES_SCHEMA_VERSION = 1


class PackagesDocument(Frozen):
    """`python` holds `name==version`, `system` the distribution's `name=version`, both sorted.

    `system_kind` is dpkg, apk, or rpm, whose database is not read. `is_complete` is false where there are more than
    are listed, or the image could not be read to its end.
    """

    schema_version: Literal[1] = 1
    image_id: str
    distribution: str | None
    system_kind: Literal["dpkg", "apk", "rpm"] | None
    is_complete: bool
    python: tuple[str, ...]
    system: tuple[str, ...]
