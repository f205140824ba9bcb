"""The numbers that a classifier sees of each antibody: the vectors of its parts, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from polyreact.baselines.cache import EmbeddingCache
from polyreact.baselines.embedders.catalog import EmbedderChoice, load_embedder
from polyreact.baselines.embedders.interface import OnProgress, Vectors
from polyreact.baselines.embedders.sequences import validate_sequences
from polyreact.baselines.parts import Part, cut_parts
from polyreact.sequences import Antibody


@dataclass(frozen=True, slots=True)
class Features:
    """`values` is of shape (antibodies, numbers); `revisions` are those of the embedders, one for each part."""

    values: Vectors
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where weights and graphs are kept, and where embeddings are."""

    weights: Path
    embeddings: Path


def build_features(
    antibodies: Sequence[Antibody],
    parts: Sequence[Part],
    choice: EmbedderChoice,
    places: Places,
    on_progress: OnProgress = lambda _progress: None,
) -> Features:
    """The features of each antibody, in order.

    Raises CannotEmbed, with the rows, before anything is computed; what loading weights raises; and CannotWrite.
    """
    cut = cut_parts(antibodies, parts)
    embedders = {
        is_heavy: load_embedder(choice, places.weights, is_heavy=is_heavy)
        for is_heavy in sorted({one.part.is_heavy for one in cut})
    }
    for one in cut:
        validate_sequences(one.sequences, embedders[one.part.is_heavy].longest, one.part.value)
    columns, revisions = [], []
    for one in cut:
        embedder = embedders[one.part.is_heavy]
        revisions.append(f"{one.part.value}: {embedder.revision}")
        if embedder.is_costly:
            columns.append(EmbeddingCache(places.embeddings, embedder).embed(one.sequences, on_progress))
        else:
            columns.append(embedder.embed(one.sequences))
    return Features(np.concatenate(columns, axis=1), tuple(revisions))
