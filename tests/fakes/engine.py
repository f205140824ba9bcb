"""An engine in memory: no container, only a script that does what a submission would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from polyreact.engines.interface import EngineFacts, Image, RunExit, RunSpec
from polyreact.engines.packages import Package, Packages
from polyreact.errors import ImageMissing
from polyreact.images import ImageReference

STARTED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

#: What a submission does: reads the data folder, writes the output folder, ends somehow.
Script = Callable[[Path, Path], RunExit]


def exited(exit_code: int = 0, **changes: Any) -> RunExit:
    """An ordinary end, or with the given fields changed; `out_of_memory` is one that the engine saw itself."""
    if changes.pop("out_of_memory", False):
        changes["memory_kills_seen_by"] = ("engine",)
    return RunExit(**{"exit_code": exit_code, "started_at": STARTED_AT, "wall_s": 0.25, **changes})


def make_image(reference: str, **changes: Any) -> Image:
    """An image whose id follows from its name."""
    values: dict[str, Any] = {
        "reference": reference,
        "image_id": f"sha256:{hashlib.sha256(reference.encode()).hexdigest()}",
        "digest": reference.partition("@")[2] or None,
        "size_bytes": 1000,
        "architecture": "amd64",
        "entrypoint": ("/predict",),
        "command": (),
    }
    return Image(**{**values, **changes})


def _does_nothing(data: Path, output: Path) -> RunExit:
    return exited()


@dataclass
class FakeEngine:
    """Runs `script` for every run; every image that is asked for is there unless named in `missing`.

    `specs` keeps the runs in order, `built` the tags; `left_behind` is what the next `reap` finds,
    `unlimited` what it says that it cannot limit, `gpus` what it can pass on.
    """

    script: Script = _does_nothing
    name: str = "fake"
    is_sandbox: bool = True
    first_user_id: int = 0
    missing: frozenset[str] = frozenset()
    specs: list[RunSpec] = field(default_factory=list)
    built: list[str] = field(default_factory=list)
    images: dict[str, Image] = field(default_factory=dict)
    left_behind: tuple[str, ...] = ()
    unlimited: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    listed: list[Image] = field(default_factory=list)
    architecture: str = "amd64"
    pushed: list[tuple[Image, ImageReference]] = field(default_factory=list)

    def missing_limits(self) -> tuple[str, ...]:
        return self.unlimited

    def list_gpus(self) -> tuple[str, ...]:
        return self.gpus

    def probe(self) -> EngineFacts:
        return EngineFacts(self.name, "1.0", "memory")

    def build(
        self,
        folder: Path,
        tag: str,
        build_arguments: Mapping[str, str],
        *,
        offline: bool = False,
        architecture: str | None = None,
    ) -> Image:
        self.built.append(tag)
        return self.images.setdefault(tag, make_image(tag, architecture=architecture or self.architecture))

    def import_root(self, archive: Path, tag: str, environment: Mapping[str, str]) -> Image:
        return self.images.setdefault(tag, make_image(tag))

    def find_image(self, reference: str) -> Image | None:
        return self.images.get(reference)

    def fetch_image(self, reference: ImageReference) -> Image:
        name = str(reference)
        built_here = [image for image in self.images.values() if image.image_id == reference.digest]
        if reference.is_local and built_here:
            return built_here[0]
        if name in self.missing:
            raise ImageMissing(f"the registry has no {name}")
        return self.images.setdefault(name, make_image(name))

    def push(self, image: Image, reference: ImageReference) -> None:
        self.pushed.append((image, reference))

    def list_packages(self, image: Image) -> Packages | None:
        self.listed.append(image)
        return Packages(python=(Package("numpy", "2.3.0"),), distribution="Memory 1")

    def run(self, spec: RunSpec, on_tick: Callable[[float], None] | None = None) -> RunExit:
        self.specs.append(spec)
        if on_tick:
            on_tick(1.0)
        return self.script(spec.data, spec.output)

    def reap(self) -> tuple[str, ...]:
        found, self.left_behind = self.left_behind, ()
        return found
