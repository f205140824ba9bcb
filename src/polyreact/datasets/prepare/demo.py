"""The synthetic demonstration set, which is part of the package: no file is fetched for it.

Its three folds are for the track demo-fit. VH of 85 % identity or more stand in one cluster (single linkage),
which is about one cluster for each germline they were drawn from, and a cluster stands in one fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as package_files
from pathlib import Path

from polyreact.datasets.prepare.grouping import assign_folds
from polyreact.datasets.prepare.interface import Preparation, PreparedRow
from polyreact.datasets.tables import parse_csv
from polyreact.similarity import cluster_sequences

_CLUSTER_IDENTITY = 0.85
_FOLDS = 3


def prepare_demo(files: Mapping[str, Path]) -> Preparation:  # noqa: ARG001 takes none
    """The rows of `datasets/demo/`, whose labels are public."""
    folder = package_files("polyreact.datasets.demo")
    inputs = parse_csv(folder.joinpath("inputs.csv").read_bytes())
    labels = parse_csv(folder.joinpath("labels.csv").read_bytes())
    clusters = cluster_sequences([given["sequence"] for given in inputs], _CLUSTER_IDENTITY)
    folds = assign_folds(clusters, [int(hidden["label"]) for hidden in labels], _FOLDS)
    return Preparation(
        tuple(
            PreparedRow(
                given["sequence"],
                given["light_sequence"],
                int(hidden["label"]),
                hidden["name"],
                (("cluster", f"cluster-{cluster + 1:02d}"), ("fold", str(fold))),
            )
            for given, hidden, cluster, fold in zip(inputs, labels, clusters, folds, strict=True)
        )
    )
