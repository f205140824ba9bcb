"""What the platform does to a run is never held against the submission, and is done again."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import missing
from fakes.dockerd import Daemon, NoDaemon, client_environment, own_daemon
from polyreact.engines.base_image import ensure_base
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.submissions import Candidate
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.track import Track

#: Takes up to its memory limit with a file that it reads, none of which it needs, and then waits.
FILLS_THE_PAGE_CACHE = """\
import os, time
open("/output/ready", "w").close()
while not os.path.exists("/data/synced"):
    time.sleep(0.05)
with open("/big", "rb", buffering=0) as file:
    # What is in memory since it was written is counted as memory of whoever wrote it.
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    while file.read(1 << 20):
        pass
open("/output/full", "w").close()
time.sleep(100)
"""
MAKES_A_LARGE_FILE = "open('/big', 'wb').write(bytes(80 << 20))"
SLOW = """\
import os, time
rows = open(os.environ["INPUT"]).read().splitlines()[1:]
open(os.path.join(os.path.dirname(os.environ["OUTPUT"]), "ready"), "w").close()
time.sleep(2)
lines = [f"{row.split(',')[0]},0,{row.count('K')}" for row in rows]
open(os.environ["OUTPUT"], "w").write("\\n".join(["sequence_id,prediction,score", *lines, ""]))
"""


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    try:
        with own_daemon() as started:
            yield started
    except NoDaemon as error:
        missing("docker", error)


@pytest.fixture
def make(make_candidate: Callable[..., Candidate], tmp_path: Path) -> Callable[..., Candidate]:
    """A submission that is this program, with more lines in its Dockerfile."""

    def make_from(program: str, *lines: str) -> Candidate:
        made = make_candidate("exits-1")
        assert made.folder is not None
        (made.folder / "predict.py").write_text(program)
        with (made.folder / "Dockerfile").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        return made

    return make_from


def when_ready(runs: Path, act: Callable[[Path], None]) -> threading.Thread:
    """Does `act` with the folder of the first run that wrote its file `ready`, once."""

    def watch() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = list(runs.glob("*/output/ready"))
            if found:
                act(found[0].parent.parent)
                return
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.engine("docker")
@pytest.mark.parametrize("comes_back", [True, False], ids=["restarted", "stays-away"])
def test_daemon_that_dies_in_a_run_is_the_platforms_failure_and_the_run_is_repeated(
    daemon: Daemon,
    make: Callable[..., Candidate],
    quick_track: Track,
    tmp_path: Path,
    comes_back: bool,
) -> None:
    engine = DockerEngine({**client_environment(), "DOCKER_HOST": daemon.host})
    settings = Settings(cache=tmp_path / "cache", mirror=None, engine=None)
    told: list[str] = []

    def strike(_: Path) -> None:
        daemon.kill()
        if comes_back:
            daemon.start()

    candidate = make(SLOW)
    track = replace(quick_track, limits=replace(quick_track.limits, wall_time_s=60))
    thread = when_ready(settings.runs, strike)
    evaluation = Evaluation(
        engine=engine,
        store=ResultsStore(tmp_path / "results"),
        settings=settings,
        base="local",
        on_progress=told.append,
        wait=lambda seconds: time.sleep(seconds if comes_back else 0),
    )
    results = evaluate(evaluation, [candidate], [track])
    thread.join()

    assert any("That is not held against the submission" in line for line in told)
    if comes_back:
        (result,) = results
        assert result.error is None, (result.error.detail, told)
        assert result.what == "run"
        assert engine._command.run("ps", "--all", "--quiet", "--filter=name=polyreact-").text == ""
    else:
        assert (results[0].what, results[0].error.exit_status) == ("refused", 4)
        assert ResultsStore(tmp_path / "results").find_paths() == ()
    assert list(settings.runs.iterdir()) == []


def test_kill_of_a_container_whose_files_fill_its_memory_is_nobodys_fault(
    engine: ContainerEngine,
    make: Callable[..., Candidate],
    session_settings: Settings,
    quick_track: Track,
    tmp_path: Path,
) -> None:
    """Symptom: E315, the submission's fault, when the platform killed a container. Cause: the peak of its memory

    was at the limit, as files that are read bring it to. It mattered since a submission was accused.
    """
    ensure_base(engine, session_settings.cache)
    candidate = make(FILLS_THE_PAGE_CACHE, f"RUN {json.dumps(['python3', '-c', MAKES_A_LARGE_FILE])}")
    limits = replace(quick_track.limits, wall_time_s=60, memory_bytes=64 << 20)
    told: list[str] = []
    killed: list[int] = []

    def kill_container(folder: Path) -> None:
        os.sync()  # only what is on the disk can leave memory
        (folder / "data" / "synced").touch()
        wait_for(folder / "output" / "full")
        processes = _processes_seeing(folder)
        for process_id in processes:
            os.kill(process_id, signal.SIGKILL)
        killed.extend(processes)

    thread = when_ready(session_settings.runs, kill_container)
    evaluation = Evaluation(
        engine=engine,
        store=ResultsStore(tmp_path / "results"),
        settings=session_settings,
        base="local",
        on_progress=told.append,
        wait=_stop,
    )
    with pytest.raises(KeyboardInterrupt):
        evaluate(evaluation, [candidate], [replace(quick_track, limits=limits)])
    thread.join()
    assert killed
    (line,) = [line for line in told if "not held against the submission" in line]
    assert line.startswith("E405")
    assert "though its memory stood at the limit" in line
    assert ResultsStore(tmp_path / "results").find_paths() == ()


def _stop(_: float) -> None:
    """Instead of waiting before the repetition."""
    raise KeyboardInterrupt


def _processes_seeing(folder: Path) -> list[int]:
    """The processes of the container that was given a run's folder."""
    found = []
    for mountinfo in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            text = mountinfo.read_text(errors="replace")
        except OSError:
            continue
        if f"/{folder.name}/data /data " in text:
            found.append(int(mountinfo.parent.name))
    return found
