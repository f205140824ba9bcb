"""`evaluate run --on PROFILE` with real containers: the same records as on one machine, whatever is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kills import build_quick_image, engine_state, essence, left_in_engine, left_on_host, processes_with
from polyreact.engines.base_image import ensure_base
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings

SUBMISSIONS = 6
KILLS = 8
MANIFEST = """\
name: {name}
image: {image}
authors: [A Test]
contact: test@polyreact.example
license: MIT
description: Counts charges.
training_data: {{}}
independent: {independent}
"""
PROFILES = {
    "local": 'kind = "local"\ncpus = 4\nmemory = "16 GiB"\n',
    "dask": 'kind = "dask-local"\nworkers = 2\ncpus = 2\nmemory = "8 GiB"\n',
}

#: A model that takes a second for a thousand antibodies, each by itself.
SLOW = """\
import os, time
rows = open(os.environ["INPUT"]).read().splitlines()[1:]
time.sleep(len(rows) / 1000)
lines = ["sequence_id,prediction,score"]
for row in rows:
    name, heavy, _ = row.split(",")
    score = heavy.count("K") + heavy.count("R") - heavy.count("D") - heavy.count("E")
    lines.append(f"{name},{int(score > 0)},{score}")
open(os.environ["OUTPUT"], "w").write("\\n".join(lines) + "\\n")
"""
DOCKERFILE = 'ARG BASE\nFROM ${BASE}\nCOPY slow-slice.py /\nENTRYPOINT ["python3", "-I", "-S", "/slow-slice.py"]\n'

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def manifests(engine: ContainerEngine, session_settings: Settings, tmp_path: Path) -> list[Path]:
    """Submissions whose images are on this machine, by their digests."""
    base = ensure_base(engine, session_settings.cache)
    made = []
    for number in range(1, SUBMISSIONS + 1):
        name = f"lab-pool-{number}"
        image = build_quick_image(engine, base.reference, tmp_path, f"pool-{number}", number)
        path = tmp_path / f"{name}.yaml"
        path.write_text(MANIFEST.format(name=name, image=image, independent="false"))
        made.append(path)
    return made


@pytest.fixture
def start(engine: ContainerEngine, session_settings: Settings, tmp_path: Path) -> Start:
    """Start `evaluate run` on the demo track as a person would; a pool by the name of its profile."""

    def run(results: Path, manifests: Sequence[Path], pool: str | None = None) -> subprocess.Popen[str]:
        environment = dict(os.environ, POLYREACT_CACHE=str(session_settings.cache), POLYREACT_ENGINE=engine.name)
        if isinstance(engine, DockerEngine):  # on a daemon of the tests' own
            environment["DOCKER_HOST"] = engine._host
        command = [sys.executable, "-m", "polyreact", "evaluate", "run", *map(str, manifests), "--track", "demo"]
        command += ["--results", str(results)]
        if pool is not None:
            profile = tmp_path / f"{pool}.toml"
            profile.write_text(PROFILES[pool])
            command += ["--on", str(profile), "--spool", str(tmp_path / f"spool-{pool}")]
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return run


def end(process: subprocess.Popen[str]) -> str:
    """What it said; it is to end well."""
    out, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return out


@pytest.mark.parametrize("pool", PROFILES)
def test_records_of_a_pool_are_those_of_one_machine_and_nothing_is_left(
    engine: ContainerEngine,
    start: Start,
    manifests: list[Path],
    session_settings: Settings,
    tmp_path: Path,
    pool: str,
) -> None:
    end(start(tmp_path / "alone", manifests))
    expected, before = essence(ResultsStore(tmp_path / "alone")), engine_state(engine)
    process = start(tmp_path / "results", manifests, pool)
    printed = end(process)
    assert printed.count(" run ") == SUBMISSIONS
    assert essence(ResultsStore(tmp_path / "results")) == expected
    assert left_in_engine(engine, before) == set()
    assert left_on_host(session_settings.cache, [process.pid]) == []
    left = [path.name for path in (tmp_path / f"spool-{pool}").rglob("*") if path.is_file()]
    assert left == ["journal.jsonl"]
    again = end(start(tmp_path / "results", manifests, pool))
    assert again.count("done before") == SUBMISSIONS


@pytest.mark.slow
def test_driver_killed_at_random_moments_loses_doubles_and_leaves_nothing(
    engine: ContainerEngine, start: Start, manifests: list[Path], session_settings: Settings, tmp_path: Path
) -> None:
    alone = start(tmp_path / "alone", manifests)
    end(alone)
    expected, before = essence(ResultsStore(tmp_path / "alone")), engine_state(engine)
    moments, killed = random.Random(9), 0  # noqa: S311
    for _ in range(KILLS):
        process = start(tmp_path / "results", manifests, "local")
        time.sleep(moments.uniform(0.5, 6))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    end(start(tmp_path / "results", manifests, "local"))
    assert killed >= KILLS // 2
    assert essence(ResultsStore(tmp_path / "results")) == expected
    assert left_in_engine(engine, before) == set()
    assert left_on_host(session_settings.cache, [alone.pid]) == []
    assert processes_with([str(tmp_path / "spool-local")]) == []


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("engine", [pytest.param("podman", marks=pytest.mark.engine("podman"))], indirect=True)
def test_harvey_in_slices_loses_only_the_slice_of_a_worker_that_was_killed(
    engine: ContainerEngine, real_session_settings: Settings, tmp_path: Path
) -> None:
    """25,007 antibodies over two workers, one of which is killed: the score of one run, and one slice run again."""
    manifest = _write_slow_submission(engine, real_session_settings, tmp_path)
    environment = dict(os.environ, POLYREACT_CACHE=str(real_session_settings.cache), POLYREACT_ENGINE=engine.name)
    profile, spool = tmp_path / "two.toml", tmp_path / "spool"
    profile.write_text('kind = "dask-local"\nworkers = 2\ncpus = 2\nmemory = "9 GiB"\n')

    def run(results: str, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "polyreact", "evaluate", "run", str(manifest), "--track", "harvey-test"]
        return subprocess.Popen(
            [*command, "--results", str(tmp_path / results), *more],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    end(run("whole"))
    driver = run("slices", "--on", str(profile), "--spool", str(spool))
    killed_at = _kill_a_worker_that_runs(driver, spool)
    end(driver)
    (whole,) = ResultsStore(tmp_path / "whole").read_all()
    (sliced,) = ResultsStore(tmp_path / "slices").read_all()
    assert whole.run.slices == ()
    assert [part.rows for part in sliced.run.slices] == [12503, 12504]
    assert sum(part.started_at > killed_at for part in sliced.run.slices) == 1
    assert sliced.run.predictions == whole.run.predictions
    assert sliced.score == whole.score


def _write_slow_submission(engine: ContainerEngine, settings: Settings, place: Path) -> Path:
    folder = place / "slow"
    folder.mkdir()
    (folder / "slow-slice.py").write_text(SLOW)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    base = ensure_base(engine, settings.cache)
    built = engine.build(folder, "localhost/lab/slow:1", {"BASE": base.reference}, offline=True)
    path = place / "lab-slow.yaml"
    image = f"localhost/lab/slow@{built.image_id}"
    path.write_text(MANIFEST.format(name="lab-slow", image=image, independent="true"))
    return path


def _kill_a_worker_that_runs(driver: subprocess.Popen[str], spool: Path) -> datetime:
    """Once both slices have been running for a moment; when it was."""
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and driver.poll() is None:
        commands = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if _is_task(path, spool)]
        if len(commands) == 2 and _count_containers() == 2:
            time.sleep(1)
            parent = int((commands[0] / "stat").read_text().rpartition(")")[2].split()[1])
            os.kill(parent, signal.SIGKILL)
            return datetime.now(UTC)
        time.sleep(0.1)
    raise AssertionError(driver.communicate()[1])


def _count_containers() -> int:
    return sum(_read_words(path)[-2:-1] == [b"/slow-slice.py"] for path in Path("/proc").glob("[0-9]*/cmdline"))


def _is_task(path: Path, spool: Path) -> bool:
    words = _read_words(path)
    return b"one" in words and str(spool).encode() in words and b"-c" not in words


def _read_words(path: Path) -> list[bytes]:
    with contextlib.suppress(OSError):
        return path.read_bytes().split(b"\0")
    return []
