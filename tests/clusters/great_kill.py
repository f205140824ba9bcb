"""Forty jobs on a cluster of which a worker, a node and the driver are killed meanwhile, by small commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clusters import one_result
from clusters.processes import command_of, find_processes
from clusters.watching import wait_for

JOBS = 40
_TESTS = Path(__file__).parents[1]
_ENDED_S = 180.0


@dataclass
class Work:
    """A folder in which drivers do the same forty jobs, by a profile; each takes `seconds`.

    `inside` puts words before the driver's command, as for another network.
    """

    folder: Path
    profile: str
    seconds: float
    environment: Mapping[str, str]
    inside: Sequence[str] = ()
    drivers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_driver(self) -> subprocess.Popen[str]:
        """A driver in a process of its own, which takes up what is not done."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "profile.toml").write_text(self.profile)
        words = [str(self.folder / "profile.toml"), str(self.folder), str(JOBS), str(self.seconds)]
        with (self.folder / "driver.log").open("a") as log:
            driver = subprocess.Popen(
                [*self.inside, sys.executable, "-m", "clusters.driver", *words],
                env={**os.environ, **self.environment, "PYTHONPATH": f"{_TESTS.parent / 'src'}:{_TESTS}"},
                stdout=log,
                stderr=log,
                text=True,
            )
        self.drivers.append(driver)
        return driver

    def wait_until_done(self, count: int) -> None:
        """Wait until so many results are there."""
        wait_for(lambda: len(self.results()) >= count, f"{count} results: {self.log()}", _ENDED_S)

    def finish(self, driver: subprocess.Popen[str]) -> None:
        """Wait until a driver has come to its end."""
        assert driver.wait(_ENDED_S) == 0, self.log()

    def results(self) -> dict[str, bytes]:
        """The content of each result by its name."""
        found = (self.folder / "results").glob("[0-9a-f]*")
        return {path.name: path.read_bytes() for path in found}

    def starts(self) -> list[int]:
        """The numbers that were begun, each as often as it was."""
        return [int(line.split()[0]) for line in (self.folder / "starts").read_text().splitlines()]

    def log(self) -> str:
        """The end of what drivers wrote."""
        return (self.folder / "driver.log").read_text()[-3000:]

    def end(self) -> None:
        """Kill the drivers that are there still."""
        for driver in self.drivers:
            if driver.poll() is None:
                driver.kill()
            driver.wait()

    def check(self) -> None:
        """Forty results, each once and as it has to be, and none that two processes worked on at once."""
        expected = {one_result.name_of(number): one_result.content_of(number) for number in range(JOBS)}
        assert self.results() == expected
        assert sorted(path.name for path in (self.folder / "results").iterdir()) == sorted(expected)
        assert list((self.folder / "twins").iterdir()) == []


def find_workers(mark: str) -> list[int]:
    """The processes in which workers of Dask run functions, not the nannies that watch over them."""
    return [process for process in find_processes(mark) if "spawn_main" in command_of(process)]


def kill(process: int) -> None:
    """End a process as power cuts do."""
    os.kill(process, signal.SIGKILL)
