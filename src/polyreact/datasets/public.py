"""What anybody may see of a prepared set: its sequences under opaque ids."""

from __future__ import annotations

from polyreact.datasets.catalog import Dataset, validate_prepared
from polyreact.datasets.layout import inputs_path, read_verified
from polyreact.datasets.tables import parse_csv
from polyreact.sequences import Antibody, SequenceId
from polyreact.settings import Settings

__all__ = ["inputs_path", "read_inputs"]


def read_inputs(dataset: Dataset, settings: Settings) -> tuple[Antibody, ...]:
    """The antibodies of a prepared set, in the order of their ids.

    Raises NotPrepared or PreparedMismatch.
    """
    validate_prepared(dataset)
    content = read_verified(inputs_path(dataset, settings), dataset.inputs_sha256, dataset)
    return tuple(
        Antibody(SequenceId(row["sequence_id"]), row["sequence"], row["light_sequence"])
        for row in parse_csv(content)
    )
