"""A GitHub on the loopback with a benchmark's repository, and a benchmark in small whose engine answers well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.engine import FakeEngine
from fakes.github_server import WRITE_TOKEN, GithubServer, make_bare, serve_github, write_commit
from polyreact.ci.github import GitHub, open_github
from polyreact.settings import Settings
from unit.evaluation.conftest import answers
from weekly import Benchmark


@pytest.fixture(autouse=True)
def _no_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run on Actions as well, which says of itself what they say of others."""
    for name in list(os.environ):
        if name.startswith("GITHUB_"):
            monkeypatch.delenv(name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GithubServer]:
    with serve_github(make_bare(tmp_path / "bare.git")) as server:
        files: dict[str, str | None] = {
            "README.md": "a benchmark\n",
            ".github/workflows/submission.yml": "name: x\n",
        }
        server.git("update-ref", "refs/heads/main", write_commit(server.bare, files))
        yield server


@pytest.fixture
def github(server: GithubServer) -> GitHub:
    return open_github(server.address, server.repository, WRITE_TOKEN, pause_s=0)


def answers_now(data, output):
    """A submission that does what the contract asks, in a run of today."""
    return replace(answers(data, output), started_at=datetime.now(UTC))


def engine_that_answers():
    return FakeEngine(answers_now, name="podman")


@pytest.fixture(scope="session")
def weekly_settings(tmp_path_factory):
    """Settings whose cache lasts for the session, so that sets are prepared once."""
    return Settings(cache=tmp_path_factory.mktemp("cache"), mirror=None, engine=None)


@pytest.fixture(scope="session")
def begun(tmp_path_factory, weekly_settings):
    return Benchmark(tmp_path_factory.mktemp("begun"), weekly_settings, engine_that_answers()).begin()


@pytest.fixture(scope="session")
def evaluated_once(tmp_path_factory, begun):
    made = copy(begun, tmp_path_factory.mktemp("evaluated"))
    made.submit("lab-model")
    made.evaluate()
    return made


@pytest.fixture
def benchmark(begun, tmp_path):
    return copy(begun, tmp_path)


@pytest.fixture
def evaluated(evaluated_once, tmp_path):
    """A benchmark with one submission whose job has run and is not collected."""
    return copy(evaluated_once, tmp_path)


def copy(benchmark, folder):
    """The same benchmark elsewhere, with an engine of its own."""
    for name in ("origin", "checkout"):
        shutil.copytree(benchmark.top / name, folder / name)
    made = Benchmark(folder, benchmark.settings, engine_that_answers())
    made.point_at_origin()
    return made
