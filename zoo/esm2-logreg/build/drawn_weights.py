"""Weights drawn for an encoder that is never trained. numpy only: images of submissions hold this file as it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

#: As BERT's are before its training (Devlin et al. 2019, arXiv 1810.04805).
_DEVIATION = 0.02
_PADDED = "embeddings.word_embeddings.weight"


def draw_weights(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, npt.NDArray[np.float32]]:
    """A tensor of each shape, by name: normal with a standard deviation of 0.02, but 1 and 0 for the scales and
    shifts of norms, and 0 for biases and for the embedding of token 0, padding.
    """
    chance = np.random.Generator(np.random.PCG64(seed))
    drawn = {}
    for name in sorted(shapes):
        if name.endswith(".bias"):
            drawn[name] = np.zeros(shapes[name], dtype=np.float32)
        elif "LayerNorm" in name:
            drawn[name] = np.ones(shapes[name], dtype=np.float32)
        else:
            drawn[name] = (chance.standard_normal(shapes[name]) * _DEVIATION).astype(np.float32)
    if _PADDED in drawn:
        drawn[_PADDED][0] = 0
    return drawn
