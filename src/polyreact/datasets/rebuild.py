"""A set built in memory, here or in a process of its own where Python puts the elements of sets in another order.

A preparation whose rows hung on the order of a set would give the same bytes again and again within one process,
so a second build is worth something only in another process with another hash seed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from polyreact.datasets.catalog import Dataset, load_dataset
from polyreact.datasets.documents import find_opened_folder, open_private_catalog
from polyreact.datasets.prepared import prepare_files, render_provenance

_HASH_SEED = "PYTHONHASHSEED"
_SEEDS = ("1", "2")


@dataclass(frozen=True, slots=True)
class Build:
    """The files of a set by the name of the table, and `provenance`; only those that the set has."""

    positives: int
    negatives: int
    files: Mapping[str, str]


class BuildEnded(Exception):
    """The other process ended without a build; the text says how."""


def build_here(dataset: Dataset, paths: Mapping[str, Path]) -> Build:
    """Prepare raw files that are there and verified, given by name. Raises as prepare_files does."""
    preparation, tables = prepare_files(dataset, paths)
    contents = {
        "inputs": tables.inputs,
        "labels": tables.labels,
        "annotations": tables.annotations,
        "training": tables.training,
        "provenance": render_provenance(dataset, preparation, tables),
    }
    files = {name: content.decode() for name, content in contents.items() if content}
    return Build(preparation.positives, preparation.negatives, files)


def build_apart(dataset: Dataset, paths: Mapping[str, Path], environment: Mapping[str, str]) -> Build:
    """The same in a new process with a hash seed other than that of `environment`. Raises BuildEnded."""
    seed = next(seed for seed in _SEEDS if seed != environment.get(_HASH_SEED))
    modules = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    private = find_opened_folder()
    request = {
        "dataset": dataset.reference,
        "private": None if private is None else str(private),
        "paths": {name: str(path) for name, path in paths.items()},
    }
    ended = subprocess.run(
        [sys.executable, "-P", "-m", __name__],
        input=json.dumps(request).encode(),
        env={**environment, _HASH_SEED: seed, "PYTHONPATH": modules},
        capture_output=True,
        check=False,
    )
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise BuildEnded(f"ended with status {ended.returncode}: {said[-1] if said else 'nothing was said'}")
    return Build(**json.loads(ended.stdout))


def _answer() -> None:
    """What the other process does: read a request from stdin, write the build to stdout."""
    request = json.load(sys.stdin)
    paths = {name: Path(path) for name, path in request["paths"].items()}
    private = request["private"]
    with contextlib.nullcontext() if private is None else open_private_catalog(Path(private)):
        json.dump(asdict(build_here(load_dataset(request["dataset"]), paths)), sys.stdout)


if __name__ == "__main__":
    _answer()
