"""What the surroundings say, read once at the edge; below the CLI nobody reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import BadSetting


@dataclass(frozen=True, slots=True)
class Settings:
    """`cache` keeps what can be fetched or made again; `mirror` stands in for the network when set."""

    cache: Path
    mirror: Path | None
    engine: str | None

    @property
    def sources(self) -> Path:
        """Raw files, as published."""
        return self.cache / "sources"

    @property
    def inputs(self) -> Path:
        """Prepared inputs: what a submission may see."""
        return self.cache / "inputs"

    @property
    def hidden(self) -> Path:
        """Prepared labels: what only scoring may see."""
        return self.cache / "hidden"

    @property
    def runs(self) -> Path:
        """Folders of running containers."""
        return self.cache / "runs"


def read_settings(environment: Mapping[str, str], home: Path) -> Settings:
    """Settings from an environment: POLYREACT_CACHE, POLYREACT_MIRROR, POLYREACT_ENGINE.

    Raises BadSetting where POLYREACT_MIRROR names no folder.
    """
    cache_home = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    cache = Path(environment.get("POLYREACT_CACHE") or cache_home / "polyreact")
    mirror = _read_mirror(environment.get("POLYREACT_MIRROR", ""))
    return Settings(cache=cache.absolute(), mirror=mirror, engine=environment.get("POLYREACT_ENGINE") or None)


def _read_mirror(value: str) -> Path | None:
    if not value:
        return None
    mirror = Path(value).absolute()
    if not mirror.is_dir():
        raise BadSetting(
            f"POLYREACT_MIRROR is `{value}`, and there is no such folder",
            cure="Point it at a folder holding <dataset>/<file>, or unset it to fetch from the public addresses.",
        )
    return mirror
