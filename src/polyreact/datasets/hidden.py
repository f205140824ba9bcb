"""Labels. Only scoring and the operator's own export may read them, and import-linter holds the rest to that.

Importers: `evaluation.score`, and `evaluation.disclosure`, which serves `polyreact dataset export --labels`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from polyreact.datasets.catalog import Dataset, validate_prepared
from polyreact.datasets.layout import annotations_path, labels_path, read_verified
from polyreact.datasets.tables import ID_COLUMN, parse_csv
from polyreact.sequences import SequenceId
from polyreact.settings import Settings


def read_labels(dataset: Dataset, settings: Settings) -> Mapping[SequenceId, int]:
    """0 for specific and 1 for polyreactive, by sequence id, in the order of the ids.

    Raises NotPrepared or PreparedMismatch.
    """
    validate_prepared(dataset)
    rows = parse_csv(read_verified(labels_path(dataset, settings), dataset.labels_sha256, dataset))
    return MappingProxyType({SequenceId(row[ID_COLUMN]): int(row["label"]) for row in rows})


def read_annotations(dataset: Dataset, settings: Settings) -> Mapping[SequenceId, Mapping[str, str]]:
    """What else is known of each antibody, by sequence id and column; empty where the set has no annotations.

    Raises NotPrepared or PreparedMismatch.
    """
    validate_prepared(dataset)
    if not dataset.annotations:
        return MappingProxyType({})
    rows = parse_csv(read_verified(annotations_path(dataset, settings), dataset.annotations_sha256, dataset))
    return MappingProxyType({SequenceId(row.pop(ID_COLUMN)): MappingProxyType(row) for row in rows})
