"""What an evaluation costs besides the model: `make bench`.

A container that sleeps ten seconds is evaluated on the demo track (sandbox, checks, score, record), and, in turn,
run by the bare engine and scored by a scikit-learn script. Printed are both medians and the median ratio of the
pairs; the limit is 1.15.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.layout import inputs_path, labels_path
from polyreact.datasets.prepared import ensure_prepared
from polyreact.engines.choose import choose_engine
from polyreact.evaluation.build import LOCAL_BASE, build_folder
from polyreact.settings import Settings, read_settings

HERE = Path(__file__).parent
LIMIT = 1.15


def main() -> None:
    """Measure and print; exit 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default=None)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    settings = read_settings(os.environ, Path.home)
    engine = choose_engine(options.engine, os.environ)
    _, image = build_folder(HERE / "sleeper", "polyreact-sleeper", engine, settings, LOCAL_BASE, print)
    ensure_prepared(load_dataset("demo"), settings)
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as name:
        folder = Path(name)
        for turn in range(options.rounds):
            ours.append(_seconds(lambda: _evaluate(engine.name, folder / "results")))
            bare.append(_seconds(lambda: _run_bare(engine.name, image.reference, folder, settings)))
            pair = f"evaluated {ours[-1]:.2f} s, bare {bare[-1]:.2f} s"
            print(f"round {turn + 1}: {pair}, ratio {ours[-1] / bare[-1]:.3f}")
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    print(f"median: evaluated {statistics.median(ours):.2f} s, bare {statistics.median(bare):.2f} s")
    print(f"median ratio {ratio:.3f} (limit {LIMIT}), {engine.name}, {options.rounds} rounds")
    sys.exit(ratio > LIMIT)


def _evaluate(engine: str, results: Path) -> None:
    command = [sys.executable, "-m", "polyreact", "evaluate", "run", str(HERE / "sleeper"), "--track", "demo"]
    _run([*command, "--engine", engine, "--base", LOCAL_BASE, "--force", "--results", str(results)])


def _run_bare(engine: str, image: str, folder: Path, settings: Settings) -> None:
    demo = load_dataset("demo")
    data, output = folder / "data", folder / "output"
    data.mkdir(exist_ok=True)
    output.mkdir(exist_ok=True)
    output.chmod(0o777)
    (data / "sequences.csv").write_bytes(inputs_path(demo, settings).read_bytes())
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
    mounts = ["-v", f"{data}:/data:ro", "-v", f"{output}:/output"]
    environment = ["-e", "INPUT=/data/sequences.csv", "-e", "OUTPUT=/output/predictions.csv"]
    runtime = ["--runtime", "runc", "--cgroup-manager", "cgroupfs"] if engine == "podman" else []
    _run([engine, *runtime, "run", "--rm", "--network", "none", *limits, *mounts, *environment, image])
    labels = str(labels_path(demo, settings))
    _run([sys.executable, str(HERE / "sklearn_score.py"), str(output / "predictions.csv"), labels])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
