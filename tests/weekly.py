"""A benchmark in small: a bare repository, a checkout of it, manifests in submissions/, and the weekly commands."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from fakes.engine import FakeEngine
from polyreact.ci.checkout import Checkout
from polyreact.ci.collect import Collector, collect
from polyreact.ci.outcomes import JobOutcome
from polyreact.ci.shards import choose_shards, evaluate_shard
from polyreact.ci.weekly import Weekly, read_accepted
from polyreact.evaluation.evaluate import Evaluation, Result
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from unit.submission.manifests import lines_of

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null"}
_SOMEBODY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *_SOMEBODY, "-c", "init.defaultBranch=main", *arguments]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout


@dataclass
class Benchmark:
    """`tracks` are named copies of the demo track, `told` what was said; the engine says that it is podman."""

    top: Path
    settings: Settings
    engine: FakeEngine
    tracks: tuple[str, ...] = ("demo",)
    told: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.top / "checkout"

    @property
    def store(self) -> ResultsStore:
        return ResultsStore(self.folder / "results")

    @property
    def out(self) -> Path:
        return self.folder / "evaluated"

    @property
    def checkout(self) -> Checkout:
        return Checkout(self.folder, ENVIRONMENT)

    def begin(self) -> Benchmark:
        git(self.top, "init", "--quiet", "--bare", "origin")
        git(self.top, "clone", "--quiet", "origin", "checkout")
        git(self.folder, "checkout", "--quiet", "-B", "main")
        (self.folder / "README.md").write_text("A benchmark.\n")
        (self.folder / ".gitignore").write_text("evaluated/\n")
        self.commit("Begin")
        return self

    def point_at_origin(self) -> None:
        """After both were copied."""
        git(self.folder, "remote", "set-url", "origin", str(self.top / "origin"))

    def submit(self, name: str, **changes: str) -> None:
        manifest = lines_of(**{"name": name, "training_data": "{}", "score_is_probability": "false", **changes})
        path = self.folder / "submissions" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(manifest)
        self.commit(f"Add {name}")

    def commit(self, message: str) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", message)
        git(self.folder, "push", "--quiet", "origin", "main")

    @property
    def weekly(self) -> Weekly:
        candidates, refused = read_accepted(self.folder / "submissions")
        assert not refused
        demo = load_track("demo")
        tracks = tuple(replace(demo, id=name) for name in self.tracks)
        return Weekly(candidates, tracks, self.store, self.checkout.find_handed_in("submissions"))

    def evaluate(self, submission: str | None = None) -> list[Result]:
        weekly = self.weekly
        evaluation = Evaluation(self.engine, self.store, self.settings, wait=lambda _seconds: None)
        found: list[Result] = []
        for shard in choose_shards(weekly.build_schedule(), submission):
            candidate = weekly.find_candidate(shard.submission)
            found += evaluate_shard(evaluation, shard, candidate, weekly.tracks, self.out)
        return found

    def collect(self, **changes: object) -> tuple[JobOutcome, ...]:
        weekly = self.weekly
        collector = Collector(self.store, self.settings, lambda: datetime.now(UTC), self.told.append)
        return collect(collector, self.out, weekly.build_schedule, weekly.tracks, **changes)
