"""Language models of the Hugging Face hub, or of a folder like those there: ESM-1v, ESM-2 of any size, AntiBERTa2.

A model of the hub is named with the commit it is taken from, so that it stays what it is; its files come through
huggingface_hub, which keeps them in its own cache and asks for nothing where HF_HUB_OFFLINE is set. A folder holds
`config.json`, `vocab.txt` and `model.safetensors`. No code of a model's own is run: an architecture that
transformers does not know is refused.

X is read as the model's own X where it has one (ESM), otherwise as its unknown token.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from transformers import AutoConfig, AutoModel, PretrainedConfig
from transformers.utils.logging import disable_progress_bar

from polyreact.baselines.embedders.encoder import Encoder, digest_weights, freeze, read_vocabulary
from polyreact.errors import BadWeights, FetchFailed, WrongCommandLine

_COMMIT = re.compile(r"[0-9a-f]{40}")
_FILES = ["config.json", "vocab.txt", "*.safetensors", "*.safetensors.index.json"]
#: Names of begin, end, padding and unknown by the kind of model.
_ESM = ("<cls>", "<eos>", "<pad>", "<unk>")
_BERT = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
_TOKENS = {"esm": _ESM, "bert": _BERT, "roformer": _BERT}
#: A pooler reads one token only. RoFormer never has one, and does not know the word.
_WITHOUT_POOLER = {"esm": {"add_pooling_layer": False}, "bert": {"add_pooling_layer": False}}
#: What checkpoints hold beside the encoder: heads that no embedding needs.
PREFIX = r"(esm|bert|roformer)\."
HEADS = re.compile(rf"({PREFIX})?(lm_head|contact_head|cls|pooler)\..*|.*\.(position_ids|inv_freq)")


def load_from_hub(name: str, model: str, revision: str) -> Encoder:
    """The encoder in the folder `model`, or of the hub's `model` at the commit `revision`.

    Raises WrongCommandLine for a hub's model without its commit, FetchFailed where it cannot be had, BadWeights
    where it is of an unknown kind or tensors are missing or left over.
    """
    folder = Path(model) if Path(model).is_dir() else _fetch(model, revision)
    return load_folder(name, folder)


def load_folder(name: str, folder: Path) -> Encoder:
    """The encoder in a folder. Raises BadWeights."""
    disable_progress_bar()  # type: ignore[no-untyped-call]
    config = _read_config(folder)
    tokens = _TOKENS[config.model_type]
    try:
        vocabulary = read_vocabulary(folder / "vocab.txt", *tokens)
        module, told = AutoModel.from_pretrained(
            folder,
            config=config,
            **_WITHOUT_POOLER.get(config.model_type, {}),
            use_safetensors=True,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise BadWeights(f"the model in {folder} cannot be loaded", detail=str(error)) from error
    left_over = [key for key in told["unexpected_keys"] if not HEADS.fullmatch(key)]
    missing = [key for key in told["missing_keys"] if not HEADS.fullmatch(key)]
    wrong = [*missing, *left_over, *(str(key) for key in told["mismatched_keys"])]
    if wrong:
        raise BadWeights(
            f"the weights in {folder} are not those of their architecture: missing, left over or of another shape "
            f"are {', '.join(sorted(wrong)[:5])}",
            consequence="Not used.",
        )
    if config.model_type == "esm":
        module.contact_head = None  # checkpoints need not hold it, and what is drawn in its place is no weight
    return Encoder(
        name=name,
        module=freeze(module),
        vocabulary=vocabulary,
        dimension=config.hidden_size,
        longest=config.max_position_embeddings - 2 - (2 if config.model_type == "esm" else 0),
        weights_sha256=digest_weights(module),
    )


def _read_config(folder: Path) -> PretrainedConfig:
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise BadWeights(
            f"{folder} holds no config.json of a model that transformers knows", detail=str(error)
        ) from error
    if config.model_type not in _TOKENS:
        known = ", ".join(sorted(_TOKENS))
        raise BadWeights(f"the model in {folder} is of the kind {config.model_type}; embedded can be {known}")
    return config


def _fetch(model: str, revision: str) -> Path:
    if not _COMMIT.fullmatch(revision):
        raise WrongCommandLine(
            f"`{model}` is no folder here, and a model of the hub is named with its commit, not {revision!r}",
            cure="Give embedder.revision=<40 hexadecimal digits>, as the model's page shows under Files, History.",
        )
    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=_FILES))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        raise FetchFailed(
            f"the hub's `{model}` at {revision} could not be fetched, and it is not in the hub's cache here",
            consequence="Nothing was embedded.",
            cure="Unset HF_HUB_OFFLINE where it is set, look at the network, or give embedder.model=<folder>.",
            detail=str(error),
        ) from error
