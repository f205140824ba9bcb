"""What reading one hostile file may cost: two seconds of processor time and 200 MB of memory."""

from __future__ import annotations

import contextlib
import gc
import resource
import time
from collections.abc import Iterator
from pathlib import Path

MOST_S = 2.0
MOST_BYTES = 200 * 10**6


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """For the time of the block this process gets no more than 200 MB besides what it has; then MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextlib.contextmanager
def bounded_time() -> Iterator[None]:
    """Processor time, so that a busy machine makes no difference."""
    began = time.process_time()
    yield
    assert time.process_time() - began < MOST_S


@contextlib.contextmanager
def without_litter() -> Iterator[None]:
    """For the time of the block the garbage collector does not go through what thousands of other tests left.

    Around a single test only: what is frozen again and again is never collected.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
