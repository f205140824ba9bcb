"""What is published beside the board itself."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.results.queue_records import QueueRecord
from polyreact.results.release_records import ReleaseRecord


@dataclass(frozen=True, slots=True)
class Edition:
    """`address` is where the site will stand, `https://.../` with the slash at the end, and empty where unknown.

    `queue` is None where nothing waits. `releases` are the newest first. `has_docs` where the documentation stands
    below `docs/` in the same folder.
    """

    address: str = ""
    queue: QueueRecord | None = None
    releases: tuple[ReleaseRecord, ...] = ()
    has_docs: bool = False
