"""The synthetic demonstration set, which is part of the package: no file is fetched for it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as package_files
from pathlib import Path

from polyreact.datasets.prepare.interface import Preparation, PreparedRow
from polyreact.datasets.tables import parse_csv


def prepare_demo(files: Mapping[str, Path]) -> Preparation:  # noqa: ARG001 takes none
    """The rows of `datasets/demo/`, whose labels are public."""
    folder = package_files("polyreact.datasets.demo")
    inputs = parse_csv(folder.joinpath("inputs.csv").read_bytes())
    labels = parse_csv(folder.joinpath("labels.csv").read_bytes())
    return Preparation(
        tuple(
            PreparedRow(given["sequence"], given["light_sequence"], int(hidden["label"]), hidden["name"])
            for given, hidden in zip(inputs, labels, strict=True)
        )
    )
