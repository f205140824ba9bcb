"""One world for each engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import missing
from fakes.dockerd import client_environment
from polyreact.engines.container_engine import ContainerEngine
from polyreact.settings import Settings
from rehearsal.world import World, open_world

#: Prepared datasets are kept where the user keeps them, so that a second rehearsal is quicker.
_CACHE = os.environ.get("POLYREACT_CACHE")


@pytest.fixture(scope="session")
def world(engine: ContainerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if shutil.which("docker-registry") is None:
        missing("docker-registry", "install Debian's docker-registry: sudo make engines")
    folder = tmp_path_factory.mktemp("world")
    cache = Path(_CACHE).absolute() if _CACHE else tmp_path_factory.mktemp("cache")
    mirror = os.environ.get("POLYREACT_MIRROR")  # only the week asks for published data
    settings = Settings(cache=cache, mirror=Path(mirror) if mirror else None, engine=engine.name)
    client = {**client_environment(), **getattr(engine, "_environment", {})}  # where docker's daemon is
    with open_world(folder, engine, client, settings) as world:
        yield world
