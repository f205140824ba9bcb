"""What the driver of a plan costs: deciding, writing tasks, giving them out and taking them back, a job.

    python -m benchmarks.dispatch [100 1000 10000]

The workers cost nothing: each says at once that its machine failed, so nothing is scored either, which has
benchmarks of its own. Every size is measured in a process of its own, with the most memory that it had.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.memory import read_peak_mib
from polyreact.engines.process import ProcessEngine
from polyreact.evaluation.evaluate import Evaluation
from polyreact.evaluation.remote.dispatch import Dispatch, evaluate_on_pool
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.travel import Returned
from polyreact.evaluation.submissions import Candidate
from polyreact.execution.interface import PoolState, WorkerState
from polyreact.execution.resources import Resources
from polyreact.files import sha256_bytes
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.submission.manifest import parse_manifest
from polyreact.tracks.catalog import load_track

SIZES = (100, 1_000, 10_000)
MANIFEST = """\
name: lab-model-{number}
image: registry.example.org/lab/model:1@sha256:{digest}
authors: [A]
contact: a@example.org
license: MIT
description: One of many.
training_data: {{}}
"""


@dataclass(frozen=True)
class InstantPool:
    """Every worker fails at once."""

    def submit(
        self, function: Callable[..., Any], /, *arguments: object, resources: Resources, key: str
    ) -> Future[Any]:
        """Nothing is run."""
        del function, arguments, resources, key
        done: Future[Any] = Future()
        done.set_result(Returned(4, "E402", "the engine went away"))
        return done

    def describe(self) -> str:
        """For the protocol."""
        return "workers that fail at once"

    def state(self) -> PoolState:
        """Two of them."""
        return PoolState(tuple(WorkerState(name, Resources(2, 1 << 34), 0) for name in "ab"), 0)

    def close(self) -> None:
        """There is nothing to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""


def make_candidate(number: int) -> Candidate:
    """One whose image is pinned, and never looked for."""
    content = MANIFEST.format(number=number, digest=sha256_bytes(str(number).encode())).encode()
    return Candidate(parse_manifest(content, source="manifest"), sha256_bytes(content), None)


def measure(jobs: int) -> dict[str, float]:
    """Seconds of processor time and of the clock for a plan of so many jobs, and the peak of memory in MiB."""
    candidates = [make_candidate(number) for number in range(jobs)]
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        settings = Settings(cache=top / "cache", mirror=None, engine=None)
        engine = ProcessEngine(sys.executable, {})  # which is never asked to run anything
        evaluation = Evaluation(engine, ResultsStore(top / "results"), settings)
        dispatch = Dispatch(InstantPool(), Spool(top / "spool"))
        evaluate_on_pool(evaluation, dispatch, candidates[:1], [load_track("demo")])  # prepares the set
        began, cpu = time.perf_counter(), time.process_time()
        results = evaluate_on_pool(evaluation, dispatch, candidates, [load_track("demo")])
        spent, cpu_s = time.perf_counter() - began, time.process_time() - cpu
        assert len(results) == jobs
    return {"jobs": jobs, "wall_s": spent, "cpu_s": cpu_s, "peak_mib": read_peak_mib()}


def measure_apart(jobs: int) -> dict[str, float]:
    """As `measure`, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.dispatch", "--one", str(jobs)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return told


def main() -> None:
    """Print a row for each size."""
    if "--one" in sys.argv:
        print(json.dumps(measure(int(sys.argv[-1]))))
        return
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    print("  jobs  ms of CPU a job  ms of clock a job  peak MiB")
    for size in sizes:
        row = measure_apart(size)
        cpu_ms, wall_ms = 1000 * row["cpu_s"] / size, 1000 * row["wall_s"] / size
        print(f"{size:6,} {cpu_ms:16.2f} {wall_ms:18.2f} {row['peak_mib']:9.0f}")


if __name__ == "__main__":
    main()
