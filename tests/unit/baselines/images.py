"""What a Dockerfile of the zoo does, without an engine: the programs of a folder, run beside their files."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path


def build(folder: Path, image: Path, weights: Path | None = None) -> Path:
    """The folder as it lies in the image, its encoder made into graphs, its golden values compared."""
    shutil.copytree(folder, image)
    if (folder / "build").is_dir():
        graphs = image / "graphs"
        graphs.mkdir()
        run(image, "build/build_encoder.py", ".", str(weights or image / "weights"), str(graphs))
        for path in graphs.iterdir():
            path.replace(image / path.name)
    if (folder / "check.py").is_file():
        run(image, "check.py")
    return image


def predict(
    image: Path, rows: list[dict[str, str]], train: list[dict[str, str]] | None = None
) -> list[list[float]]:
    """(decision, score) of each row, in order."""
    write(image / "input.csv", rows)
    environment = {"INPUT": "input.csv", "OUTPUT": "output.csv", "POLYREACT_MODE": "predict"}
    if train is not None:
        write(image / "train.csv", train)
        environment |= {"TRAIN": "train.csv", "POLYREACT_MODE": "fit-predict"}
    run(image, "predict.py", **environment)
    with (image / "output.csv").open() as file:
        found = {row["sequence_id"]: row for row in csv.DictReader(file)}
    return [[float(found[row["sequence_id"]][key]) for key in ("prediction", "score")] for row in rows]


def run(image: Path, *command: str, **environment: str) -> str:
    """Run a program of the image; what it printed. An assertion fails with that where it does not end well."""
    whole = os.environ | environment
    done = subprocess.run(
        [sys.executable, *command], cwd=image, env=whole, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
