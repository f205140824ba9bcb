"""Whether a container was killed for its memory, told from what outlives it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.cgroups import Usage
from polyreact.engines.container_run import _exit_of
from polyreact.engines.container_state import State
from polyreact.engines.interface import RunSpec
from polyreact.engines.policy import KIB, MIB, Limits, strict_policy

LIMITS = Limits(
    wall_time_s=20, memory_bytes=100 * MIB, cpus=1, pids=48, tmp_bytes=MIB, output_bytes=MIB, log_bytes=64 * KIB
)
SPEC = RunSpec("test", make_image("localhost/x/y:1"), strict_policy(LIMITS), Path("/d"), Path("/o"), {})
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("exit_code", "peak_mib", "is_out_of_memory"),
    [(137, 100, True), (137, 99, True), (137, 60, False), (137, None, False), (0, 100, False), (1, 100, False)],
)
def test_kill_with_memory_at_its_limit_is_out_of_memory(exit_code, peak_mib, is_out_of_memory):
    """Symptom: on a loaded machine a memory hog was "undetermined" and would have been repeated for ever.

    Cause: the count of the kernel's kills stands in the container's own group, which was gone before a sample.
    """
    state = State("c0ffee", 0, False, exit_code, False, "", NOW, NOW)
    usage = Usage(peak_memory_bytes=None if peak_mib is None else peak_mib * MIB)
    assert _exit_of(SPEC, state, b"", usage, was_stopped=False).out_of_memory is is_out_of_memory
