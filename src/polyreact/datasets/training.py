"""Labels that submissions may learn from: those of the sets that the catalogue calls training sets, and no others.

They stand in a tree of their own, apart from the hidden labels, so that what mounts training data into a
container has no way to the labels of a test set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polyreact.datasets.catalog import Dataset, validate_prepared
from polyreact.datasets.layout import read_verified, training_path
from polyreact.datasets.tables import ID_COLUMN, parse_csv
from polyreact.errors import InvalidCatalog
from polyreact.sequences import SequenceId
from polyreact.settings import Settings


@dataclass(frozen=True, slots=True)
class TrainingLabel:
    """The label of one antibody, and the value of each column that folds may be made of."""

    label: int
    columns: Mapping[str, str]


def read_training_labels(dataset: Dataset, settings: Settings) -> Mapping[SequenceId, TrainingLabel]:
    """The labels of a training set by sequence id, in the order of the ids.

    Raises InvalidCatalog for a set that is not for training, NotPrepared and PreparedMismatch.
    """
    validate_prepared(dataset)
    if not dataset.is_training:
        raise InvalidCatalog(f"`{dataset.id}` is no training set: its labels are for scoring only")
    rows = parse_csv(read_verified(training_path(dataset, settings), dataset.training_sha256, dataset))
    return {SequenceId(row.pop(ID_COLUMN)): TrainingLabel(int(row.pop("label")), row) for row in rows}
