"""The commands of the weekly evaluation killed at random moments, each with a real engine, a clone and a branch.

A killed command tells nothing; what counts is what stands on the branch once the next week has come to its end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from kills import build_quick_image, engine_state, essence, left_in_engine, left_on_host
from polyreact.engines.base_image import ensure_base
from polyreact.engines.podman import PodmanEngine
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from unit.submission.manifests import lines_of
from weekly import ENVIRONMENT, git

KILLS = 20
COMMANDS = (("ci", "evaluate"), ("ci", "collect", "--push"))


@pytest.fixture
def environment(podman_engine: PodmanEngine, real_session_settings: Settings) -> Mapping[str, str]:
    named = {"POLYREACT_CACHE": real_session_settings.cache, "POLYREACT_MIRROR": real_session_settings.mirror}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **{name: str(value) for name, value in named.items()}, "POLYREACT_ENGINE": podman_engine.name}


@pytest.fixture
def origin(podman_engine: PodmanEngine, real_session_settings: Settings, tmp_path: Path) -> Path:
    """A bare repository with two submissions whose images are on this machine."""
    base = ensure_base(podman_engine, real_session_settings.cache)
    git(tmp_path, "init", "--quiet", "--bare", "origin")
    git(tmp_path, "clone", "--quiet", "origin", "author")
    folder = tmp_path / "author"
    git(folder, "checkout", "--quiet", "-B", "main")
    (folder / "submissions").mkdir()
    (folder / ".gitignore").write_text("/evaluated/\n")
    for number in (1, 2):
        manifest = lines_of(
            name=f"lab-weekly-{number}",
            image=build_quick_image(podman_engine, base.reference, tmp_path, f"weekly-{number}", number),
            training_data="{}",
            score_is_probability="false",
        )
        (folder / "submissions" / f"lab-weekly-{number}.yaml").write_text(manifest)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Begin")
    git(folder, "push", "--quiet", "origin", "main")
    return tmp_path / "origin"


class Week:
    """The commands in a clone of their own, one after the other."""

    def __init__(self, origin: Path, folder: Path, environment: Mapping[str, str]) -> None:
        git(origin.parent, "clone", "--quiet", "--bare", str(origin), str(folder / "origin"))
        git(folder, "clone", "--quiet", "origin", "clone")
        self.folder, self.environment = folder, environment
        self.owners: list[int] = []

    def run(self, killed_after_s: float | None = None) -> bool:
        """Whether the commands came to their end before one of them was killed."""
        end = None if killed_after_s is None else time.monotonic() + killed_after_s
        for command in COMMANDS:
            with (self.folder / "said").open("w") as said:
                process = subprocess.Popen(
                    [sys.executable, "-m", "polyreact", *command],
                    cwd=self.folder / "clone",
                    env={**self.environment, **{k: v for k, v in ENVIRONMENT.items() if k.startswith("GIT")}},
                    stdout=said,
                    stderr=said,
                )
            self.owners.append(process.pid)
            try:
                status = process.wait(None if end is None else max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                return False
            assert status == 0, (self.folder / "said").read_text()
        return True

    def published(self) -> dict[str, object]:
        """What stands on the branch, without when the queue was written."""
        git(self.folder, "clone", "--quiet", "origin", "published")
        found = essence(ResultsStore(self.folder / "published" / "results"))
        queue = json.loads(json.dumps(found.pop("queue.json")))
        assert queue["jobs"] == []
        found["LEADERBOARD.md"] = (self.folder / "published" / "LEADERBOARD.md").read_text()
        return found


@pytest.mark.engine("podman")
@pytest.mark.real_data
@pytest.mark.slow
def test_weekly_commands_killed_at_twenty_random_moments_end_with_the_same_records(
    origin: Path,
    environment: Mapping[str, str],
    podman_engine: PodmanEngine,
    real_session_settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    whole = Week(origin, tmp_path_factory.mktemp("whole"), environment)
    assert whole.run()  # prepares the sets as well
    expected, before_runs = whole.published(), engine_state(podman_engine)
    tables = [name for name in expected if name.endswith(".csv")]
    assert len(tables) == 12, tables
    timed = Week(origin, tmp_path_factory.mktemp("timed"), environment)
    before = time.monotonic()
    assert timed.run()
    longest_s = time.monotonic() - before

    moments, kills, weeks = random.Random(28), 0, 0  # noqa: S311
    while kills < KILLS:
        week = Week(origin, tmp_path_factory.mktemp("killed"), environment)
        while kills < KILLS and not week.run(moments.uniform(0, longest_s)):
            kills += 1
        week.run()
        weeks += 1
        assert week.published() == expected
        assert left_in_engine(podman_engine, before_runs) == set()
        assert left_on_host(real_session_settings.cache, week.owners) == []
    print(f"{kills} kills in {weeks} weeks of {longest_s:.1f} s")  # noqa: T201
