"""What every test may ask for. Under CI a missing engine, browser or data file is a failure, never a skip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from polyreact.settings import Settings

REPOSITORY = Path(__file__).parent.parent


def missing(what: str) -> NoReturn:
    """Skip at home, fail where everything ought to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and under CI it must be there")
    pytest.skip(what)


@pytest.fixture(autouse=True)
def _no_ambient_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the user's own cache by accident."""
    monkeypatch.setenv("POLYREACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("POLYREACT_ENGINE", raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an empty cache and no network stand-in."""
    return Settings(cache=tmp_path / "cache", mirror=None, engine=None)


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder of published raw files."""
    named = os.environ.get("POLYREACT_MIRROR", "")
    if not named or not Path(named).is_dir():
        missing("POLYREACT_MIRROR names no folder with the published raw files")
    return Path(named).absolute()


@pytest.fixture(scope="session")
def real_settings(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with the mirror and a cache that lasts for the session."""
    return Settings(cache=tmp_path_factory.mktemp("real-cache"), mirror=mirror, engine=None)
