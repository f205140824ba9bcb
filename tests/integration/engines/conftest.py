"""What the tests of real engines run: images and small programs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polyreact.engines.base_image import ensure_base
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image, RunExit, RunSpec
from polyreact.engines.output import bounded_output
from polyreact.engines.policy import KIB, MIB, Limits, strict_policy

LIMITS = Limits(
    wall_time_s=20, memory_bytes=128 * MIB, cpus=1, pids=48, tmp_bytes=8 * MIB, output_bytes=MIB, log_bytes=64 * KIB
)
RunProgram = Callable[..., RunExit]


@pytest.fixture(scope="session")
def base(engine: ContainerEngine, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return ensure_base(engine, tmp_path_factory.mktemp("base-cache"))


@pytest.fixture(scope="session")
def shell_image(engine: ContainerEngine, base: Image, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Runs /data/program.sh."""
    folder = tmp_path_factory.mktemp("shell-image")
    (folder / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nENTRYPOINT ["/bin/sh", "/data/program.sh"]\n')
    return engine.build(folder, "polyreact/test-shell:1", {"BASE": base.reference}, offline=True)


@pytest.fixture
def new_spec(tmp_path: Path, shell_image: Image) -> Iterator[Callable[..., RunSpec]]:
    """Makes the spec of a run of a shell program."""
    data = tmp_path / "data"
    data.mkdir()
    policy = strict_policy(LIMITS)

    def make(program: str, *, image: Image = shell_image, limits: Limits = LIMITS) -> RunSpec:
        (data / "program.sh").write_text(program)
        run_id = f"test-{secrets.token_hex(6)}"
        return RunSpec(run_id, image, strict_policy(limits), data, tmp_path / "output", {"GREETING": "a,b:c=d e"})

    with bounded_output(tmp_path / "output", policy):
        yield make
