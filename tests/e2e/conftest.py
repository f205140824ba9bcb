"""Whole evaluations through real engines."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clusters.evaluations import Expected, evaluate_alone
from polyreact.engines.interface import Engine
from polyreact.engines.podman import PodmanEngine
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.evaluation.submissions import Candidate, read_candidates
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track

CORPUS = Path(__file__).parent.parent / "submissions"

DOCKERFILE = """\
ARG BASE
FROM ${BASE}
COPY predict.py /app/
ENTRYPOINT ["python", "/app/predict.py"]
"""

MANIFEST = """\
name: test-{name}
image: localhost/test/{name}
authors: [A Test]
contact: test@polyreact.example
license: MIT
description: A submission of the test corpus.
training_data: {{}}
mode: {mode}
"""

Run = Callable[..., tuple[Result, ...]]


@pytest.fixture(scope="session")
def session_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a cache that lasts for the session, so that images and sets are made once."""
    return Settings(cache=tmp_path_factory.mktemp("cache"), mirror=None, engine=None)


@pytest.fixture
def make_candidate(tmp_path: Path) -> Callable[..., Candidate]:
    """A submission of the corpus, or one with a Dockerfile given in place of the usual."""

    def make(
        condition: str, dockerfile: str = DOCKERFILE, mode: str = "predict", *, independent: bool = False
    ) -> Candidate:
        folder = tmp_path / condition
        folder.mkdir()
        source = CORPUS / condition / "predict.py"
        (folder / "predict.py").write_text(source.read_text() if source.exists() else "")
        (folder / "Dockerfile").write_text(dockerfile)
        claim = "independent: true\n" if independent else ""
        (folder / "submission.yaml").write_text(MANIFEST.format(name=condition, mode=mode) + claim)
        (candidate,) = read_candidates([folder])
        return candidate

    return make


@pytest.fixture
def run(engine: Engine, session_settings: Settings, tmp_path: Path) -> Run:
    """Evaluate candidates on tracks with `engine`, into a results folder of the test's own."""

    def run_evaluation(candidates: list[Candidate], tracks: list[Track], **changes: object) -> tuple[Result, ...]:
        evaluation = Evaluation(
            engine=engine, store=ResultsStore(tmp_path / "results"), settings=session_settings, base="local"
        )
        return evaluate(replace(evaluation, **changes), candidates, tracks)

    return run_evaluation


@pytest.fixture
def quick_track() -> Track:
    """The demo track with little time and memory, so that the greedy and the endless end soon."""
    demo = load_track("demo")
    limits = replace(demo.limits, wall_time_s=4, memory_bytes=256 << 20, output_bytes=1 << 20)
    return replace(demo, limits=limits)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a folder and next to nothing else."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], check=True)
    try:
        (folder / "filler").write_bytes(b"0" * (60 << 10))
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="session")
def real_session_settings(mirror: Path, session_settings: Settings) -> Settings:
    """The session's settings with the published files."""
    return replace(session_settings, mirror=mirror)


@pytest.fixture(scope="session")
def forty_records(
    podman_engine: PodmanEngine, real_session_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Expected:
    """Forty jobs and their records, made on this machine alone."""
    return evaluate_alone(podman_engine, real_session_settings, tmp_path_factory.mktemp("alone"))
