"""Candidates, a store, and an engine in memory whose submission answers as it is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.evaluation.evaluate import Evaluation
from polyreact.evaluation.submissions import Candidate
from polyreact.files import sha256_bytes
from polyreact.results.store import ResultsStore
from polyreact.submission.manifest import parse_manifest
from unit.submission.manifests import lines_of


def ids_in(data: Path) -> list[str]:
    """The ids that a submission is asked for."""
    return [line.split(",")[0] for line in (data / "sequences.csv").read_text().splitlines()[1:]]


def charge(sequence: str) -> float:
    """A model: basic minus acidic residues."""
    return float(sum(sequence.count(r) for r in "KR") - sum(sequence.count(r) for r in "DE"))


def answers(data: Path, output: Path, score: Callable[[str], float] = charge):
    """A submission that does what the contract asks."""
    lines = ["sequence_id,prediction,score"]
    for row in (data / "sequences.csv").read_text().splitlines()[1:]:
        name, heavy, _ = row.split(",")
        lines.append(f"{name},{int(score(heavy) >= 0)},{score(heavy)!r}")
    (output / "predictions.csv").write_text("\n".join(lines) + "\n")
    return exited()


def candidate(folder=None, **changes):
    """A candidate from the good manifest, which learnt from no dataset and whose score is no probability."""
    content = lines_of(**{"training_data": "{}", "score_is_probability": "false", **changes}).encode()
    return Candidate(parse_manifest(content, source="m.yaml"), sha256_bytes(content), folder)


@pytest.fixture
def engine():
    """An engine whose submission answers well."""
    return FakeEngine(answers)


@pytest.fixture
def store(tmp_path):
    return ResultsStore(tmp_path / "results")


@pytest.fixture
def evaluation(engine, store, settings):
    """One that does not wait before it repeats what the platform failed at."""
    return Evaluation(engine, store, settings, wait=lambda _seconds: None)
