"""Labels for the operator's own eyes: what `polyreact dataset export --labels` writes.

The second of two readers of `datasets.hidden`. Whoever runs the benchmark has made the labels on his own machine
from public files and may look at them; a submission, a page or a record may not. So only that one command imports
this module, and an import contract holds it to that.
"""

from __future__ import annotations

from collections.abc import Mapping

from polyreact.datasets.catalog import Dataset
from polyreact.datasets.hidden import read_annotations, read_labels
from polyreact.sequences import SequenceId
from polyreact.settings import Settings


def read_known(dataset: Dataset, settings: Settings) -> Mapping[SequenceId, Mapping[str, str]]:
    """What is known of each antibody, as text: `label`, then the annotations, by column.

    Raises NotPrepared or PreparedMismatch.
    """
    labels, annotations = read_labels(dataset, settings), read_annotations(dataset, settings)
    return {name: {"label": str(label), **annotations.get(name, {})} for name, label in labels.items()}
