"""IgLM (Shuai et al. 2023, Cell Systems 14:979): a GPT-2 of 4 layers, of 558 million antibody chains.

Its licence is for non-commercial use by non-profit institutions, so its user brings it: nothing here fetches it,
and no submission folder is made with it. The weights lie in the wheel of `iglm`; its tensors are read into a plain
GPT2Model, and nothing of it is imported. The head for tokens plays no part in an embedding.

A sequence stands behind two tokens: its chain, [HEAVY] or [LIGHT], and its species, which is [HUMAN] for all, since
a table need not say it. The model reads from left to right: a residue's state knows what stands before it only.
X is read as the model's unknown token.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import GPT2Config, GPT2Model

from polyreact.baselines.embedders.encoder import (
    Encoder,
    digest_weights,
    freeze,
    load_strictly,
    parse_vocabulary,
)
from polyreact.baselines.weights import open_member, read_member
from polyreact.errors import BadWeights, WrongCommandLine

#: As pip fetches it, for a message.
REQUIREMENT = "iglm==0.1.0"
TENSORS = "iglm/trained_models/IgLM/pytorch_model.bin"
VOCABULARY = "iglm/trained_models/vocab.txt"
PREFIX = "transformer."
_HEAD = "lm_head."
#: Which tokens attention may see: a mask and its value, kept beside the weights, and no weights.
_MASKS = (".attn.bias", ".attn.masked_bias")
_HEADS = 8


def load_iglm(wheel: Path, *, is_heavy: bool) -> Encoder:
    """IgLM for VH or for VL out of the wheel that its user brought. Raises WrongCommandLine and BadWeights."""
    if not wheel.is_file():
        raise WrongCommandLine(
            f"embedder.model names no wheel of IgLM: {str(wheel)!r}",
            consequence="Nothing was embedded.",
            cure="Read its licence, which is for non-commercial use only, fetch it, and name the file:\n"
            f"  pip download --no-deps {REQUIREMENT}\n  embedder=iglm embedder.model=iglm-0.1.0-py3-none-any.whl",
        )
    stored = torch.load(open_member(wheel, TENSORS), map_location="cpu", weights_only=True)
    tensors = {
        name.removeprefix(PREFIX): tensor
        for name, tensor in stored.items()
        if not name.startswith(_HEAD) and not name.endswith(_MASKS)
    }
    module = _build_gpt2(tensors)
    load_strictly(module, tensors, REQUIREMENT)
    vocabulary = parse_vocabulary(
        read_member(wheel, VOCABULARY).decode(),
        ("[HEAVY]" if is_heavy else "[LIGHT]", "[HUMAN]"),
        "[SEP]",
        "[PAD]",
        "[UNK]",
    )
    return Encoder(
        name=f"iglm-{'vh' if is_heavy else 'vl'}",
        module=freeze(module),
        vocabulary=vocabulary,
        dimension=module.config.n_embd,
        longest=module.config.n_positions - 3,
        weights_sha256=digest_weights(module),
    )


def _build_gpt2(tensors: dict[str, torch.Tensor]) -> GPT2Model:
    """A model of the shape of these tensors, with whatever weights torch draws. Raises BadWeights."""
    try:
        (tokens, dimension), positions = tensors["wte.weight"].shape, len(tensors["wpe.weight"])
        inner = tensors["h.0.mlp.c_fc.weight"].shape[1]
    except (KeyError, IndexError, ValueError) as error:
        raise BadWeights(f"the weights of {REQUIREMENT} are not those of a GPT-2", detail=str(error)) from error
    layers = len({name.split(".")[1] for name in tensors if name.startswith("h.")})
    return GPT2Model(
        GPT2Config(
            vocab_size=tokens,
            n_positions=positions,
            n_embd=dimension,
            n_layer=layers,
            n_head=_HEADS,
            n_inner=inner,
            use_cache=False,  # nothing is generated
        )
    )
