"""`polyreact submission inspect` on a folder, through real engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from fakes.dockerd import client_environment
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.evaluation.submissions import Candidate
from polyreact.settings import Settings


@pytest.fixture
def inspect(
    engine: ContainerEngine, make_candidate: Callable[..., Candidate], session_settings: Settings
) -> Callable[..., subprocess.CompletedProcess[str]]:
    candidate = make_candidate("exits-1")
    host = {"DOCKER_HOST": engine._host} if isinstance(engine, DockerEngine) else {}
    environment = {**client_environment(), **host, "POLYREACT_CACHE": str(session_settings.cache)}

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "polyreact", "submission", "inspect", str(candidate.folder), *options]
        return subprocess.run(
            [*command, "--engine", engine.name, "--base", "local"],
            env={**environment, "COLUMNS": "200", "LANG": os.environ.get("LANG", "C.UTF-8")},
            capture_output=True,
            text=True,
            check=True,
        )

    return run


def test_inspect_shows_what_is_started_and_which_packages_there_are(
    inspect: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    shown = inspect().stdout
    assert "python /app/predict.py" in shown
    assert "\npip==" in shown
    told = json.loads(inspect("--json").stdout)
    assert told["image"]["entrypoint"] == ["python", "/app/predict.py"]
    assert any(name.startswith("pip==") for name in told["packages"]["python"])
