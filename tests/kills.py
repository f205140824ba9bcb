"""Evaluations in processes of their own that are killed at random moments, and what they leave on this host.

Of a killed evaluation nothing is told but what stands on the disk, in the engine and in the kernel afterwards.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from polyreact.engines.cgroups import find_mounts
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.run_group import release_leftover_groups
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.submissions import Candidate
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.tracks.track import Track

#: What a run makes anew every time.
OF_ONE_RUN = {"shuffle_seed", "started_at", "wall_s", "cpu_s", "peak_memory_bytes"}
_ENDED_S = 300.0
_OTHERS_S = 90.0

_PREDICT = """\
import os
lines = ["sequence_id,prediction,score"]
for row in open(os.environ["INPUT"]).read().splitlines()[1:]:
    name, heavy, _ = row.split(",")
    score = NUMBER * (heavy.count("K") + heavy.count("R")) - heavy.count("D") - heavy.count("E")
    lines.append(f"{name},{int(score > 0)},{score}")
open(os.environ["OUTPUT"], "w").write("\\n".join(lines) + "\\n")
"""
_DOCKERFILE = 'ARG BASE\nFROM ${BASE}\nCOPY predict.py /\nENTRYPOINT ["python3", "-I", "-S", "/predict.py"]\n'


def build_quick_image(engine: ContainerEngine, base: str, place: Path, name: str, number: int) -> str:
    """A model that takes no time, built in a folder of its own in `place`: the reference of its image.

    `number` makes its scores differ from those of others.
    """
    folder = place / name
    folder.mkdir()
    (folder / "predict.py").write_text(_PREDICT.replace("NUMBER", str(number)))
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    image = engine.build(folder, f"localhost/lab/{name}:1", {"BASE": base}, offline=True)
    return f"localhost/lab/{name}@{image.image_id}"


@dataclass
class Killer:
    """Starts evaluations and kills them; `owners` are the processes that it started."""

    evaluation: Evaluation
    candidates: Sequence[Candidate]
    tracks: Sequence[Track]
    owners: list[int] = field(default_factory=list)

    def run(self, store: ResultsStore, killed_after_s: float | None) -> bool:
        """One evaluation in a process of its own; whether it came to its end before it was killed."""
        child = os.fork()
        if child == 0:
            self._be_the_evaluation(store)
        self.owners.append(child)
        end = time.monotonic() + (_ENDED_S if killed_after_s is None else killed_after_s)
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                assert status == 0, f"the evaluation ended with status {status}: {self._log(store).read_text()}"
                return True
            time.sleep(0.005)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert killed_after_s is not None, "the evaluation did not come to its end"
        return False

    def run_until_killed(
        self, folder: Path, kills: int, longest_s: float, check: Callable[[ResultsStore], None]
    ) -> int:
        """Kill evaluations `kills` times, each of the same results until these are whole; `check` looks at those.

        How many evaluations were brought to their end.
        """
        moments, whole, left = random.Random(20), 0, kills  # noqa: S311
        while left:
            store = ResultsStore(folder / f"results-{whole}")
            while left and not self.run(store, moments.uniform(0, longest_s)):
                left -= 1
            self.run(store, None)
            check(store)
            whole += 1
        return whole

    def _be_the_evaluation(self, store: ResultsStore) -> None:
        """Never returns; what goes wrong is written beside the results, since a killed process tells nothing."""
        status = 1
        try:
            results = evaluate(replace(self.evaluation, store=store), self.candidates, self.tracks)
            errors = [result.error.render() for result in results if result.error]
            assert not errors, errors
            status = 0
        except BaseException:  # noqa: BLE001
            self._log(store).write_text(traceback.format_exc())
        finally:
            os._exit(status)

    def _log(self, store: ResultsStore) -> Path:
        return store.folder.with_suffix(".log")


def essence(store: ResultsStore) -> dict[str, object]:
    """Every kept file by its name: records without what a run makes anew, all others byte by byte."""
    return {
        str(path.relative_to(store.folder)): _essence_of(path)
        for path in sorted(store.folder.rglob("*"))
        if path.is_file()
    }


def _essence_of(path: Path) -> object:
    content = path.read_bytes()
    if path.suffix != ".json":
        return content
    document = json.loads(content)
    if "run" not in document:
        return document
    Record.model_validate(document)
    document["run"] = {key: value for key, value in document["run"].items() if key not in OF_ONE_RUN}
    return document


def left_on_host(cache: Path, owners: Sequence[int]) -> list[str]:
    """What processes of ours that are gone left: mounts, run folders, temporary files, control groups."""
    release_leftover_groups()  # the kernel may have been a moment late
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(cache) in line]
    runs = [str(path) for path in (cache / "runs").glob("*")]
    parts = [str(path) for path in cache.rglob(".*.part")]
    groups = [
        str(group)
        for _, top in find_mounts().values()
        for owner in owners
        for group in top.glob(f"polyreact-{owner}-*")
    ]
    return [*mounts, *runs, *parts, *groups]


def left_in_engine(engine: ContainerEngine, before: set[str]) -> set[str]:
    """Containers and volumes that were not there before, and stay; what others run beside us goes."""
    left, deadline = engine_state(engine) - before, time.monotonic() + _OTHERS_S
    while left and time.monotonic() < deadline:
        time.sleep(1)
        left &= engine_state(engine)
    return left


def engine_state(engine: ContainerEngine) -> set[str]:
    external = ["--external"] if engine.name == "podman" else []
    listed = engine._command.run("ps", "--all", *external, "--format={{.Names}}").text.splitlines()
    volumes = engine._command.run("volume", "ls", "--quiet").text.splitlines()
    return {*listed, *(f"volume {name}" for name in volumes)}


def processes_with(words: Sequence[str]) -> list[str]:
    """Command lines of living processes that hold one of these words."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if any(word in line for word in words):
                found.append(line)
    return found
