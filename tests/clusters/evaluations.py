"""`polyreact evaluate run` as a process that can be killed, with the images of submissions on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clusters.watching import wait_for
from kills import build_quick_image, essence
from polyreact.engines.base_image import ensure_base
from polyreact.engines.container_engine import ContainerEngine
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings

_MANIFEST = """\
name: {name}
image: {image}
authors: [A Test]
contact: test@polyreact.example
license: MIT
description: Counts charges.
training_data: {{}}
"""
_ENDED_S = 900.0


def write_manifest(folder: Path, name: str, image: str) -> Path:
    """The manifest of a submission whose image is on this machine."""
    path = folder / f"{name}.yaml"
    path.write_text(_MANIFEST.format(name=name, image=image))
    return path


@dataclass
class Evaluations:
    """Evaluations of the same submissions on the same tracks; `environment` is what they get besides this one's.

    `inside` puts words before the command, as for another network. Workers see the driver's folders if `is_shared`.
    """

    folder: Path
    manifests: Sequence[Path]
    tracks: Sequence[str]
    environment: Mapping[str, str]
    inside: Sequence[str] = ()
    is_shared: bool = True
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, results: Path, profile: str | None = None) -> subprocess.Popen[bytes]:
        """One evaluation into `results`, on this machine or by a profile."""
        command = [sys.executable, "-m", "polyreact", "evaluate", "run", *map(str, self.manifests)]
        command += [word for track in self.tracks for word in ("--track", track)]
        command += ["--results", str(results)]
        if profile is not None:
            (self.folder / "profile.toml").write_text(profile)
            command += ["--on", str(self.folder / "profile.toml"), "--spool", str(self.folder / "spool")]
            command += ["--shared"] if self.is_shared else []
        with (self.folder / "evaluations.log").open("ab") as log:
            driver = subprocess.Popen(
                [*self.inside, *command], env={**os.environ, **self.environment}, stdout=log, stderr=log
            )
        self.started.append(driver)
        return driver

    def wait_until_kept(self, results: Path, count: int) -> None:
        """Wait until so many records are kept."""
        wait_for(
            lambda: len(ResultsStore(results).find_paths()) >= count, f"{count} records", _ENDED_S, every_s=0.3
        )

    def finish(self, driver: subprocess.Popen[bytes]) -> None:
        """Wait until an evaluation has come to its end, which is to be a good one."""
        assert driver.wait(_ENDED_S) == 0, self.log()

    def log(self) -> str:
        """The end of what evaluations said."""
        return (self.folder / "evaluations.log").read_text(errors="replace")[-4000:]

    def end(self) -> None:
        """Kill the evaluations that are there still."""
        for driver in self.started:
            if driver.poll() is None:
                driver.kill()
            driver.wait()


@dataclass(frozen=True)
class Expected:
    """What came of forty jobs on this machine alone: `records` as `kills.essence` has them, and what they need."""

    manifests: Sequence[Path]
    environment: Mapping[str, str]
    records: Mapping[str, object]


#: Eight submissions on these are forty jobs.
TRACKS = ("demo", "jain", "jain-116", "jain-parity", "shehata")
SUBMISSIONS = 8


def evaluate_alone(engine: ContainerEngine, settings: Settings, folder: Path) -> Expected:
    """Build eight submissions that take next to no time, and evaluate them here."""
    base = ensure_base(engine, settings.cache)
    manifests = []
    for number in range(1, SUBMISSIONS + 1):
        image = build_quick_image(engine, base.reference, folder, f"cluster-{number}", number)
        manifests.append(write_manifest(folder, f"lab-cluster-{number}", image))
    environment = {
        "POLYREACT_CACHE": str(settings.cache),
        "POLYREACT_MIRROR": str(settings.mirror),
        "POLYREACT_ENGINE": engine.name,
    }
    evaluations = Evaluations(folder, manifests, TRACKS, environment)
    try:
        evaluations.finish(evaluations.start(folder / "alone"))
    finally:
        evaluations.end()
    store = ResultsStore(folder / "alone")
    assert len(store.find_paths()) == SUBMISSIONS * len(TRACKS)
    return Expected(manifests, environment, essence(store))
