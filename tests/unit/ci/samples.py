"""Manifests, commits and reports that tests of pull requests begin with."""

from __future__ import annotations

import csv
from pathlib import Path

from fakes.engine import exited
from fakes.github_server import GithubServer, write_commit
from polyreact.ci.report_document import CheckRecord, Outcome, Report, RunFigures, Step, passed
from polyreact.engines.interface import RunExit
from polyreact.files import sha256_bytes

DIGEST = "sha256:" + "a" * 64


def manifest(name: str = "lab-net", /, **changes: str) -> str:
    lines = {
        "name": name,
        "image": f"ghcr.io/lab/net:1.0@{DIGEST}",
        "authors": "[A. Author]",
        "contact": "a@example.org",
        "license": "MIT",
        "description": "Scores by net charge.",
        "training_data": "{}",
    } | changes
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def path(name: str = "lab-net") -> str:
    return f"submissions/{name}.yaml"


def commit(server: GithubServer, files: dict[str, str | None], mode: str = "100644") -> str:
    """A commit on a branch from main as it is."""
    return write_commit(server.bare, files, server.git("rev-parse", "main"), mode)


def open_entry(server: GithubServer, author: str = "lab", name: str = "lab-net", text: str | None = None) -> int:
    """A pull request that brings one manifest."""
    text = manifest(name) if text is None else text
    return server.open_pull(author, commit(server, {path(name): text})).number


def figures(**changes: object) -> RunFigures:
    values: dict[str, object] = {
        "track": "demo",
        "engine": "podman",
        "wall_s": 1.5,
        "wall_limit_s": 600,
        "peak_memory_bytes": 50 << 20,
        "memory_limit_bytes": 4 << 30,
        "image_bytes": 130 << 20,
    }
    return RunFigures.model_validate(values | changes)


def report(head_sha: str, text: str | None = None, /, **changes: object) -> Report:
    """What a check of a good submission finds."""
    made = Report(
        polyreact="0.1.0",
        head_sha=head_sha,
        is_submission=True,
        manifest_sha256=sha256_bytes((manifest() if text is None else text).encode()),
        checks=tuple(passed(step) for step in Step),
        run=figures(),
        wall_s=12.0,
    )
    return made.model_copy(update=changes)


def refused(step: Step, code: str, summary: str = "it is not", **changes: object) -> CheckRecord:
    made = CheckRecord(step=step, outcome=Outcome.REFUSED, code=code, summary=summary)
    return made.model_copy(update=changes)


def predict(data: Path, output: Path) -> RunExit:
    """A submission that does what the contract asks."""
    with (data / "sequences.csv").open() as source, (output / "predictions.csv").open("w") as target:
        target.write("sequence_id,prediction,score\n")
        for row in csv.DictReader(source):
            target.write(f"{row['sequence_id']},{len(row['sequence']) % 2},{len(row['sequence'])}\n")
    return exited(log=b"predicted\n")
