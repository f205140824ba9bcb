"""Real engines. One that was asked for by name, or any under CI, fails when it is missing; else it is skipped."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from fakes.dockerd import NoDaemon, client_environment, docker_environment
from polyreact.engines.base_image import ensure_base
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.engines.interface import Image, RunExit, RunSpec
from polyreact.engines.output import bounded_output
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.policy import KIB, MIB, Limits, strict_policy
from polyreact.errors import EngineRefused, NoEngine

ENGINES = [pytest.param(name, marks=pytest.mark.engine(name)) for name in ("podman", "docker")]
LIMITS = Limits(
    wall_time_s=20, memory_bytes=128 * MIB, cpus=1, pids=48, tmp_bytes=8 * MIB, output_bytes=MIB, log_bytes=64 * KIB
)
RunProgram = Callable[..., RunExit]


def missing(name: str, why: object) -> NoReturn:
    if os.environ.get("CI") or name in os.environ.get("POLYREACT_TEST_ENGINES", "").split(","):
        pytest.fail(f"{name} was asked for: {why}")
    pytest.skip(f"{name}: {why}")


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    try:
        with docker_environment() as environment:
            yield DockerEngine(environment)
    except NoDaemon as error:
        missing("docker", error)


@pytest.fixture(scope="session")
def podman_engine() -> PodmanEngine:
    engine = PodmanEngine(client_environment(), is_root=os.geteuid() == 0)
    try:
        engine.probe()
    except (NoEngine, EngineRefused) as error:
        missing("podman", error.render())
    return engine


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> ContainerEngine:
    found: ContainerEngine = request.getfixturevalue(f"{request.param}_engine")
    return found


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
