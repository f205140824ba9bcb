"""What the sandbox costs a run, whatever the model: `python benchmarks/policy_cost.py`.

A program that does nothing is run under the whole policy (a folder and a bounded /output of its own, the container
created, started, watched, its log read, removed, everything tidied up) and, in turn, by a bare `run --rm` of the
same engine and image; for comparison also by a `run --rm` with all arguments of the policy, which shows what these
cost without the rest. Printed are the medians, and the medians of differences and ratios; the limit is 0.25 s.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from polyreact.engines.base_image import ensure_base
from polyreact.engines.choose import SANDBOXES, choose_engine
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image, RunSpec
from polyreact.engines.oci import create_arguments
from polyreact.engines.output import bounded_output, open_run_folder
from polyreact.engines.policy import strict_policy
from polyreact.errors import EngineFailed, HostError
from polyreact.settings import read_settings
from polyreact.tracks.catalog import load_track

LIMIT_S = 0.25


def main() -> None:
    """Measure and print; exit 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=SANDBOXES, action="append", help="each that answers, unless named")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    settings = read_settings(os.environ, Path.home)
    costs = []
    for name in options.engine or SANDBOXES:
        try:
            engine = choose_engine(name, os.environ)
        except HostError as error:
            print(f"{name}: {error.summary}")
            continue
        assert isinstance(engine, ContainerEngine)
        with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as folder:
            image = _make_image(engine, ensure_base(engine, settings.cache), Path(folder))
            costs.append(_measure(engine, image, Path(folder), options.rounds))
    sys.exit(not costs or max(costs) > LIMIT_S)


def _make_image(engine: ContainerEngine, base: Image, folder: Path) -> Image:
    (folder / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nENTRYPOINT ["/bin/sh", "-c", "exit 0"]\n')
    return engine.build(folder, "polyreact/bench-nothing:1", {"BASE": base.reference}, offline=True)


def _measure(engine: ContainerEngine, image: Image, folder: Path, rounds: int) -> float:
    """The median of what a run under the policy takes longer than the bare one before it."""
    ours, flags, bare = [], [], []
    for turn in range(rounds + 1):
        bare.append(_seconds(lambda: _run_bare(engine, image)))
        flags.append(_seconds(lambda: _run_with_arguments(engine, image, folder)))
        ours.append(_seconds(lambda: _run_under_policy(engine, image, folder)))
        if turn == 0:  # the first of each warms up what all of them read
            for seconds in (ours, flags, bare):
                seconds.clear()
    print(f"{engine.name}: bare run {statistics.median(bare):.3f} s, medians of {rounds} rounds")
    print(f"  with its arguments  {_compare(flags, bare)}")
    print(f"  under the policy    {_compare(ours, bare)} (limit +{LIMIT_S} s)")
    return statistics.median(a - b for a, b in zip(ours, bare, strict=True))


def _compare(seconds: list[float], bare: list[float]) -> str:
    more = statistics.median(a - b for a, b in zip(seconds, bare, strict=True))
    ratio = statistics.median(a / b for a, b in zip(seconds, bare, strict=True))
    return f"{statistics.median(seconds):.3f} s, {more:+.3f} s, ratio {ratio:.2f}"


def _run_bare(engine: ContainerEngine, image: Image) -> None:
    ended = engine._command.run("run", "--rm", "--pull=never", "--network=none", image.image_id)  # noqa: SLF001
    if ended.exit_code:
        raise EngineFailed("the bare run failed", detail=ended.error_text)


def _run_with_arguments(engine: ContainerEngine, image: Image, runs: Path) -> None:
    policy, run_id = strict_policy(load_track("demo").limits), f"bench-{secrets.token_hex(4)}"
    with open_run_folder(runs, run_id) as folder:
        for name in ("data", "output"):
            (folder / name).mkdir()
        spec = RunSpec(run_id, image, policy, folder / "data", folder / "output", {})
        _, *arguments = create_arguments(spec, engine.verbs.dialect)
        ended = engine._command.run("run", "--rm", *arguments)  # noqa: SLF001
    if ended.exit_code:
        raise EngineFailed("the run with the policy's arguments failed", detail=ended.error_text)


def _run_under_policy(engine: ContainerEngine, image: Image, runs: Path) -> None:
    policy, run_id = strict_policy(load_track("demo").limits), f"bench-{secrets.token_hex(4)}"
    with open_run_folder(runs, run_id) as folder:
        (folder / "data").mkdir()
        with bounded_output(folder / "output", policy) as output:
            ended = engine.run(RunSpec(run_id, image, policy, folder / "data", output.folder, {}))
    assert ended.exit_code == 0, ended


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
