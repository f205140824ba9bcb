"""Sapiens (Prihoda et al. 2022, mAbs 14:2020203): a RoBERTa of 4 layers for human VH, another one for VL; MIT.

The weights lie in the source release of `sapiens`. Its own loader needs fairseq, which current Python versions
cannot install, so the tensors are read into transformers' RobertaModel under its names for the same parts.

X is read as the mask, as Sapiens itself does. A VH may have 142 residues and a VL 126: the models know no
positions beyond.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import RobertaConfig, RobertaModel

from polyreact.baselines.embedders.encoder import (
    LETTERS,
    Encoder,
    Vocabulary,
    digest_weights,
    freeze,
    load_strictly,
)
from polyreact.baselines.weights import Archive, ensure_archive, open_member
from polyreact.errors import BadWeights
from polyreact.files import Sha256

ARCHIVE = Archive(
    package="sapiens",
    version="1.0.0",
    file_name="sapiens-1.0.0.tar.gz",
    sha256=Sha256("41a8242da8ced4c4390ab6167950c6abb53ce84e3a7519282ccd680254d3119a"),
    licence="MIT",
)
_TENSORS = {True: "checkpoint_vh.pt", False: "checkpoint_vl.pt"}
PREFIX = "decoder.sentence_encoder."
HEAD = "decoder.lm_head."
_LAYERS = 4
#: fairseq's name of a part, and transformers'.
PARTS = (
    ("embed_tokens.", "embeddings.word_embeddings."),
    ("embed_positions.", "embeddings.position_embeddings."),
    ("emb_layer_norm.", "embeddings.LayerNorm."),
    ("layers.", "encoder.layer."),
    ("self_attn.q_proj.", "attention.self.query."),
    ("self_attn.k_proj.", "attention.self.key."),
    ("self_attn.v_proj.", "attention.self.value."),
    ("self_attn.out_proj.", "attention.output.dense."),
    ("self_attn_layer_norm.", "attention.output.LayerNorm."),
    ("fc1.", "intermediate.dense."),
    ("fc2.", "output.dense."),
    ("final_layer_norm.", "output.LayerNorm."),
)
#: transformers adds one vector to all tokens of a kind, and here all are of one kind.
_NOT_IN_FAIRSEQ = "embeddings.token_type_embeddings.weight"
#: 0 to 3 are begin, padding, end and unknown, 24 the mask.
_VOCABULARY = Vocabulary(
    token_of={letter: 4 + number for number, letter in enumerate(LETTERS[:-1])} | {LETTERS[-1]: 24},
    begin=0,
    end=2,
    padding=1,
)


def load_sapiens(folder: Path, *, is_heavy: bool) -> Encoder:
    """Sapiens for VH or for VL, its archive kept in `folder`. Raises what ensure_archive raises, and BadWeights."""
    tensors = read_tensors(folder, is_heavy=is_heavy)
    encoder = {rename(name): tensor for name, tensor in tensors.items() if not name.startswith(HEAD)}
    positions, dimension = tensors[f"{PREFIX}embed_positions.weight"].shape
    encoder[_NOT_IN_FAIRSEQ] = torch.zeros(1, dimension)
    module = RobertaModel(
        RobertaConfig(
            vocab_size=25,
            hidden_size=dimension,
            num_hidden_layers=_LAYERS,
            num_attention_heads=8,
            intermediate_size=2 * dimension,
            max_position_embeddings=positions,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
            pad_token_id=_VOCABULARY.padding,
            bos_token_id=_VOCABULARY.begin,
            eos_token_id=_VOCABULARY.end,
        ),
        add_pooling_layer=False,
    )
    load_strictly(module, encoder, ARCHIVE.requirement)
    return Encoder(
        name=f"sapiens-{'vh' if is_heavy else 'vl'}",
        module=freeze(module),
        vocabulary=_VOCABULARY,
        dimension=dimension,
        longest=positions
        - 2
        - _VOCABULARY.padding
        - 1,  # positions are counted from behind the padding token's number
        weights_sha256=digest_weights(module),
    )


def read_tensors(folder: Path, *, is_heavy: bool) -> dict[str, torch.Tensor]:
    """The tensors as published, by fairseq's names, the head for tokens included."""
    archive = ensure_archive(ARCHIVE, folder)
    with torch.serialization.safe_globals([argparse.Namespace]):  # the settings of its training, which are not read
        stored = torch.load(open_member(archive, member(is_heavy=is_heavy)), map_location="cpu", weights_only=True)
    tensors: dict[str, torch.Tensor] = stored["model"]
    return tensors


def member(*, is_heavy: bool) -> str:
    """Where in the archive the weights for a chain lie."""
    return f"sapiens-{ARCHIVE.version}/sapiens/models/v1/{_TENSORS[is_heavy]}"


def rename(name: str) -> str:
    """Transformers' name of a tensor of fairseq's. Raises BadWeights for one that is no part of the encoder."""
    if not name.startswith(PREFIX):
        raise BadWeights(f"the weights of {ARCHIVE.requirement} hold {name}, which is no part of the model")
    renamed = name.removeprefix(PREFIX)
    for theirs, ours in PARTS:
        renamed = renamed.replace(theirs, ours)
    return renamed
