"""An engine that is not there, for commands that need one only for a part of what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from polyreact.engines.interface import EngineFacts, Image, RunExit, RunSpec
from polyreact.engines.packages import Packages
from polyreact.errors import NoEngine
from polyreact.images import ImageReference


@dataclass(frozen=True, slots=True)
class AbsentEngine:
    """Whatever is asked of it raises the NoEngine that it was not found with."""

    error: NoEngine
    name: str = "none"
    is_sandbox: bool = False
    first_user_id: int = 0

    def missing_limits(self) -> tuple[str, ...]:
        """Raises NoEngine, as all that follow."""
        self._raise()

    def list_gpus(self) -> tuple[str, ...]:
        """Raises NoEngine."""
        self._raise()

    def probe(self) -> EngineFacts:
        """Raises NoEngine."""
        self._raise()

    def build(
        self,
        folder: Path,
        tag: str,
        build_arguments: Mapping[str, str],
        *,
        offline: bool = False,
        architecture: str | None = None,
    ) -> Image:
        """Raises NoEngine."""
        del folder, tag, build_arguments, offline, architecture
        self._raise()

    def import_root(self, archive: Path, tag: str, environment: Mapping[str, str]) -> Image:
        """Raises NoEngine."""
        del archive, tag, environment
        self._raise()

    def find_image(self, reference: str) -> Image | None:
        """Raises NoEngine."""
        del reference
        self._raise()

    def fetch_image(self, reference: ImageReference) -> Image:
        """Raises NoEngine."""
        del reference
        self._raise()

    def push(self, image: Image, reference: ImageReference) -> None:
        """Raises NoEngine."""
        del image, reference
        self._raise()

    def list_packages(self, image: Image) -> Packages | None:
        """Raises NoEngine."""
        del image
        self._raise()

    def run(self, spec: RunSpec, on_tick: Callable[[float], None] | None = None) -> RunExit:
        """Raises NoEngine."""
        del spec, on_tick
        self._raise()

    def reap(self) -> tuple[str, ...]:
        """Raises NoEngine."""
        self._raise()

    def _raise(self) -> NoReturn:
        raise self.error
