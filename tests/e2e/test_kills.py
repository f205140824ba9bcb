"""Evaluations killed at random moments, and nothing lost, doubled or left behind.

Each evaluation is a process of its own, killed with SIGKILL; the next takes up what it left, until all is done. The
moments are drawn from a seed.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kills import Killer, build_quick_image, engine_state, essence, left_in_engine, left_on_host, processes_with
from polyreact.engines.base_image import ensure_base
from polyreact.engines.container_engine import ContainerEngine
from polyreact.evaluation.evaluate import Evaluation
from polyreact.evaluation.submissions import Candidate
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate

DEMO = load_track("demo")
TRACKS = [replace(DEMO, id=f"demo-{number}") for number in range(5)]
#: Kills, submissions and tracks. Docker's part is smaller: what differs there is who goes on when we are dead.
TRIALS = {"podman": (100, 4, 5), "docker": (20, 2, 4)}


@pytest.fixture
def candidates(engine: ContainerEngine, session_settings: Settings, tmp_path: Path) -> list[Candidate]:
    """Four submissions whose images are on this machine."""
    base = ensure_base(engine, session_settings.cache)
    made = []
    for number in range(1, 5):
        image = build_quick_image(engine, base.reference, tmp_path, f"killed-{number}", number)
        made.append(candidate(name=f"lab-killed-{number}", image=image))
    return made


def test_hundred_kills_lose_double_and_leave_nothing(
    engine: ContainerEngine, candidates: list[Candidate], session_settings: Settings, tmp_path: Path
) -> None:
    kills, submissions, tracks = TRIALS[engine.name]
    unkilled = ResultsStore(tmp_path / "unkilled")
    evaluation = Evaluation(engine, unkilled, session_settings)
    killer = Killer(evaluation, candidates[:submissions], TRACKS[:tracks])
    assert killer.run(unkilled, None)
    expected, before = essence(unkilled), engine_state(engine)
    assert len(unkilled.read_all()) == submissions * tracks
    shutil.rmtree(session_settings.cache / "packages")  # so that the images are looked into again, and that killed

    def check(store: ResultsStore) -> None:
        assert essence(store) == expected
        assert left_in_engine(engine, before) == set()
        assert left_on_host(session_settings.cache, killer.owners) == []

    whole = killer.run_until_killed(tmp_path, kills, 1.6, check)
    print(f"{engine.name}: {kills} kills, {whole} evaluations of {submissions * tracks} jobs")  # noqa: T201
    assert processes_with(["polyreact-" + digest for digest in _job_digests(unkilled)]) == []


def _job_digests(store: ResultsStore) -> set[str]:
    return {record.run.job[:12] for record in store.read_all()}
