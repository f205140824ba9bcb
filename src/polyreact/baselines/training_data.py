"""What is learned from: a catalogued set that is for training, or a table of the user's own.

Catalogued labels come from `datasets.training`, which serves sets that the catalogue calls training sets and no
others. The labels of a test set cannot be had here: `datasets.hidden` is out of reach by an import contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from polyreact.baselines.classifiers.interface import Labels
from polyreact.datasets.catalog import is_newest, load_dataset
from polyreact.datasets.fetch import OnProgress
from polyreact.datasets.lab_table import LabColumns, parse_lab_table
from polyreact.datasets.prepare.grouping import name_clones
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.datasets.training import read_training_labels
from polyreact.errors import CannotTrain
from polyreact.files import read_bounded, sha256_bytes
from polyreact.sequences import Antibody, SequenceId
from polyreact.settings import Settings

_LIMIT_BYTES = 1 << 30
_FAMILY = "family"


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Antibodies with their labels, and which of them are not independent of each other.

    `clones` names the cluster of each VH at 95 % identity; `families` is empty where the set has none. `digests`
    say which data these are, by the name of the table; `declared` is what a manifest has to declare as training
    data, each dataset with its revision. `notes` are for whoever uses the set.
    """

    name: str
    antibodies: tuple[Antibody, ...]
    labels: Labels
    clones: tuple[str, ...]
    families: tuple[str, ...]
    digests: Mapping[str, str]
    declared: Mapping[str, int]
    notes: tuple[str, ...] = ()


def load_training_set(name: str, settings: Settings, on_progress: OnProgress | None = None) -> TrainingSet:
    """A catalogued set, `boughter@1` or the newest revision of `boughter`; fetched and prepared where it is not.

    Raises UnknownName, InvalidCatalog for a set whose labels are for scoring only, and what preparing raises.
    """
    dataset = load_dataset(name)
    ensure_prepared(dataset, settings, on_progress)
    known = read_training_labels(dataset, settings)
    antibodies = read_inputs(dataset, settings)
    rows = [known[antibody.sequence_id] for antibody in antibodies]
    newest = load_dataset(dataset.id)
    notes = (
        ()
        if is_newest(dataset)
        else (f"{dataset.reference} was corrected by {newest.reference}: {newest.erratum}",)
    )
    return TrainingSet(
        name=dataset.reference,
        antibodies=antibodies,
        labels=np.array([row.label for row in rows], dtype=np.int64),
        clones=name_clones([antibody.sequence for antibody in antibodies]),
        families=tuple(row.columns[_FAMILY] for row in rows) if _FAMILY in dataset.training_columns else (),
        digests={"inputs": dataset.inputs_sha256, "training": dataset.training_sha256},
        declared={dataset.id: dataset.revision},
        notes=notes,
    )


def read_training_table(path: Path, columns: LabColumns) -> TrainingSet:
    """A table of the user's own, as CSV. Raises UnreadableArgument, and InvalidTable with every defect by its line.

    Rows are called `row-0001` and so on, in the order of the file.
    """
    content = read_bounded(path, _LIMIT_BYTES)
    table = parse_lab_table(content, columns, str(path))
    width = max(4, len(str(len(table.rows))))
    antibodies = tuple(
        Antibody(SequenceId(f"row-{number:0{width}d}"), row.sequence, row.light_sequence)
        for number, row in enumerate(table.rows, start=1)
    )
    return TrainingSet(
        name=path.stem,
        antibodies=antibodies,
        labels=np.array([row.label for row in table.rows], dtype=np.int64),
        clones=name_clones([antibody.sequence for antibody in antibodies]),
        families=(),
        digests={"table": sha256_bytes(content)},
        declared={},
        notes=tuple(f"{doubt.where}: {doubt.message}" for doubt in table.doubts),
    )


def validate_classes(labels: Labels, groups: Sequence[str], folds: int) -> None:
    """Raises CannotTrain unless each class has at least as many groups as there are folds."""
    for label, kind in ((0, "specific"), (1, "polyreactive")):
        chosen = Counter(group for group, own in zip(groups, labels, strict=True) if own == label)
        if len(chosen) < folds:
            raise CannotTrain(
                f"{folds} folds need {folds} clones of each class, and {len(chosen)} hold a {kind} antibody",
                consequence="Nothing was trained.",
                cure="Choose fewer folds, such as folds=3, or give more antibodies.",
            )
