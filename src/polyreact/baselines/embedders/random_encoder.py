"""The control: an encoder of AntiBERTy's shape that was never trained.

Its weights are drawn from a seed, by numpy, so that an image without torch draws the same. What a classifier
reaches on its vectors is what composition and order of a sequence give to any random projection; a language model
that does not beat it has added nothing.
"""

from __future__ import annotations

import torch

from polyreact.baselines.embedders.antiberty import as_encoder, build_bert
from polyreact.baselines.embedders.drawn_weights import draw_weights
from polyreact.baselines.embedders.encoder import Encoder, load_strictly


def build_random_encoder(seed: int) -> Encoder:
    """The untrained encoder of this seed."""
    name = f"random-encoder-{seed}"
    with torch.random.fork_rng(
        devices=[]
    ):  # what it begins with is replaced, and nobody else's chance is to change
        module = build_bert()
    drawn = draw_weights({key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}, seed)
    load_strictly(module, {key: torch.from_numpy(values) for key, values in drawn.items()}, name)
    return as_encoder(name, module)
