"""AntiBERTy (Ruffolo et al. 2021, arXiv 2112.07782): a BERT of 8 layers, of 558 million antibody chains; MIT.

The weights lie in the wheel of `antiberty`. Its own loader does not work with transformers 5 and is not used: the
tensors are read into a plain BertModel, which gives the same states. The heads for tokens, species, chain and graft
play no part in an embedding and are left behind, by name.

X is read as the model's unknown token.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from polyreact.baselines.embedders.encoder import (
    LETTERS,
    Encoder,
    Vocabulary,
    digest_weights,
    freeze,
    load_strictly,
)
from polyreact.baselines.weights import Archive, ensure_archive, open_member
from polyreact.files import Sha256

ARCHIVE = Archive(
    package="antiberty",
    version="0.1.3",
    file_name="antiberty-0.1.3-py3-none-any.whl",
    sha256=Sha256("30d910992b190013871bac49cdc032e01a19339f7d2b958ab99b0eb44638352a"),
    licence="MIT",
)
TENSORS = "antiberty/trained_models/AntiBERTy_md_smooth/pytorch_model.bin"
PREFIX = "bert."
#: Heads, the pooler of BERT that none of them reads, and a counter that is no weight.
LEFT_BEHIND = ("cls.", "bert.pooler.", "bert.embeddings.position_ids")
_POSITIONS = 512
#: In the order of the model's vocabulary, whose first five are padding, unknown, begin, end and mask.
_VOCABULARY = Vocabulary(
    token_of={letter: 5 + number for number, letter in enumerate(LETTERS[:-1])} | {LETTERS[-1]: 1},
    begin=2,
    end=3,
    padding=0,
)


def load_antiberty(folder: Path) -> Encoder:
    """AntiBERTy, its archive kept in `folder`. Raises what ensure_archive raises, and BadWeights."""
    archive = ensure_archive(ARCHIVE, folder)
    stored = torch.load(open_member(archive, TENSORS), map_location="cpu", weights_only=True)
    tensors = {
        name.removeprefix(PREFIX): tensor for name, tensor in stored.items() if not name.startswith(LEFT_BEHIND)
    }
    module = build_bert()
    load_strictly(module, tensors, ARCHIVE.requirement)
    return as_encoder("antiberty", module)


def build_bert() -> BertModel:
    """A model of AntiBERTy's shape, with whatever weights torch draws."""
    return BertModel(
        BertConfig(
            vocab_size=25,
            hidden_size=512,
            num_hidden_layers=8,
            num_attention_heads=8,
            intermediate_size=2048,
            max_position_embeddings=_POSITIONS,
        ),
        add_pooling_layer=False,
    )


def as_encoder(name: str, module: BertModel) -> Encoder:
    """A model of this shape with AntiBERTy's vocabulary, ready to embed."""
    return Encoder(
        name=name,
        module=freeze(module),
        vocabulary=_VOCABULARY,
        dimension=module.config.hidden_size,
        longest=_POSITIONS - 2,
        weights_sha256=digest_weights(module),
    )
