"""What an image needs to know of an encoder: where its weights come from, its architecture and its vocabulary.

The image writes its own graph from the weights as they were published (`container/build`), without torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polyreact.baselines.embedders import antiberty, hub, sapiens
from polyreact.baselines.embedders.catalog import EmbedderChoice, load_encoder
from polyreact.baselines.embedders.encoder import Encoder
from polyreact.baselines.parts import Part
from polyreact.baselines.weights import Archive

#: The embedders that are encoders, and whose weights are published as a release on the package index.
ARCHIVES: Mapping[str, Archive] = {"antiberty": antiberty.ARCHIVE, "sapiens": sapiens.ARCHIVE}
#: Of the two halves of a norm in older checkpoints, and those that transformers gives them when it saves ESM.
_OLDER_NAMES = [[".gamma", ".weight"], [".beta", ".bias"]]
ENCODERS = frozenset({*ARCHIVES, "hub", "random-encoder"})
NOT_PACKAGED: Mapping[str, str] = {"iglm": "its licence is for non-commercial use only"}


def describe_encoders(
    choice: EmbedderChoice, parts: Sequence[Part], weights: Path | None
) -> dict[str, dict[str, Any]]:
    """encoder.json: the encoder of heavy chains and that of light ones, those that the parts need.

    `weights` is where archives are kept; None for a model of the hub that is not at hand, whose folder tells the
    rest while the image is built. Raises what loading the weights raises.
    """
    described = {}
    for chain in ("heavy", "light"):
        if any(part.is_heavy == (chain == "heavy") for part in parts):
            encoder = None if weights is None else load_encoder(choice, weights, is_heavy=chain == "heavy")
            described[chain] = _describe_encoder(choice, encoder, chain)
    return described


def _describe_encoder(choice: EmbedderChoice, encoder: Encoder | None, chain: str) -> dict[str, Any]:
    known: dict[str, Any] = {
        "graph": f"{chain}.onnx" if choice.name == "sapiens" else "encoder.onnx",
        "source": _describe_source(choice, chain),
        "weights_sha256": None if encoder is None else encoder.weights_sha256,
    }
    if encoder is None or choice.name == "hub":
        return known
    vocabulary = encoder.vocabulary
    return known | {
        "dimension": encoder.dimension,
        "longest": encoder.longest,
        "vocabulary": {
            "token_of": dict(vocabulary.token_of),
            "begin": vocabulary.begin,
            "end": vocabulary.end,
            "padding": vocabulary.padding,
        },
        "architecture": describe_architecture(encoder.module.config, encoder.longest),
    }


def describe_architecture(config: Any, longest: int) -> dict[str, Any]:
    """What a graph is built by (`container/build/graph.py`), from the configuration that transformers keeps."""
    return {
        "kind": config.model_type,
        "tokens": config.vocab_size,
        "dimension": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "inner": config.intermediate_size,
        "epsilon": config.layer_norm_eps,
        "longest": longest,
        "positions": "added",
        "position_rows": config.max_position_embeddings,
        "first_position": config.pad_token_id + 1 if config.model_type == "roberta" else 0,
        "types": config.type_vocab_size,
        "token_dropout": False,
        "norm_of_embeddings": False,
    }


def _describe_source(choice: EmbedderChoice, chain: str) -> dict[str, Any]:
    if choice.name == "random-encoder":
        return {"kind": "drawn", "seed": choice.seed}
    if choice.name == "hub":
        return {
            "kind": "folder",
            "prefix": hub.PREFIX,
            "left_behind": hub.HEADS.pattern,
            "renamed": _OLDER_NAMES,
            "adds_type_embedding": False,
        }
    archive = ARCHIVES[choice.name]
    named: dict[str, Any] = (
        {
            "member": antiberty.TENSORS,
            "prefix": re.escape(antiberty.PREFIX),
            "left_behind": _beginning_with(antiberty.LEFT_BEHIND),
            "renamed": [],
            "adds_type_embedding": False,
        }
        if choice.name == "antiberty"
        else {
            "member": sapiens.member(is_heavy=chain == "heavy"),
            "prefix": re.escape(sapiens.PREFIX),
            "left_behind": _beginning_with((sapiens.HEAD,)),
            "renamed": [list(pair) for pair in sapiens.PARTS],
            "adds_type_embedding": True,
        }
    )
    return {"kind": "release", "archive": archive.file_name, "archive_sha256": archive.sha256, **named}


def _beginning_with(names: Sequence[str]) -> str:
    """A pattern of whatever begins with one of these names."""
    return f"({'|'.join(map(re.escape, names))}).*"
