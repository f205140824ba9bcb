"""Waiting for something to become true, with an end to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], what: str, patience_s: float = 60.0, every_s: float = 0.1) -> Found:
    """The first of what `look` finds that is true of itself. Raises AssertionError after so long."""
    deadline = time.monotonic() + patience_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain for {what}"
        time.sleep(every_s)
    return found
