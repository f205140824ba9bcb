"""What every test may ask for. Under CI a missing engine, browser or data file is a failure, never a skip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from documentation import build
from fakes.dockerd import NoDaemon, client_environment, docker_environment
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.engines.podman import PodmanEngine
from polyreact.errors import EngineRefused, NoEngine
from polyreact.settings import Settings

# A time limit for each example would fail on a machine that is busy with something else; what may take how long is
# held by tests of its own.
hypothesis.settings.register_profile("polyreact", deadline=None)
hypothesis.settings.load_profile("polyreact")


def missing(what: str, why: object) -> NoReturn:
    """Skip at home; fail where everything ought to be there, and for an engine that was asked for by name."""
    asked_for = what in os.environ.get("POLYREACT_TEST_ENGINES", "").split(",")
    if os.environ.get("CI") or asked_for:
        pytest.fail(f"{what} is missing, and here it must be there: {why}")
    pytest.skip(f"{what}: {why}")


@pytest.fixture(autouse=True)
def _no_ambient_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the user's own cache by accident."""
    monkeypatch.setenv("POLYREACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("POLYREACT_ENGINE", raising=False)
    monkeypatch.delenv("POLYREACT_PRIVATE", raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an empty cache and no network stand-in."""
    return Settings(cache=tmp_path / "cache", mirror=None, engine=None)


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder of published raw files."""
    named = os.environ.get("POLYREACT_MIRROR", "")
    if not named or not Path(named).is_dir():
        missing("data", "POLYREACT_MIRROR names no folder with the published raw files")
    return Path(named).absolute()


@pytest.fixture(scope="session")
def real_settings(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with the mirror and a cache that lasts for the session."""
    return Settings(cache=tmp_path_factory.mktemp("real-cache"), mirror=mirror, engine=None)


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built as the site has it, below a path of its own."""
    built: Path = build(tmp_path_factory.mktemp("docs") / "below" / "a path")
    return built


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """Docker on the daemon that answers, or on a private one for the time of the tests."""
    try:
        with docker_environment() as environment:
            yield DockerEngine(environment)
    except NoDaemon as error:
        missing("docker", error)


@pytest.fixture(scope="session")
def podman_engine() -> PodmanEngine:
    """Podman."""
    engine = PodmanEngine(client_environment(), is_root=os.geteuid() == 0)
    try:
        engine.probe()
    except (NoEngine, EngineRefused) as error:
        missing("podman", error.render())
    return engine


@pytest.fixture(
    scope="session", params=[pytest.param(name, marks=pytest.mark.engine(name)) for name in ("podman", "docker")]
)
def engine(request: pytest.FixtureRequest) -> ContainerEngine:
    """Each engine in turn."""
    found: ContainerEngine = request.getfixturevalue(f"{request.param}_engine")
    return found
